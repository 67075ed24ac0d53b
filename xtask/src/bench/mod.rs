//! `cargo xtask bench`: what the crates cost beside code that is written by hand.

mod build;
mod growth;

use std::path::Path;

use crate::cargo::cargo;
use crate::problem::Problem;

pub use build::Tls;

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
    /// Time of a clean build of a consumer, and its size. Takes the longest.
    Build,
}

pub struct Options {
    pub measures: Vec<Measure>,
    pub rounds: usize,
    pub tls: Vec<Tls>,
}

/// Measures what is asked for, and prints a table for each.
pub fn bench(root: &Path, options: &Options, print: &mut dyn FnMut(String)) -> Result<(), Vec<Problem>> {
    for measure in &options.measures {
        print(String::new());
        match measure {
            Measure::Growth => growth::bench(print)?,
            Measure::Build => build::bench(root, options, print)?,
            Measure::Call => compare(root, "call", print)?,
            Measure::Decode => compare(root, "decode", print)?,
            Measure::Upload => compare(root, "upload", print)?,
        }
    }
    Ok(())
}

/// Runs a bench that prints its own lines.
fn compare(root: &Path, bench: &str, print: &mut dyn FnMut(String)) -> Result<(), Problem> {
    print("| measure | ratio | control | goal |\n|---|---|---|---|".to_owned());
    cargo(root, &["bench", "--quiet", "--package", "conformance", "--bench", bench])
}
