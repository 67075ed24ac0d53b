//! Fleet of processes that onboard tenants together over one journal on Postgres, audited at the vendors: see `tests/README.md`.

use std::ops::RangeInclusive;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use conformance::onboarding_fleet::{
    FreezePoint, OnboardingFleetSettings, ProcessTimes, run_freezes, run_onboarding_fleet, run_process,
};

/// Runs processes that onboard tenants together, kills them, restarts their database, lets calls fail, and audits the vendors.
/// Exits with 1 if anything is not as promised.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    role: Option<Role>,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Role {
    /// Is one of the processes; started by this program.
    Process,
}

#[derive(Args)]
struct Options {
    /// Number of tenants.
    #[arg(long, default_value_t = 1000)]
    tenants: usize,
    /// Number of processes.
    #[arg(long, default_value_t = 3)]
    processes: u32,
    /// Number of tenants that a process works on at once.
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// Seed of ids, faults and kills.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seeds, one run for each.
    #[arg(long, value_name = "FIRST..LAST", value_parser = seeds, conflicts_with = "seed")]
    seeds: Option<RangeInclusive<u64>>,
    /// Seconds between two kills; 0 for none.
    #[arg(long, default_value_t = 2.0, value_parser = seconds)]
    kill_every: f64,
    /// Let no call fail.
    #[arg(long)]
    no_faults: bool,
    /// Leave the database running.
    #[arg(long)]
    no_restarts: bool,
    /// Seconds of a lease.
    #[arg(long, value_parser = seconds)]
    lease: Option<f64>,
    /// Seconds of the settle time.
    #[arg(long, value_parser = seconds)]
    settle: Option<f64>,
    /// Instead, stop a process at each point of an onboarding for longer than its lease and the settle time.
    #[arg(long)]
    freeze: bool,
    /// Number of freezes at once.
    #[arg(long, default_value_t = 8)]
    at_once: usize,
}

fn seconds(text: &str) -> Result<f64, &'static str> {
    let seconds = text.parse().ok().filter(|seconds| Duration::try_from_secs_f64(*seconds).is_ok());
    seconds.ok_or("give a number of seconds, such as 6.5")
}

fn seeds(text: &str) -> Result<RangeInclusive<u64>, &'static str> {
    let ends = text.split_once("..").and_then(|(first, last)| Some(first.parse().ok()?..=last.parse().ok()?));
    ends.filter(|seeds| !seeds.is_empty()).ok_or("write it as 1..10, with both ends")
}

fn main() -> ExitCode {
    let Arguments { role, options } = Arguments::parse();
    let is_process = matches!(role, Some(Role::Process));
    // A process that stands still at a point does nothing else.
    let mut runtime = match is_process {
        true => tokio::runtime::Builder::new_current_thread(),
        false => tokio::runtime::Builder::new_multi_thread(),
    };
    let (runtime, program) = match (runtime.enable_all().build(), std::env::current_exe()) {
        (Ok(runtime), Ok(program)) => (runtime, program),
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    if is_process {
        runtime.block_on(run_process());
        return ExitCode::SUCCESS;
    }
    let is_kept = runtime.block_on(run(&program, &options));
    if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns `true` if everything is as promised.
async fn run(program: &Path, options: &Options) -> bool {
    let mut times = ProcessTimes::default();
    times.lease = options.lease.map_or(times.lease, Duration::from_secs_f64);
    times.settle = options.settle.map_or(times.settle, Duration::from_secs_f64);
    if options.freeze {
        let Some(report) = run_freezes(program, &FreezePoint::all(), options.at_once, times).await else {
            return false;
        };
        print!("{report}");
        return report.keeps_promise();
    }
    let mut is_kept = true;
    for seed in options.seeds.clone().unwrap_or(options.seed..=options.seed) {
        let settings = OnboardingFleetSettings {
            tenants: options.tenants,
            processes: options.processes,
            workers: options.workers,
            seed,
            kill_every: (options.kill_every > 0.0).then(|| Duration::from_secs_f64(options.kill_every)),
            fault_probability: if options.no_faults { 0.0 } else { 0.3 },
            restarts: !options.no_restarts,
            times,
        };
        let Some(report) = run_onboarding_fleet(program, &settings).await else { return false };
        println!("{report}");
        is_kept &= report.broken_promises().is_empty();
    }
    is_kept
}
