//! A policy has no more items than its text.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| conformance::claims::rate_limit(bytes));
