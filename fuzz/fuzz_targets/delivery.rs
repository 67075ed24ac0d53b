//! Claim: no webhook delivery is lost.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = conformance::claims::delivery(bytes);
    conformance::claims::raw_delivery(bytes);
});
