//! Command line of the sandbox: `cargo run -p api-sandbox`.

mod arguments;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::Arguments;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (port, connect_port) = (arguments.port, arguments.connect_port);
    let mut sandbox = match arguments.builder().start().await {
        Ok(sandbox) => sandbox,
        Err(error) => {
            eprintln!("error: port {port}: {error}; choose another with --port");
            return ExitCode::FAILURE;
        }
    };
    if let Some(connect_port) = connect_port
        && let Err(error) = sandbox.open_connect_port(connect_port).await
    {
        eprintln!(
            "warning: connect port {connect_port}: {error}; the sandbox runs without it: stop the program that has it, or \
             choose another with --connect-port"
        );
    }
    let credentials = sandbox.credentials();
    // A parent process may read the first line, the address, and close the pipe.
    let _ = writeln!(
        std::io::stdout(),
        "{url}\n360dialog: partner {partner}, X-API-Key {key}, platform secret {secret}\nZapSign: account {organization}, Authorization Bearer {token}",
        url = sandbox.url(),
        partner = credentials.partner_id,
        key = credentials.api_key,
        secret = credentials.platform_secret.as_deref().unwrap_or("none"),
        organization = credentials.organization_id,
        token = credentials.api_token,
    );
    if let Some(url) = sandbox.connect_url() {
        let _ = writeln!(std::io::stdout(), "connect pages: {url}/dashboard/app/{}", credentials.partner_id);
    }
    let _ = writeln!(std::io::stdout(), "dashboard: open the address in a browser");
    tokio::select! {
        () = sandbox.run() => ExitCode::FAILURE,
        _ = tokio::signal::ctrl_c() => ExitCode::SUCCESS,
    }
}
