//! A clean build of a consumer that calls one operation of each API, against one that is written by hand: processor time
//! of `cargo check` and `cargo build --release`, size of the binary, crates in the tree.

use std::path::{Path, PathBuf};

use super::consumer::{Build, Consumer, Tls, clean, crates, size, write};
use super::{Options, median, spread};
use crate::problem::{Problem, Result};

const CONSUMERS: [Consumer; 3] = [Consumer::HandWritten, Consumer::Default, Consumer::Needed];

/// Times in seconds, a round each.
#[derive(Default)]
struct Times {
    check: Vec<f64>,
    release: Vec<f64>,
}

/// Builds every consumer in turn.
pub fn bench(root: &Path, options: &Options, print: &mut dyn FnMut(String)) -> Result<()> {
    let folder = tempfile::tempdir().map_err(|error| Problem::new(error.to_string()))?;
    let projects = CONSUMERS.map(|consumer| write(root, folder.path(), consumer, Tls::Rustls));
    let projects = projects.into_iter().collect::<Result<Vec<PathBuf>>>()?;
    let mut times: [Times; 3] = Default::default();
    for round in 0..options.rounds.max(options.release_rounds) {
        for turn in 0..CONSUMERS.len() {
            let place = (round + turn) % CONSUMERS.len();
            if round < options.rounds {
                times[place].check.push(clean(&projects[place], Build::Check)?);
            }
            if round < options.release_rounds {
                times[place].release.push(clean(&projects[place], Build::Release)?);
            }
        }
    }
    print(format!(
        "{} rounds of `cargo check`, {} of `cargo build --release`; seconds of processor time, median (lowest to \
         highest)\n\n| consumer | check | ratio | release | ratio | binary, MB | ratio | crates |\n\
         |---|---|---|---|---|---|---|---|",
        options.rounds, options.release_rounds
    ));
    let base = (median(&times[0].check), median(&times[0].release), size(&projects[0])?);
    for ((consumer, project), times) in CONSUMERS.iter().zip(&projects).zip(&times) {
        let bytes = size(project)?;
        print(format!(
            "| {} | {} | {:.2} | {} | {:.2} | {:.2} | {:.2} | {} |",
            consumer.title(),
            spread(&times.check),
            median(&times.check) / base.0,
            spread(&times.release),
            median(&times.release) / base.1,
            bytes / 1e6,
            bytes / base.2,
            crates(project)?,
        ));
    }
    Ok(())
}
