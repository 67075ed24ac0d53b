//! Measurement of TLS implementations: the same consumer, built with each.

use std::path::Path;

use super::consumer::{Build, Consumer, Tls, clean, crates, size, write};
use super::options::Options;
use super::statistics::{ratio, spread};
use crate::diagnostic::{Diagnostic, Result};

/// Checks the consumer with each implementation in turn, and builds it once for its size.
pub fn bench(root: &Path, options: &Options, print: &mut dyn FnMut(String)) -> Result<()> {
    let folder = tempfile::tempdir().map_err(|error| Diagnostic::new(error.to_string()))?;
    let mut choices = Vec::new();
    for tls in Tls::ALL {
        choices.push((tls, write(root, folder.path(), Consumer::Needed, tls)?, Vec::new()));
    }
    for round in 0..options.rounds {
        for turn in 0..choices.len() {
            let place = (round + turn) % choices.len();
            let (_, project, times) = &mut choices[place];
            times.push(clean(project, Build::Check)?);
        }
    }
    print(format!(
        "{} rounds of `cargo check`; seconds of processor time, median (lowest to highest)\n\n| TLS | check | ratio | \
         binary, MB | ratio | crates |\n|---|---|---|---|---|---|",
        options.rounds
    ));
    let (base, mut least) = (choices[0].2.clone(), None);
    for (tls, project, times) in &choices {
        clean(project, Build::Release)?;
        let bytes = size(project)?;
        let least = *least.get_or_insert(bytes);
        print(format!(
            "| {} | {} | {:.2} | {:.2} | {:.2} | {} |",
            tls.title(),
            spread(times),
            ratio(times, &base),
            bytes / 1e6,
            bytes / least,
            crates(project)?,
        ));
    }
    Ok(())
}
