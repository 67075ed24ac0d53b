//! Runs of the controls.

use clap::ArgMatches;
use serde_json::{Value, json};

use super::control::{DEFAULT_URL, SandboxControl};
use super::values::{text, texts};
use super::{signers, trigger};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::printable::printable;
use crate::tools::{document_summary, duration, point_in_time, report};

/// Runs the command.
pub(crate) async fn run(matches: &ArgMatches, invocation: &mut Invocation<'_>) -> Result<(), Failure> {
    let Some((verb, matches)) = matches.subcommand() else {
        return Err(Failure::usage("no command is given; see `partner sandbox --help`"));
    };
    let url = text(matches, "url").map(str::to_owned);
    let url = url.or_else(|| (invocation.variables)("PARTNER_URL").filter(|url| !url.is_empty()));
    // What the command line can't mean is told before the sandbox is asked.
    let triggers = if verb == "trigger" { trigger::bodies(matches)? } else { Vec::new() };
    let clock_move = if verb == "clock" { clock_move(matches)? } else { None };
    let sandbox = SandboxControl::connect(url.as_deref().unwrap_or(DEFAULT_URL)).await?;
    let shown = match verb {
        "open" => return open(&sandbox, matches, invocation).await,
        "sign" => sign(&sandbox, matches).await?,
        "refuse" => refuse(&sandbox, matches).await?,
        "trigger" => trigger::run(&sandbox, matches, &triggers).await?,
        "events" => sandbox.get(&["events"]).await?,
        "deliveries" => deliveries(&sandbox).await?,
        "replay" => replay(&sandbox, matches).await?,
        "clock" => match &clock_move {
            Some(body) => sandbox.post(&["clock"], Some(body)).await?,
            None => sandbox.get(&["clock"]).await?,
        },
        "channel" => {
            let (channel, status) = (text(matches, "channel-id").unwrap_or_default(), text(matches, "status"));
            sandbox.post(&["channels", channel, "status"], Some(&json!({"status": status}))).await?
        }
        _ => sandbox.post(&["reset"], None).await?,
    };
    report::print(&shown, matches, invocation)
}

/// Signs as the signer with this token, or as all signers of the document that have not signed yet.
async fn sign(sandbox: &SandboxControl, matches: &ArgMatches) -> Result<Value, Failure> {
    let token = text(matches, "token").unwrap_or_default();
    let state = sandbox.get(&["state"]).await?;
    let Some(signers) = signers::of_document(&state, token) else {
        return act(sandbox, token, "sign", None).await;
    };
    let mut document = None;
    for signer in signers.iter().filter(|signer| !signer.has_signed) {
        document = Some(act(sandbox, signer.token, "sign", None).await?);
    }
    document.ok_or_else(|| Failure::new(ExitCode::Refused, "the document has no signer who has not signed"))
}

async fn refuse(sandbox: &SandboxControl, matches: &ArgMatches) -> Result<Value, Failure> {
    let token = text(matches, "token").unwrap_or_default();
    let state = sandbox.get(&["state"]).await?;
    let token = match signers::of_document(&state, token).as_deref() {
        None => token,
        Some([signer]) => signer.token,
        Some(signers) => {
            let message = format!("the document has {} signers; give the token of the one who refuses", signers.len());
            return Err(Failure::usage(message));
        }
    };
    act(sandbox, token, "refuse", Some(&json!({"reason": text(matches, "reason")}))).await
}

/// Acts as a signer, and returns the state of the document.
async fn act(sandbox: &SandboxControl, token: &str, action: &str, body: Option<&Value>) -> Result<Value, Failure> {
    let document = sandbox.post(&["signers", token, action], body).await?;
    Ok(document_summary::of(&document).into())
}

async fn deliveries(sandbox: &SandboxControl) -> Result<Value, Failure> {
    let deliveries = sandbox.get(&["deliveries"]).await?;
    let summary = |delivery: &Value| {
        let attempts = delivery["attempts"].as_array();
        let last = attempts.and_then(|attempts| attempts.last()).unwrap_or(&Value::Null);
        let outcome = if last["status"].is_null() { &last["failure"] } else { &last["status"] };
        json!({
            "id": delivery["id"],
            "event": delivery["event"],
            "vendor": delivery["vendor"],
            "time": delivery["time"],
            "url": delivery["masked_url"],
            "delivered": delivery["delivered"],
            "attempts": attempts.map_or(0, Vec::len),
            "outcome": outcome,
        })
    };
    Ok(deliveries.as_array().into_iter().flatten().map(summary).collect())
}

async fn replay(sandbox: &SandboxControl, matches: &ArgMatches) -> Result<Value, Failure> {
    if matches.get_flag("failed") {
        return sandbox.post(&["deliveries", "replay"], Some(&json!({"failed": true}))).await;
    }
    let mut replayed = Vec::new();
    for id in texts(matches, "id") {
        let answer = sandbox.post(&["deliveries", id, "replay"], None).await?;
        replayed.extend(answer["replayed"].as_array().into_iter().flatten().cloned());
    }
    Ok(json!({"replayed": replayed}))
}

/// Returns the body that moves the clock, `None` if it is to be shown only.
fn clock_move(matches: &ArgMatches) -> Result<Option<Value>, Failure> {
    let body = match matches.subcommand() {
        Some(("advance", matches)) => {
            let by = text(matches, "duration").unwrap_or_default();
            duration::parse(by).map_err(|fault| Failure::usage(format!("DURATION: {fault}")))?;
            json!({"advance": by})
        }
        Some(("set", matches)) => {
            let time = point_in_time::parse(text(matches, "time").unwrap_or_default());
            json!({"set": time.map_err(|fault| Failure::usage(format!("TIME: {fault}")))?.to_string()})
        }
        _ => return Ok(None),
    };
    Ok(Some(body))
}

/// Prints addresses, a line each, for `xdg-open` and the like.
async fn open(sandbox: &SandboxControl, matches: &ArgMatches, invocation: &mut Invocation<'_>) -> Result<(), Failure> {
    let Some(token) = text(matches, "token") else {
        return Ok(writeln!(invocation.stdout, "{}", sandbox.address())?);
    };
    let state = sandbox.get(&["state"]).await?;
    let unknown = || {
        let message = format!("{token:?} is not among the latest 50 documents of the sandbox");
        Failure::new(ExitCode::Refused, message)
    };
    for signer in signers::of_document(&state, token).ok_or_else(unknown)? {
        writeln!(invocation.stdout, "{}", printable(signer.sign_url, false))?;
    }
    Ok(())
}
