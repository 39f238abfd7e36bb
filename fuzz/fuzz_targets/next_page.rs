#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outside::next_page(bytes));
