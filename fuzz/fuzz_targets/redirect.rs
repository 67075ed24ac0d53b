//! A redirect gives ids and every other parameter.
#![no_main]

libfuzzer_sys::fuzz_target!(|address: &str| conformance::claims::redirect(address));
