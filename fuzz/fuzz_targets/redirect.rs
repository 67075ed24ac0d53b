//! Claim: a redirect of the hosted sign-up gives its ids and every other parameter.
#![no_main]

libfuzzer_sys::fuzz_target!(|address: &str| conformance::claims::redirect(address));
