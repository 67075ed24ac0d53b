//! Claim: a `RateLimit-Policy` has no more policies than its text has items.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| conformance::claims::rate_limit(bytes));
