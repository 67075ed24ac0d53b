//! Claim: a document of OpenAPI 3.1 is rewritten, or rejected with a JSON pointer; an overlay's action has its effect.
#![no_main]
// The modules of xtask as they are, without the rest of it.
#![allow(dead_code)]

#[path = "../../tests/src/mutation.rs"]
mod mutation;
#[path = "../../xtask/src/diagnostic.rs"]
mod diagnostic;
#[path = "../../xtask/src/spec"]
mod spec {
    pub mod properties;
    pub mod document;
    pub mod downlevel;
    pub mod names;
    pub mod overlay;
    pub mod visit;
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = spec::properties::downlevels(bytes);
    let _ = spec::properties::overlays(bytes);
});
