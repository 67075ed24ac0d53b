//! Options of the command.

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Measure {
    /// Time and allocations of a call.
    Call,
    /// Speed of decoding.
    Decode,
    /// Time and memory of sending a document.
    Upload,
    /// How the time of `regenerate` grows with the number of operations.
    Growth,
    /// What each choice of TLS adds to a build. Takes long.
    Tls,
    /// Time of a clean build of a consumer, and its size. Takes the longest.
    Build,
}

pub struct Options {
    pub measures: Vec<Measure>,
    /// Rounds of clean checks.
    pub rounds: usize,
    /// Rounds of clean release builds.
    pub release_rounds: usize,
}
