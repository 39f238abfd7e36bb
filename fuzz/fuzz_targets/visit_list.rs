#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outside::visit_list(bytes));
