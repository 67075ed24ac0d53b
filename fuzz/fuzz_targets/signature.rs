//! No header proves a body but its own signature.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = conformance::claims::signature(bytes);
});
