//! Command line of `tenant-onboarding`: onboards the tenants of a CSV file to 360dialog and ZapSign.

mod report;
mod settings;
mod tenants;

use std::process::ExitCode;

use clap::Parser as _;
use futures_util::StreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use tenant_onboarding::{TenantReport, printable};

use settings::Arguments;

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

/// Onboards all tenants and prints the report. Returns `true` if every tenant is complete.
async fn run(arguments: &Arguments) -> Result<bool, String> {
    let tenants = tenants::read(&arguments.tenants)?;
    let (onboarding, own) = arguments.onboarding(&tenants).await?;
    if let Some((sandbox, _)) = &own {
        eprintln!("no credentials in the environment: working against a sandbox at {}", sandbox.url());
    }
    eprintln!("journal: {}", onboarding.journal().path().display());

    let bar = ProgressBar::new(tenants.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}").map_err(|error| error.to_string())?);
    let order = |report: &TenantReport| tenants.iter().position(|tenant| tenant.email == report.tenant.email);
    let work = async {
        let reports = onboarding.run(futures_util::stream::iter(tenants.clone()), arguments.concurrency);
        let told = reports.inspect(|report| {
            bar.set_message(printable(&report.tenant.name));
            bar.inc(1);
        });
        told.collect::<Vec<_>>().await
    };
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_ok() {
            bar.println("stopping: each tenant under way ends after its call; once more ends them at once");
            onboarding.stop();
        }
        // Without signal support there is nothing to wait for.
        match tokio::signal::ctrl_c().await {
            Ok(()) => {}
            Err(_) => std::future::pending().await,
        }
    };
    let mut reports = tokio::select! {
        reports = work => reports,
        () = interrupt => return Err("interrupted; run it again to go on".to_owned()),
    };
    bar.finish_and_clear();
    reports.sort_by_key(order);
    report::print(&reports, tenants.len());
    Ok(reports.len() == tenants.len() && reports.iter().all(|report| report.result.is_ok()))
}
