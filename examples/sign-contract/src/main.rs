//! Service that sends PDF files to be signed through ZapSign, and keeps the signed ones in a folder.

mod contract;
mod folder;
mod inbox;
mod routes;
mod settings;
mod worker;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use settings::Arguments;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until Ctrl-C.
async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let address = arguments.address();
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|error| format!("{address}: {error}; choose another port with --port"))?;
    let own_url = format!("http://{}", listener.local_addr()?);
    let (client, sandbox) = arguments.connect().await?;
    let is_trial = sandbox.is_some();
    let folder = arguments.open_folder(is_trial)?;
    let (changed, changes) = mpsc::unbounded_channel();

    let header = inbox::register(&client, &folder, arguments.public_url(&own_url, is_trial)?, is_trial).await?;
    let router = routes::router(client.clone(), folder.clone(), header, changed);
    println!("listening on {own_url}");
    println!("contracts are in {}", folder.path().display());
    if let Some(sandbox) = &sandbox {
        println!("no ZAPSIGN_API_TOKEN: working against a sandbox at {}", sandbox.url());
    }
    tokio::select! {
        served = axum::serve(listener, router) => Ok(served?),
        () = worker::run(&client, &folder, changes) => Ok(()),
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
    }
}
