//! Command line of the sandbox: `cargo run -p api-sandbox`.

use std::io::Write as _;
use std::process::ExitCode;

use api_sandbox::{Behavior, Fault, FaultRule, Sandbox};
use clap::Parser;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

/// A local server that behaves like the 360dialog Partner API and the ZapSign API.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port on the loopback interface; 0 for any free one.
    #[arg(long, default_value_t = 4360)]
    port: u16,
    /// Seed of ids and faults.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Probability of a fault per call, from 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "PROBABILITY", value_parser = probability)]
    faults: f64,
    /// Don't enforce the vendors' published limits.
    #[arg(long)]
    no_limits: bool,
    /// Switch on an optional behavior. Can be repeated.
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(Behavior::ALL.map(Behavior::name)).try_map(|name| name.parse::<Behavior>()))]
    behavior: Vec<Behavior>,
    /// Accept this name in the `Host` header, too. Can be repeated.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Deliver webhooks to other machines too.
    #[arg(long)]
    deliver_anywhere: bool,
    /// Deliver 360dialog's events unsigned, as to an account without a platform secret.
    #[arg(long)]
    no_platform_secret: bool,
}

fn probability(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("give a number from 0 to 1".to_owned()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut builder = Sandbox::builder()
        .port(arguments.port)
        .seed(arguments.seed)
        .limits(!arguments.no_limits)
        .deliver_anywhere(arguments.deliver_anywhere)
        .sign_deliveries(!arguments.no_platform_secret);
    builder = arguments.allow_host.into_iter().fold(builder, api_sandbox::SandboxBuilder::allow_host);
    builder = arguments.behavior.into_iter().fold(builder, api_sandbox::SandboxBuilder::behavior);
    if arguments.faults > 0.0 {
        builder = builder.fault(FaultRule::with_probability(arguments.faults, Fault::every_kind()));
    }
    let sandbox = match builder.start().await {
        Ok(sandbox) => sandbox,
        Err(error) => {
            eprintln!("error: port {}: {error}; choose another with --port", arguments.port);
            return ExitCode::FAILURE;
        }
    };
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
    tokio::select! {
        () = sandbox.run() => ExitCode::FAILURE,
        _ = tokio::signal::ctrl_c() => ExitCode::SUCCESS,
    }
}
