//! `cargo xtask torture`: generates code for random documents and compiles it.

mod batch;
mod choices;
mod composed;
mod document;
mod invariants;
mod operations;
mod samples;
mod schemas;
mod worker;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::Trust;
use crate::spec::load;

/// Timeout per document. The generator has one of 20 seconds.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Options of `cargo xtask torture`.
#[derive(clap::Args)]
pub struct Options {
    /// Seed of the first document.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of documents, each of the seed after the one before.
    #[arg(long, default_value_t = 100)]
    count: u64,
    /// Documents that are compiled together.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    batch: u64,
    /// Goes on after a failure.
    #[arg(long)]
    keep_going: bool,
    /// Compiles nothing.
    #[arg(long)]
    no_compile: bool,
    /// Only prints the documents, as JSON.
    #[arg(long)]
    print: bool,
    /// Uses this JSON document instead, and prints the result.
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// Runs as worker process, which may abort, and writes code to this folder.
    #[arg(long, hide = true, value_name = "DIR")]
    worker: Option<PathBuf>,
}

/// Totals over all documents.
#[derive(Default)]
struct Totals {
    documents: usize,
    operations: usize,
    taken: usize,
    /// Number of refusals, by message.
    refused: BTreeMap<String, usize>,
    /// Number of failures, by kind.
    failures: BTreeMap<Failure, usize>,
    slowest: (f64, u64),
}

/// Kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Failure {
    Panic,
    Abort,
    Hang,
    Claim,
    Compiler,
}

/// Runs the documents. Returns `true` if nothing failed.
pub fn torture(root: &Path, options: &Options, print: &mut dyn FnMut(String)) -> Result<bool> {
    let seeds = options.seed..options.seed.saturating_add(options.count);
    if options.print {
        for seed in seeds {
            let document = document::document(&choices::bytes(seed));
            print(serde_json::to_string_pretty(&document).unwrap_or_default());
        }
        return Ok(true);
    }
    if let Some(file) = &options.document {
        let document = load::read(file, Trust::Published)?.value;
        let (result, _) = worker::run_document(options.seed, &document);
        print(serde_json::to_string_pretty(&result).unwrap_or_default());
        return Ok(result.broken.is_empty());
    }
    if let Some(folder) = &options.worker {
        worker::serve(seeds, folder);
        return Ok(true);
    }
    let start = Instant::now();
    let folder = batch::start(root)?;
    let mut totals = Totals::default();
    let mut first = seeds.start;
    while first < seeds.end && (options.keep_going || totals.failures.is_empty()) {
        let end = seeds.end.min(first.saturating_add(options.batch));
        let results = run_workers(first..end, &folder, &mut totals, print)?;
        if !options.no_compile {
            for (seed, lines) in batch::compile(root, &folder, &results)? {
                let of = seed.map_or("no document".to_owned(), |seed| format!("seed {seed}"));
                *totals.failures.entry(Failure::Compiler).or_default() += 1;
                print(format!("{of}: the code does not compile"));
                lines.iter().take(8).for_each(|line| print(format!("  {line}")));
            }
        }
        batch::end(&folder.join("src"));
        first = end;
    }
    batch::end(&folder);
    print(totals.summary_line(start.elapsed(), !options.no_compile));
    let mut refused: Vec<(&String, &usize)> = totals.refused.iter().collect();
    refused.sort_by_key(|(message, count)| (std::cmp::Reverse(**count), *message));
    refused.iter().for_each(|(message, count)| print(format!("  {count} refused: {message}")));
    Ok(totals.failures.is_empty())
}

/// Runs documents in worker processes, with a new one after each that dies.
fn run_workers(
    seeds: std::ops::Range<u64>,
    folder: &Path,
    totals: &mut Totals,
    print: &mut dyn FnMut(String),
) -> Result<Vec<worker::DocumentResult>> {
    let mut results = Vec::new();
    let mut next = seeds.start;
    while next < seeds.end {
        let (mut child, lines) = start(next..seeds.end, folder)?;
        let failure = loop {
            match lines.recv_timeout(TIMEOUT) {
                Ok(line) => {
                    let Ok(result) = serde_json::from_str::<worker::DocumentResult>(&line) else {
                        next = line.parse().unwrap_or(next);
                        continue;
                    };
                    next = result.seed + 1;
                    totals.add(&result, print);
                    results.push(result);
                }
                Err(RecvTimeoutError::Timeout) => break Failure::Hang,
                Err(RecvTimeoutError::Disconnected) => break Failure::Abort,
            }
        };
        // Killing a process that has ended fails.
        let _ = child.kill();
        let status = child.wait().map_err(|error| Diagnostic::new(format!("the process is lost: {error}")))?;
        if next < seeds.end {
            let how =
                if failure == Failure::Hang { "did not end".to_owned() } else { format!("was aborted ({status})") };
            print(format!("seed {next}: the process {how}"));
            *totals.failures.entry(failure).or_default() += 1;
            totals.documents += 1;
            next += 1;
        }
    }
    Ok(results)
}

fn start(seeds: std::ops::Range<u64>, folder: &Path) -> Result<(Child, Receiver<String>)> {
    let failed = |error: std::io::Error| Diagnostic::new(format!("the process can't be started: {error}"));
    let mut child = Command::new(std::env::current_exe().map_err(failed)?)
        .args(["torture", "--seed", &seeds.start.to_string(), "--count", &(seeds.end - seeds.start).to_string()])
        .arg("--worker")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let output = child.stdout.take();
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in output.into_iter().flat_map(|output| BufReader::new(output).lines().map_while(std::io::Result::ok))
        {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    Ok((child, lines))
}

impl Totals {
    fn add(&mut self, result: &worker::DocumentResult, print: &mut dyn FnMut(String)) {
        self.documents += 1;
        self.operations += result.operations;
        self.taken += result.taken;
        for message in &result.refusals {
            *self.refused.entry(message.clone()).or_default() += 1;
        }
        if result.seconds > self.slowest.0 {
            self.slowest = (result.seconds, result.seed);
        }
        let failure = if result.panicked { Failure::Panic } else { Failure::Claim };
        for message in &result.broken {
            *self.failures.entry(failure).or_default() += 1;
            print(format!("seed {}: {message}", result.seed));
        }
    }

    fn summary_line(&self, elapsed: Duration, compiled: bool) -> String {
        let count = |failure| self.failures.get(&failure).copied().unwrap_or_default();
        let compiler =
            if compiled { format!("{} do not compile", count(Failure::Compiler)) } else { "not compiled".to_owned() };
        format!(
            "{} documents: {} operations taken, {} not; {} panics, {} aborts, {} hangs, {} claims broken, {compiler}; {:.0} s, \
             {:.2} s for the slowest (seed {})",
            self.documents,
            self.taken,
            self.operations.saturating_sub(self.taken),
            count(Failure::Panic),
            count(Failure::Abort),
            count(Failure::Hang),
            count(Failure::Claim),
            elapsed.as_secs_f64(),
            self.slowest.0,
            self.slowest.1,
        )
    }
}

#[cfg(test)]
mod tests;
