//! Claim: a path id arrives as exactly one segment of the URL, or is rejected.
#![no_main]

use std::sync::LazyLock;

use conformance::claims::Paths;

static PATHS: LazyLock<Paths> = LazyLock::new(Paths::start);

libfuzzer_sys::fuzz_target!(|text: &str| {
    PATHS.id(text);
    PATHS.raw(text);
});
