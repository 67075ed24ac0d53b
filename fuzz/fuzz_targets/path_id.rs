//! A path id is exactly one segment of the URL that arrives, or is refused.
#![no_main]

use std::sync::LazyLock;

use conformance::claims::Paths;

static PATHS: LazyLock<Paths> = LazyLock::new(Paths::start);

libfuzzer_sys::fuzz_target!(|text: &str| {
    PATHS.id(text);
    PATHS.raw(text);
});
