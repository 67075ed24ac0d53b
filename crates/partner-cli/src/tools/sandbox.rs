//! `partner sandbox`: the controls of a local sandbox.

use clap::builder::NonEmptyStringValueParser;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use serde_json::{Map, Value, json};

use super::sandbox_control::SandboxControl;
use super::{document_summary, report, signers};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::request::pointer_of_path;

/// Address of a sandbox that was started without options.
const DEFAULT_URL: &str = "http://127.0.0.1:4360";

/// Resources that an event can be about, by their names in commands and in the body.
const RESOURCES: [(&str, &str); 4] = [
    ("document", "Token of a ZapSign document that the event is about"),
    ("signer", "Token of a ZapSign signer that the event is about"),
    ("channel", "Id of a 360dialog channel that the event is about"),
    ("client", "Id of a 360dialog client that the event is about"),
];

/// Returns the command.
pub(super) fn command() -> Command {
    let verb = |name: &'static str, about: &'static str| Command::new(name).about(about);
    let url = Arg::new("url")
        .long("url")
        .value_name("URL")
        .global(true)
        .help(format!("Address of the sandbox, on this machine; else PARTNER_URL, else {DEFAULT_URL}"));
    Command::new("sandbox")
        .about("Control a local sandbox: sign, send events, move its clock")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .arg(url)
        .args(report::arguments().into_iter().map(|argument| argument.global(true)))
        .subcommands([
            verb("sign", "Sign, as the signers of a document do on its page")
                .arg(token("Token of a document, for all its signers, or of one signer")),
            verb("refuse", "Refuse to sign, as a signer does on the page")
                .arg(token("Token of a signer, or of a document with one signer"))
                .arg(
                    Arg::new("reason")
                        .long("reason")
                        .value_name("TEXT")
                        .help("Reason that the signer gives")
                        .default_value("refused by `partner sandbox`"),
                ),
            trigger_command(),
            verb("events", "List the events that can be triggered"),
            verb("deliveries", "List the deliveries to webhooks, with the ids to replay"),
            verb("replay", "Deliver events again, in one attempt")
                .arg(
                    Arg::new("id")
                        .value_name("ID")
                        .help("Id of a delivery; can be repeated")
                        .num_args(1..)
                        .value_parser(NonEmptyStringValueParser::new()),
                )
                .arg(
                    Arg::new("failed")
                        .long("failed")
                        .help("All that failed and are not under way")
                        .action(ArgAction::SetTrue),
                )
                .group(ArgGroup::new("deliveries").args(["id", "failed"]).required(true)),
            verb("clock", "Show or move the clock of the sandbox")
                .disable_help_subcommand(true)
                .subcommand(verb("show", "Show the time; so does `clock` alone"))
                .subcommand(
                    verb("advance", "Move the clock ahead").arg(
                        Arg::new("duration")
                            .value_name("DURATION")
                            .required(true)
                            .help("Time to move by, such as 3d or \"7d 6h\""),
                    ),
                )
                .subcommand(
                    verb("set", "Move the clock to a time, never back").arg(
                        Arg::new("time")
                            .value_name("TIME")
                            .required(true)
                            .help("Time to move to, such as 2026-12-01T12:00:00Z"),
                    ),
                ),
            verb("channel", "Set the status of a 360dialog channel, and send its event")
                .arg(Arg::new("channel-id").value_name("CHANNEL_ID").required(true))
                .arg(Arg::new("status").value_name("STATUS").required(true).help("Status, such as `running`")),
            verb("reset", "Return to the state after the start"),
            verb("open", "Print the address of the dashboard, or of the pages where a document is signed")
                .arg(token("Token of a document").required(false)),
        ])
}

fn token(help: &'static str) -> Arg {
    Arg::new("token").value_name("TOKEN").required(true).help(help).value_parser(NonEmptyStringValueParser::new())
}

fn trigger_command() -> Command {
    let text = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    Command::new("trigger")
        .about("Send an event to the webhooks, without a change of the state")
        .arg(Arg::new("event").value_name("EVENT").required(true).help("Name of the event; see `partner sandbox events`"))
        .args(RESOURCES.map(|(name, help)| text(name, "ID", help)))
        .arg(
            text("set", "PATH=VALUE", "Set a text in the event, such as `signers[0].name=Ana` or `/status=signed`, or `:=` with JSON; can be repeated")
                .action(ArgAction::Append),
        )
        .arg(
            text("to", "URL", "Send it to this URL only, instead of the webhooks that subscribe; can be repeated")
                .action(ArgAction::Append),
        )
        .arg(Arg::new("unchecked").long("unchecked").help("Take values that the schema of the event does not know").action(ArgAction::SetTrue))
}

/// Runs the command.
pub(super) async fn run(matches: &ArgMatches, invocation: &mut Invocation<'_>) -> Result<(), Failure> {
    let Some((verb, matches)) = matches.subcommand() else {
        return Err(Failure::usage("no command is given; see `partner sandbox --help`"));
    };
    let url = text(matches, "url").map(str::to_owned);
    let url = url.or_else(|| (invocation.variables)("PARTNER_URL").filter(|url| !url.is_empty()));
    // What the command line can't mean is told before the sandbox is asked.
    let triggers = if verb == "trigger" { triggers(matches)? } else { Vec::new() };
    let sandbox = SandboxControl::connect(url.as_deref().unwrap_or(DEFAULT_URL)).await?;
    let shown = match verb {
        "open" => return open(&sandbox, matches, invocation).await,
        "sign" => sign(&sandbox, matches).await?,
        "refuse" => refuse(&sandbox, matches).await?,
        "trigger" => trigger(&sandbox, matches, &triggers).await?,
        "events" => sandbox.get(&["events"]).await?,
        "deliveries" => deliveries(&sandbox).await?,
        "replay" => replay(&sandbox, matches).await?,
        "clock" => clock(&sandbox, matches).await?,
        "channel" => {
            let (channel, status) = (text(matches, "channel-id").unwrap_or_default(), text(matches, "status"));
            sandbox.post(&["channels", channel, "status"], Some(&json!({"status": status}))).await?
        }
        _ => sandbox.post(&["reset"], None).await?,
    };
    report::print(&shown, matches, invocation)
}

fn text<'m>(matches: &'m ArgMatches, name: &str) -> Option<&'m str> {
    matches.try_get_one::<String>(name).ok().flatten().map(String::as_str)
}

fn texts<'m>(matches: &'m ArgMatches, name: &str) -> impl Iterator<Item = &'m str> {
    matches.get_many::<String>(name).into_iter().flatten().map(String::as_str)
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

/// Returns the bodies of the triggers, one for each URL that the event is sent to.
fn triggers(matches: &ArgMatches) -> Result<Vec<Value>, Failure> {
    let mut body = Map::new();
    for (name, _) in RESOURCES {
        body.extend(text(matches, name).map(|id| (name.to_owned(), id.into())));
    }
    let mut set = Map::new();
    for assignment in texts(matches, "set") {
        let fault = |reason: &str| Failure::usage(format!("--set: {reason}"));
        let (path, value) =
            assignment.split_once('=').ok_or_else(|| fault("there is no value; write it as `signers[0].name=Ana`"))?;
        let (path, value) = match path.strip_suffix(':') {
            None => (path, Value::from(value)),
            Some(path) => (path, serde_json::from_str(value).map_err(|_| fault("the value after `:=` is no JSON"))?),
        };
        let pointer = if path.starts_with('/') { path.to_owned() } else { pointer_of_path(path)? };
        set.insert(pointer, value);
    }
    if !set.is_empty() {
        body.insert("set".to_owned(), set.into());
    }
    if matches.get_flag("unchecked") {
        body.insert("unchecked".to_owned(), true.into());
    }
    let to: Vec<&str> = texts(matches, "to").collect();
    if to.is_empty() {
        return Ok(vec![body.into()]);
    }
    let with_url = |url: &str| {
        let mut body = body.clone();
        body.insert("url".to_owned(), url.into());
        body.into()
    };
    Ok(to.into_iter().map(with_url).collect())
}

async fn trigger(sandbox: &SandboxControl, matches: &ArgMatches, triggers: &[Value]) -> Result<Value, Failure> {
    let event = text(matches, "event").unwrap_or_default();
    let mut deliveries = 0;
    for trigger in triggers {
        let answer = sandbox.post(&["events", event], Some(trigger)).await?;
        deliveries += answer["deliveries"].as_u64().unwrap_or_default();
    }
    Ok(json!({"event": event, "deliveries": deliveries}))
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

async fn clock(sandbox: &SandboxControl, matches: &ArgMatches) -> Result<Value, Failure> {
    let body = match matches.subcommand() {
        Some(("advance", matches)) => json!({"advance": text(matches, "duration")}),
        Some(("set", matches)) => json!({"set": text(matches, "time")}),
        _ => return sandbox.get(&["clock"]).await,
    };
    sandbox.post(&["clock"], Some(&body)).await
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
        writeln!(invocation.stdout, "{}", signer.sign_url)?;
    }
    Ok(())
}
