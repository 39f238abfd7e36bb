#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outside::scale_definition(bytes));
