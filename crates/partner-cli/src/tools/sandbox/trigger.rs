//! `partner sandbox trigger`: an event on demand.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, Value, json};

use super::control::SandboxControl;
use super::values::{text, texts};
use crate::failure::Failure;
use crate::request::pointer_of_path;

/// Resources that an event can be about, by their names in commands and in the body.
const RESOURCES: [(&str, &str); 4] = [
    ("document", "Token of a ZapSign document that the event is about"),
    ("signer", "Token of a ZapSign signer that the event is about"),
    ("channel", "Id of a 360dialog channel that the event is about"),
    ("client", "Id of a 360dialog client that the event is about"),
];

/// Returns the command.
pub(super) fn command() -> Command {
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

/// Returns the bodies of the triggers, one for each URL that the event is sent to.
pub(super) fn bodies(matches: &ArgMatches) -> Result<Vec<Value>, Failure> {
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

/// Sends the event.
pub(super) async fn run(sandbox: &SandboxControl, matches: &ArgMatches, triggers: &[Value]) -> Result<Value, Failure> {
    let event = text(matches, "event").unwrap_or_default();
    let mut deliveries = 0;
    for trigger in triggers {
        let answer = sandbox.post(&["events", event], Some(trigger)).await?;
        deliveries += answer["deliveries"].as_u64().unwrap_or_default();
    }
    Ok(json!({"event": event, "deliveries": deliveries}))
}
