//! Simulates a fleet of processes that share rate limits, for each seed, and prints a table. Exits with 1 if an interval has
//! more calls than promised.

use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum as _};
use simulation::{Faults, Scenario, header, row, run, summary, summary_header};

/// Simulation of a fleet of processes that share rate limits, in virtual time.
#[derive(Parser)]
#[command(name = "simulate")]
struct Arguments {
    /// Number of processes.
    #[arg(long, default_value_t = 200)]
    processes: u32,
    /// Number of accounts, each with limits of its own.
    #[arg(long, default_value_t = 100_000)]
    keys: u32,
    /// Seeds, the first and the last.
    #[arg(long, default_value = "1..20", value_parser = parse_seeds)]
    seeds: RangeInclusive<u64>,
    /// Virtual minutes of each run.
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Faults that happen; without, each kind in turn.
    #[arg(long, value_enum)]
    faults: Option<Faults>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let faults = arguments.faults.map_or_else(|| Faults::value_variants().to_vec(), |faults| vec![faults]);
    let (mut summaries, mut code) = (Vec::new(), ExitCode::SUCCESS);
    for faults in faults {
        let title = faults.to_possible_value().map(|value| value.get_name().replace('-', " ")).unwrap_or_default();
        println!("{title}\n\n{}", header());
        let mut outcomes = Vec::new();
        for seed in arguments.seeds.clone() {
            let outcome = run(Scenario {
                seed,
                processes: arguments.processes,
                accounts: arguments.keys,
                duration: Duration::from_secs(60 * arguments.minutes),
                faults,
            });
            println!("{}", row(&outcome));
            if !outcome.keeps_limits(faults.allowed_multiple()) {
                eprintln!("seed {seed}: more calls in an interval than promised");
                code = ExitCode::FAILURE;
            }
            outcomes.push(outcome);
        }
        println!();
        summaries.push(summary(&title, &outcomes));
    }
    println!("{}\n{}", summary_header(), summaries.join("\n"));
    code
}

fn parse_seeds(text: &str) -> Result<RangeInclusive<u64>, String> {
    let bounds = text.split_once("..").and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    bounds.map(|(first, last)| first..=last).ok_or_else(|| "write `1..20` for the seeds 1 to 20".to_owned())
}
