//! `partner wait`: waits for the end of a ZapSign document.

use std::time::{Duration, SystemTime};

use clap::{Arg, ArgMatches, Command};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use tokio::time::timeout;
use zapsign_api::types::SignerToken;
use zapsign_api::{Until, WaitOutcome};

use super::document_calls::until_interrupted;
use super::{document_summary, duration, point_in_time, report, zapsign_client};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::hidden_texts::HiddenTexts;
use crate::invocation::Invocation;
use crate::send;

const EXPLANATION: &str = "\
Wait until a ZapSign document is signed, or will not be any more.

Asks for the document again and again: after 5 seconds, and then with pauses that double up to a minute. A webhook tells of a \
signature at once; this is for a script, or a document that is signed within minutes. Rate limits, 5xx and broken connections \
don't end the wait; without --time-limit, it has no end of its own. Ctrl-C ends it, and changes nothing at the vendor.

Prints `outcome` (signed, refused, deleted or expired) and the state of the document and its signers.

Exit codes: 0 signed; 3 it will not be signed, since it was refused, cancelled, deleted, or its deadline has passed; 7 it is still \
pending at the end of --time-limit; the others as for a call.";

/// Returns the command.
pub(super) fn command() -> Command {
    Command::new("wait")
        .about("Wait until a ZapSign document is signed, or will not be any more")
        .long_about(EXPLANATION)
        .args(zapsign_client::arguments())
        .args(report::arguments())
        .args([
            Arg::new("signer")
                .long("signer")
                .value_name("SIGNER_TOKEN")
                .help("Wait for the signature of this signer only"),
            Arg::new("deadline").long("deadline").value_name("TIME").help(
                "Deadline that the document has, such as 2026-12-01T12:00:00-03:00: ZapSign tells it in no answer",
            ),
            Arg::new("time-limit")
                .long("time-limit")
                .value_name("DURATION")
                .help("End the wait after this time, such as 90s or 1h30m"),
        ])
}

/// Waits, and prints the outcome.
pub(super) async fn run(matches: &ArgMatches, invocation: &mut Invocation<'_>) -> Result<(), Failure> {
    let token = zapsign_client::document_token(matches)?;
    let mut until = match matches.get_one::<String>("signer") {
        Some(signer) => {
            let signer = SignerToken::new(signer.as_str());
            Until::signed_by(&signer.map_err(|error| Failure::usage(format!("--signer: {error}")))?)
        }
        None => Until::finished(),
    };
    // Not by the parser of the command line, which tells no reasons.
    if let Some(deadline) = matches.get_one::<String>("deadline") {
        let deadline =
            point_in_time::parse(deadline).map_err(|fault| Failure::usage(format!("--deadline: {fault}")))?;
        until = until.deadline(SystemTime::from(deadline));
    }
    let time_limit = matches.get_one::<String>("time-limit").map(|text| duration::parse(text)).transpose();
    let time_limit = time_limit.map_err(|fault| Failure::usage(format!("--time-limit: {fault}")))?;
    let (client, hidden) = zapsign_client::create(matches, invocation)?;
    let log = zapsign_client::log(matches, invocation.stderr);
    let progress = spinner(invocation.is_interactive && log.is_none(), token.as_str());
    let wait = async {
        let outcome = timeout(time_limit.unwrap_or(Duration::MAX), client.wait_for(&token, until)).await;
        outcome.map_err(|_| still_pending())?.map_err(send::failure_of_call)
    };
    let outcome = until_interrupted(wait, "the document is as it was, and the wait can begin anew", &hidden, log).await;
    progress.finish_and_clear();
    print(&outcome?, &hidden, matches, invocation)
}

fn print(
    outcome: &WaitOutcome,
    hidden: &HiddenTexts,
    matches: &ArgMatches,
    invocation: &mut Invocation<'_>,
) -> Result<(), Failure> {
    let (name, reason) = match outcome {
        WaitOutcome::Signed(_) => ("signed", None),
        WaitOutcome::Refused(_) => ("refused", Some("a signer refused, or it was cancelled")),
        WaitOutcome::Deleted(_) => ("deleted", Some("it was deleted")),
        WaitOutcome::Expired(_) => ("expired", Some("its deadline has passed")),
        _ => ("other", Some("its wait ended in a way that this version does not know")),
    };
    let mut shown = json!({"outcome": name});
    let document = serde_json::to_value(outcome.document()).unwrap_or(Value::Null);
    if let Value::Object(fields) = &mut shown {
        fields.extend(document_summary::of(&document));
    }
    hidden.hide_within(&mut shown);
    report::print(&shown, matches, invocation)?;
    match reason {
        None => Ok(()),
        Some(reason) => {
            let message = format!("the document will not be signed: {reason}");
            Err(Failure::new(ExitCode::Refused, message).with("outcome", name))
        }
    }
}

fn still_pending() -> Failure {
    let message =
        "the document was not at its end within --time-limit; wait again, or look at `partner zapsign documents get`";
    Failure::new(ExitCode::TryLater, message).with("outcome", "pending")
}

/// Returns a display of the time that has passed, on a terminal only.
fn spinner(is_interactive: bool, token: &str) -> ProgressBar {
    if !is_interactive {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(format!("waiting for document {token}"));
    let style = ProgressStyle::with_template("{spinner} {msg}, {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}
