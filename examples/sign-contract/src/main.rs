//! Service that sends PDF files to be signed through ZapSign, and keeps the signed ones in a folder.

mod contract;
mod folder;
mod inbox;
mod routes;
mod settings;
mod worker;

use std::error::Error;
use std::io;
use std::net::Ipv4Addr;
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
    let (own, public) = (listen(arguments.port).await?, listen(arguments.webhook_port).await?);
    let (own_url, webhook_url) = (url_of(&own)?, url_of(&public)?);
    let vendor = arguments.connect().await?;
    let folder = arguments.open_folder(&vendor)?;
    let public_url = arguments.public_url(&webhook_url, &vendor)?;
    let header = inbox::register(&vendor.client, &folder, &vendor.account, public_url).await?;

    println!("listening on {own_url}, for deliveries on {webhook_url}");
    println!("contracts are in {}", folder.path().display());
    if let Some(sandbox) = &vendor.sandbox {
        println!("no ZAPSIGN_API_TOKEN: working against a sandbox at {}", sandbox.url());
    }
    let (changed, changes) = mpsc::unbounded_channel();
    let (public_routes, own_routes) = routes::routers(vendor.client.clone(), folder.clone(), header, changed);
    tokio::select! {
        served = axum::serve(own, own_routes) => Ok(served?),
        served = axum::serve(public, public_routes) => Ok(served?),
        () = worker::run(&vendor.client, &folder, changes) => Ok(()),
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
    }
}

/// Listens on a port of the loopback interface.
async fn listen(port: u16) -> Result<TcpListener, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    listener.map_err(|error| format!("port {port}: {error}; choose another one, see --help"))
}

fn url_of(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}
