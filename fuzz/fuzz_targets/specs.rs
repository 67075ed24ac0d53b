//! A document of OpenAPI 3.1 is rewritten or refused with a place, and an action of an overlay does what it says.
#![no_main]
// The modules of xtask as they are, without the rest of it.
#![allow(dead_code)]

#[path = "../../xtask/src/claims.rs"]
mod claims;
#[path = "../../xtask/src/codegen"]
mod codegen {
    pub mod names;
}
#[path = "../../xtask/src/document.rs"]
mod document;
#[path = "../../xtask/src/downlevel/mod.rs"]
mod downlevel;
#[path = "../../tests/src/mutation.rs"]
mod mutation;
#[path = "../../xtask/src/overlay.rs"]
mod overlay;
#[path = "../../xtask/src/problem.rs"]
mod problem;
#[path = "../../xtask/src/visit.rs"]
mod visit;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = claims::downlevels(bytes);
    let _ = claims::overlays(bytes);
});
