//! Claim: a body of any type that decodes survives a round trip.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = conformance::claims::body(bytes);
});
