#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outside::one_time_code(bytes));
