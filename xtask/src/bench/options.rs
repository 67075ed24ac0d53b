//! Options of `cargo xtask bench`.

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Measure {
    /// Time and allocations of a call.
    Call,
    /// Speed of decoding.
    Decode,
    /// Time and memory of sending a document.
    Upload,
    /// Time and connections of 100 accounts.
    Tenants,
    /// Time of `regenerate` by number of operations.
    Growth,
    /// Build time and size of each TLS implementation. Takes long.
    Tls,
    /// Time of a clean build of a consumer, and its size. Takes the longest.
    Build,
}

pub struct Options {
    pub measures: Vec<Measure>,
    /// Number of clean checks.
    pub rounds: usize,
    /// Number of clean release builds.
    pub release_rounds: usize,
}
