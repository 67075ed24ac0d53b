//! Command line of `tenant-onboarding`: onboards the tenants of a CSV file to 360dialog and ZapSign.

mod arguments;
mod commands;
mod connection_url;
mod credentials;
mod environment;
mod fleet_status;
mod interrupts;
mod outcome;
mod output;
mod report;
mod sealing;
mod shared_journal;
mod shared_rate_limits;
mod tenants;
mod vendors;
mod worked_tenants;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use commands::{dead, migrations, requeue, run, sealing_keys, status, transfer, work};
use credentials::servers_of;
use interrupts::Interrupts;
use outcome::Outcome;
use sealing::CredentialAccess;
use shared_journal::{connect, connect_to_read};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::of_process();
    let done = match &arguments.command {
        Some(command) => operate(&arguments, command).await,
        None => onboard(&arguments).await,
    };
    match done {
        Ok(outcome) => outcome.into(),
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// Onboards tenants with the journal that is asked for.
async fn onboard(arguments: &Arguments) -> Result<Outcome, String> {
    let mut interrupts = Interrupts::listen();
    match shared_journal::url(arguments)? {
        Some(url) => work::work(arguments, &url, &mut interrupts).await,
        None => run::run(arguments, &mut interrupts).await,
    }
}

/// Does what an operator asks for. Returns the outcome for the exit status.
async fn operate(arguments: &Arguments, command: &Command) -> Result<Outcome, String> {
    let (used, unused) = (CredentialAccess::Used, CredentialAccess::Unused);
    match command {
        Command::Status { json } => {
            status::status(&connect_to_read(arguments).await?, &servers_of(arguments)?, *json).await?;
        }
        Command::Dead { json } => dead::dead(&connect_to_read(arguments).await?, *json).await?,
        Command::Requeue { tenants, all: _ } => {
            return requeue::requeue(&connect(arguments, unused).await?, tenants).await;
        }
        Command::Import { file } => transfer::import(&connect(arguments, used).await?, file).await?,
        Command::Export { file } => transfer::export(&connect(arguments, used).await?, file).await?,
        Command::Reseal => sealing_keys::reseal(&connect(arguments, used).await?).await?,
        Command::NewKey { id } => sealing_keys::new_key(id)?,
        Command::Migrations => migrations::migrations()?,
    }
    Ok(Outcome::Complete)
}
