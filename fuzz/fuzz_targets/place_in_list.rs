#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outside::place_in_list(bytes));
