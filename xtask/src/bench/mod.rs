//! `cargo xtask bench`: what the crates cost beside code that is written by hand.

mod build;
mod consumer;
mod growth;
mod tls;

use std::path::Path;

use crate::problem::Problem;
use crate::workspace::cargo::cargo;

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

/// Measures what is asked for, and prints a table for each.
pub fn bench(root: &Path, options: &Options, print: &mut dyn FnMut(String)) -> Result<(), Vec<Problem>> {
    for measure in &options.measures {
        print(String::new());
        match measure {
            Measure::Growth => growth::bench(print)?,
            Measure::Tls => tls::bench(root, options, print)?,
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

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The median of the ratios of each round, since a shared machine is not as fast in one round as in the next.
fn ratio(of: &[f64], to: &[f64]) -> f64 {
    let ratios: Vec<f64> = of.iter().zip(to).map(|(of, to)| of / to).collect();
    median(&ratios)
}

fn spread(values: &[f64]) -> String {
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(0.0, f64::max);
    format!("{:.1} ({lowest:.1} to {highest:.1})", median(values))
}
