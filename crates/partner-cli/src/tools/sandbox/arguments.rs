//! Arguments of the controls.

use clap::builder::NonEmptyStringValueParser;
use clap::{Arg, ArgAction, ArgGroup, Command};

use super::control::DEFAULT_URL;
use super::trigger;
use crate::tools::report;

/// Returns the command.
pub(crate) fn command() -> Command {
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
            trigger::command(),
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
                .arg(Arg::new("channel-id").value_name("CHANNEL_ID").required(true).help("Id of the channel"))
                .arg(Arg::new("status").value_name("STATUS").required(true).help("Status, such as `running`")),
            verb("reset", "Return to the state after the start"),
            verb("open", "Print the address of the dashboard, or of the pages where a document is signed")
                .arg(token("Token of a document").required(false)),
        ])
}

fn token(help: &'static str) -> Arg {
    Arg::new("token").value_name("TOKEN").required(true).help(help).value_parser(NonEmptyStringValueParser::new())
}
