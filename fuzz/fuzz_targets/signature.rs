//! Claim: a delivery is accepted with its own signature only.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = conformance::claims::signature(bytes);
});
