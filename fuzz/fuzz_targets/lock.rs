#![no_main]
#![allow(dead_code, reason = "each program is one target")]

#[path = "../../tests/fuzz/targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::lock(bytes));
