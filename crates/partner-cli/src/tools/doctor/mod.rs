//! `partner doctor`: which credentials there are, where they lead, and if they work.

mod account;
mod check;
mod probe;

use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};

use self::check::Checks;
use super::report;
use crate::command::SharedOptions;
use crate::credentials::{Profiles, profile_path};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::hidden_texts::HiddenTexts;
use crate::invocation::Invocation;
use crate::request::Input;
use crate::send::logged;
use crate::spec::Api;

/// Time for each call, in seconds.
const TIMEOUT: u64 = 30;

const LONG_ABOUT: &str = "Check the accounts: which credential is taken from where, the address, the connection (name \
resolution, TLS, proxy), the clock against the vendor's, if the vendor accepts the credential and what it says of the account, \
and differences between the answer and the spec.

It sends a HEAD request without a credential, and one call that only reads. An API without a credential is skipped, unless it is \
named. Exit code: 0 if nothing failed, or else the highest one of what failed.";

/// Returns the command.
pub(super) fn command() -> Command {
    let names = PossibleValuesParser::new(Api::all().iter().map(|api| api.name));
    let options = ["profile", "environment", "url", "token-stdin", "timeout", "output", "verbose"];
    Command::new("doctor")
        .about("Check which credentials there are, and if they work")
        .long_about(LONG_ABOUT)
        .arg(Arg::new("api").value_name("API").value_parser(names).help("API to check; both by default"))
        .args(SharedOptions::chosen(&options))
        .mut_arg("timeout", |argument| argument.help(format!("Time limit of each request; {TIMEOUT} by default")))
}

/// Runs the command.
pub(super) async fn run(matches: &ArgMatches, invocation: &mut Invocation<'_>) -> Result<(), Failure> {
    let options = SharedOptions::from_matches(matches);
    let named = matches.get_one::<String>("api").and_then(|name| Api::find(name));
    if options.token_stdin && named.is_none() {
        return Err(Failure::usage("--token-stdin needs the name of the API that it is for, such as `doctor zapsign`"));
    }
    let input = Input::of(invocation);
    let variables = invocation.variables;
    let hidden = HiddenTexts::default();
    let work = async {
        let mut checks = Checks::new(&hidden);
        if check_profiles(variables, &mut checks) {
            let limit = Duration::from_secs(options.timeout.unwrap_or(TIMEOUT));
            for api in Api::all().iter().filter(|api| named.is_none_or(|named| named.name == api.name)) {
                account::check(api, named.is_some(), &options, variables, &input, limit, &mut checks).await;
            }
        }
        checks
    };
    let checks = if options.verbose { logged(work, &hidden, invocation.stderr).await } else { work.await };
    report::print(&checks.rows.clone().into(), matches, invocation)?;
    checks.outcome()
}

/// Checks the file of profiles. Returns `false` if nothing further can be checked.
fn check_profiles(variables: &dyn Fn(&str) -> Option<String>, checks: &mut Checks<'_>) -> bool {
    const WHAT: (&str, &str) = ("all", "profiles");
    let Some(path) = profile_path(variables) else {
        checks.skipped(WHAT, "there is no folder for them: neither PARTNER_CONFIG nor HOME is set");
        return true;
    };
    match Profiles::load(&path) {
        Ok(profiles) if profiles.sections.is_empty() => checks.skipped(WHAT, format!("none in {}", path.display())),
        Ok(profiles) => {
            let unchecked = if cfg!(unix) { "" } else { "; on this system, it is not checked who else can read it" };
            checks.ok(WHAT, format!("{} in {}{unchecked}", profiles.names().join(", "), path.display()));
        }
        Err(failure) => {
            checks.failed(WHAT, failure.to_string(), ExitCode::Credential);
            return false;
        }
    }
    true
}
