//! A clean build of a consumer that calls one operation of each API, against one that is written by hand: processor time
//! of `cargo check` and `cargo build --release`, size of the binary, crates in the tree.

use std::path::{Path, PathBuf};

use super::consumer::{Build, Consumer, Tls, clean, crates, size, write};
use super::options::Options;
use super::statistics::{ratio, spread};
use crate::diagnostic::{Diagnostic, Result};

const CONSUMERS: [Consumer; 3] = [Consumer::HandWritten, Consumer::Default, Consumer::Needed];

/// Durations in seconds, one per round.
#[derive(Default)]
struct Times {
    check: Vec<f64>,
    release: Vec<f64>,
}

/// Builds every consumer in turn and prints the table.
pub fn bench(root: &Path, options: &Options, print: &mut dyn FnMut(String)) -> Result<()> {
    let folder = tempfile::tempdir().map_err(|error| Diagnostic::new(error.to_string()))?;
    let projects = CONSUMERS.map(|consumer| write(root, folder.path(), consumer, Tls::Rustls));
    let projects = projects.into_iter().collect::<Result<Vec<PathBuf>>>()?;
    let mut times: [Times; 3] = Default::default();
    for round in 0..options.rounds.max(options.release_rounds) {
        let order = (0..CONSUMERS.len()).map(|turn| (round + turn) % CONSUMERS.len());
        for place in order.clone().filter(|_| round < options.rounds) {
            times[place].check.push(clean(&projects[place], Build::Check)?);
        }
        for place in order.filter(|_| round < options.release_rounds) {
            times[place].release.push(clean(&projects[place], Build::Release)?);
        }
    }
    print(format!(
        "{} rounds of `cargo check`, {} of `cargo build --release`; seconds of processor time, median (lowest to highest), \
         and the median of the ratios of each round\n\n| consumer | check | ratio | crates |\n|---|---|---|---|",
        options.rounds, options.release_rounds
    ));
    for ((consumer, project), of) in CONSUMERS.iter().zip(&projects).zip(&times) {
        let (time, ratio) = (spread(&of.check), ratio(&of.check, &times[0].check));
        print(format!("| {} | {time} | {ratio:.2} | {} |", consumer.title(), crates(project)?));
    }
    if options.release_rounds == 0 {
        return Ok(());
    }
    print("\n| consumer | release | ratio | binary, MB | ratio |\n|---|---|---|---|---|".to_owned());
    let least = size(&projects[0])?;
    for ((consumer, project), of) in CONSUMERS.iter().zip(&projects).zip(&times) {
        let (time, ratio) = (spread(&of.release), ratio(&of.release, &times[0].release));
        let bytes = size(project)?;
        let title = consumer.title();
        print(format!("| {title} | {time} | {ratio:.2} | {:.2} | {:.2} |", bytes / 1e6, bytes / least));
    }
    Ok(())
}
