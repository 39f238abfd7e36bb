#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outside::identity_number(bytes));
