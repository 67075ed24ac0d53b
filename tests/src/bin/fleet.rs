//! Fleet of processes that call the sandbox with one credential, and keep one limit over a real store: see `tests/README.md`.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use conformance::fleet::{FleetSettings, run, run_member};
use conformance::store_fault::StoreFault;

/// Runs processes that share a rate limit, and prints what arrived at the vendor. Exits with 1 if more arrived than is
/// promised, or a call was sent twice.
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
    Member,
}

#[derive(Args)]
struct Options {
    /// Number of processes.
    #[arg(long, default_value_t = 4)]
    processes: u32,
    /// Number of calls of each process.
    #[arg(long, default_value_t = 400)]
    calls: u32,
    /// Number of calls that a process makes at once.
    #[arg(long, default_value_t = 16)]
    tasks: u32,
    /// Limit: requests, and the seconds of a window.
    #[arg(long, default_value = "40/2", value_name = "REQUESTS/SECONDS", value_parser = limit)]
    limit: (u32, u32),
    /// Seconds for one attempt.
    #[arg(long, default_value_t = 5.0, value_parser = seconds)]
    attempt_timeout: f64,
    /// Seconds for an answer of the store. One that takes longer is a fault of the store.
    #[arg(long, default_value_t = 0.5, value_parser = seconds)]
    response_timeout: f64,
    /// Let each process keep the limit alone.
    #[arg(long)]
    without_store: bool,
    /// Let the vendor refuse nothing, so that the count alone shows what was too much.
    #[arg(long)]
    no_refusals: bool,
    /// Let the store fail: flushall, freeze, kill, promote or switch-over.
    #[arg(long, conflicts_with = "without_store", value_parser = fault)]
    fault: Option<StoreFault>,
    /// Seconds from the start to the fault.
    #[arg(long, default_value_t = 6.0, value_parser = seconds)]
    after: f64,
}

fn fault(name: &str) -> Result<StoreFault, &'static str> {
    match name {
        "flushall" => Ok(StoreFault::Flush),
        "freeze" => Ok(StoreFault::Freeze(Duration::from_secs(10))),
        "kill" => Ok(StoreFault::Kill(Duration::from_secs(2))),
        "promote" => Ok(StoreFault::Promote),
        "switch-over" => Ok(StoreFault::SwitchOver),
        _ => Err("there are the faults flushall, freeze, kill, promote and switch-over"),
    }
}

fn seconds(text: &str) -> Result<f64, &'static str> {
    let seconds = text.parse().ok().filter(|seconds| Duration::try_from_secs_f64(*seconds).is_ok());
    seconds.ok_or("give a number of seconds, such as 6.5")
}

fn limit(text: &str) -> Result<(u32, u32), &'static str> {
    let numbers =
        text.split_once('/').and_then(|(requests, seconds)| Some((requests.parse().ok()?, seconds.parse().ok()?)));
    numbers.filter(|(requests, seconds)| *requests > 0 && *seconds > 0).ok_or("write it as 40/2, with seconds")
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { role, options } = Arguments::parse();
    if let Some(Role::Member) = role {
        run_member().await;
        return ExitCode::SUCCESS;
    }
    let settings = FleetSettings {
        processes: options.processes,
        calls: options.calls,
        tasks: options.tasks,
        requests: options.limit.0,
        per_seconds: options.limit.1,
        attempt_timeout: Duration::from_secs_f64(options.attempt_timeout),
        response_timeout: Duration::from_secs_f64(options.response_timeout),
        with_store: !options.without_store,
        vendor_refuses: !options.no_refusals,
    };
    let fault = options.fault.map(|fault| (fault, Duration::from_secs_f64(options.after)));
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            eprintln!("error: the path of this program is not known: {error}");
            return ExitCode::FAILURE;
        }
    };
    let Some(report) = run(&program, &settings, fault).await else { return ExitCode::FAILURE };
    print!("{report}");
    let is_kept = options.without_store || report.keeps_promise(options.fault.is_some());
    if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
