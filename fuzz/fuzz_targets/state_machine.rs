#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| boundary::outside::state_machine(data));
