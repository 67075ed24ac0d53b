//! `cargo xtask bench`: costs of the crates, compared to hand-written code.

mod build;
mod consumer;
mod growth;
mod options;
mod statistics;
mod tls;

use std::path::Path;

pub use options::{Measure, Options};

use crate::diagnostic::Diagnostic;
use crate::workspace::cargo::cargo;

/// Runs the selected measurements, and prints a table for each.
pub fn bench(root: &Path, options: &Options, print: &mut dyn FnMut(String)) -> Result<(), Vec<Diagnostic>> {
    for measure in &options.measures {
        print(String::new());
        match measure {
            Measure::Growth => growth::bench(print)?,
            Measure::Tls => tls::bench(root, options, print)?,
            Measure::Build => build::bench(root, options, print)?,
            Measure::Call => compare(root, "call", print)?,
            Measure::Decode => compare(root, "decode", print)?,
            Measure::Upload => compare(root, "upload", print)?,
            Measure::Tenants => compare(root, "tenants", print)?,
        }
    }
    Ok(())
}

/// Runs a benchmark of the conformance package, which prints its own lines.
fn compare(root: &Path, bench: &str, print: &mut dyn FnMut(String)) -> Result<(), Diagnostic> {
    print("| measure | ratio | control | goal |\n|---|---|---|---|".to_owned());
    cargo(root, &["bench", "--quiet", "--package", "conformance", "--bench", bench])
}
