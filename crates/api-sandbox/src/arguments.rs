//! Arguments of the command line. Each flag has an environment variable, `SANDBOX_` and its name.

use std::path::Path;

use api_sandbox::{Behavior, Fault, FaultRule, RateLimit, Sandbox, SandboxBuilder, Seed, SeedError};
use clap::Parser;
use clap::builder::{BoolishValueParser, PossibleValuesParser, TypedValueParser as _};

/// A local server that behaves like the 360dialog Partner API and the ZapSign API. Its address is a dashboard in a browser.
#[derive(Parser)]
#[command(version)]
pub struct Arguments {
    /// Port on the loopback interface; 0 for any free one.
    #[arg(long, env = "SANDBOX_PORT", default_value_t = 4360)]
    pub port: u16,
    /// Seed of ids and faults.
    #[arg(long, env = "SANDBOX_SEED", default_value_t = 0)]
    seed: u64,
    /// State to start with: a JSON file.
    #[arg(long, env = "SANDBOX_LOAD", value_name = "FILE", value_parser = read_seed)]
    load: Option<Seed>,
    /// Probability of a fault per call, from 0 to 1.
    #[arg(long, env = "SANDBOX_FAULTS", default_value_t = 0.0, value_name = "PROBABILITY", value_parser = probability)]
    faults: f64,
    /// Don't enforce rate limits.
    #[arg(long, env = "SANDBOX_NO_LIMITS", value_parser = BoolishValueParser::new())]
    no_limits: bool,
    /// Enforce this limit instead of the published one of an API or an operation, such as `zapsign=40/2s`. Can be repeated, or
    /// several separated by commas.
    #[arg(long, env = "SANDBOX_RATE_LIMIT", value_name = "NAME=REQUESTS/TIME", value_delimiter = ',')]
    rate_limit: Vec<RateLimit>,
    /// Send no headers that tell of rate limits: neither `RateLimit-*` nor `Retry-After`.
    #[arg(long, env = "SANDBOX_NO_RATE_LIMIT_HEADERS", value_parser = BoolishValueParser::new())]
    no_rate_limit_headers: bool,
    /// Switch on an optional behavior. Can be repeated, or several separated by commas.
    #[arg(
        long,
        env = "SANDBOX_BEHAVIOR",
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = PossibleValuesParser::new(Behavior::ALL.map(Behavior::name)).try_map(|name| name.parse::<Behavior>())
    )]
    behavior: Vec<Behavior>,
    /// Accept this name in the `Host` header, too. Can be repeated, or several separated by commas.
    #[arg(long, env = "SANDBOX_ALLOW_HOST", value_name = "NAME", value_delimiter = ',')]
    allow_host: Vec<String>,
    /// Serve the connect pages on another port, too: 8082 for the vendor's button in its local mode.
    #[arg(long, env = "SANDBOX_CONNECT_PORT", value_name = "PORT")]
    pub connect_port: Option<u16>,
    /// Deliver webhooks to other machines too.
    #[arg(long, env = "SANDBOX_DELIVER_ANYWHERE", value_parser = BoolishValueParser::new())]
    deliver_anywhere: bool,
    /// Deliver 360dialog's events unsigned, as to an account without a platform secret.
    #[arg(long, env = "SANDBOX_NO_PLATFORM_SECRET", value_parser = BoolishValueParser::new())]
    no_platform_secret: bool,
}

fn probability(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("give a number from 0 to 1".to_owned()),
    }
}

fn read_seed(path: &str) -> Result<Seed, SeedError> {
    Seed::from_path(Path::new(path))
}

impl Arguments {
    /// Returns the builder of the sandbox that is asked for.
    pub fn builder(self) -> SandboxBuilder {
        let mut builder = Sandbox::builder()
            .port(self.port)
            .seed(self.seed)
            .load(self.load.unwrap_or_default())
            .limits(!self.no_limits)
            .rate_limit_headers(!self.no_rate_limit_headers)
            .deliver_anywhere(self.deliver_anywhere)
            .sign_deliveries(!self.no_platform_secret);
        builder = self.allow_host.into_iter().fold(builder, SandboxBuilder::allow_host);
        builder = self.rate_limit.into_iter().fold(builder, SandboxBuilder::rate_limit);
        builder = self.behavior.into_iter().fold(builder, SandboxBuilder::behavior);
        if self.faults > 0.0 {
            builder = builder.fault(FaultRule::with_probability(self.faults, Fault::every_kind()));
        }
        builder
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn each_flag_has_its_variable_and_both_are_documented() {
        let readme = include_str!("../README.md");
        let mut flags = 0;
        for flag in Arguments::command().get_arguments().filter_map(|argument| Some((argument.get_long()?, argument))) {
            let (name, argument) = flag;
            let variable = format!("SANDBOX_{}", name.to_uppercase().replace('-', "_"));
            assert_eq!(argument.get_env().and_then(|variable| variable.to_str()), Some(variable.as_str()), "--{name}");
            assert!(readme.contains(&format!("| `--{name}")), "--{name}");
            assert!(readme.contains(&format!("| `{variable}` |")), "{variable}");
            flags += 1;
        }
        assert_eq!(flags, 12);
    }
}
