//! Tenants of a CSV file onto both platforms: a client, a number and a messaging key on 360dialog, an account on ZapSign.

mod known;
mod onboarding;
mod report;
mod settings;
mod state;
mod tenants;
mod trouble;

use std::process::ExitCode;

use clap::Parser as _;
use futures_util::StreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};

use known::Known;
use onboarding::Onboarding;
use report::Row;
use settings::{Arguments, Platforms};
use state::State;
use trouble::Trouble;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every tenant has everything.
async fn run(arguments: &Arguments) -> Result<bool, String> {
    let tenants = tenants::read(&arguments.tenants)?;
    let platforms = arguments.platforms().await?;
    if let Some((sandbox, _)) = &platforms.own {
        eprintln!("no credentials in the environment: working against a sandbox at {}", sandbox.url());
    }
    let (state, mut progress) = State::open(&platforms.state, &platforms.servers)?;
    let known = read_known(&platforms).await?;
    let onboarding = Onboarding { platforms, known, state, solution_id: arguments.solution_id.clone() };

    let bar = ProgressBar::new(tenants.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}").map_err(|error| error.to_string())?);
    let work = tenants.iter().enumerate().map(|(index, tenant)| {
        let mut progress = progress.remove(&tenant.email).unwrap_or_default();
        let (onboarding, bar) = (&onboarding, &bar);
        async move {
            let outcome = onboarding.onboard(tenant, &mut progress).await;
            bar.set_message(tenant.name.clone());
            bar.inc(1);
            (index, Row { tenant, progress, outcome })
        }
    });
    let mut rows: Vec<(usize, Row<'_>)> =
        futures_util::stream::iter(work).buffer_unordered(arguments.concurrency.max(1)).collect().await;
    bar.finish_and_clear();
    rows.sort_by_key(|(index, _)| *index);
    let rows: Vec<Row<'_>> = rows.into_iter().map(|(_, row)| row).collect();
    report::print(&rows);
    Ok(rows.iter().all(|row| row.outcome.is_ok()))
}

/// A list that breaks off is read again from its beginning.
async fn read_known(platforms: &Platforms) -> Result<Known, String> {
    let mut left = platforms.patience.attempts;
    loop {
        left -= 1;
        match Known::read(platforms).await {
            Ok(known) => return Ok(known),
            Err(Trouble { passing: true, wait, .. }) if left > 0 => {
                tokio::time::sleep(wait.unwrap_or(platforms.patience.pause)).await;
            }
            Err(trouble) => return Err(format!("what there is already could not be listed: {}", trouble.message)),
        }
    }
}
