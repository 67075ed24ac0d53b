//! Tree of all commands. A run builds the branch that it is asked for, completions and the man page build all of it.

use clap::Command;

use super::flags::OperationFlags;
use super::help;
use super::names::CommandName;
use crate::spec::{Api, OperationSpec, first_sentence, plain};

/// Part of the help of the program behind the commands.
const GUIDE: &str = "Examples:
  partner zapsign documents list --signer-email ana@signers.example
  partner zapsign documents get --doc-token TOKEN --query /signers
  partner dialog360 channels list --all --output jsonl

Environment:
  ZAPSIGN_API_TOKEN               credential of ZapSign
  D360_API_KEY, D360_PARTNER_ID   credential and partner of 360dialog
  PARTNER_PROFILE                 profile with credentials; see `partner profile --help`
  PARTNER_ENVIRONMENT             environment of the vendor, such as `sandbox`
  PARTNER_URL                     base URL in the place of the vendor's
  PARTNER_CONFIG                  file of the profiles

Exit codes:
  0 done, 1 failed, 2 unusable command line, 3 refused by the vendor, 4 credential,
  5 unknown if it took effect, 6 answer not understood, 7 try later, 130 interrupted

`partner help COMMAND` is `partner COMMAND --help`.";

/// Part of the tree to build.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Depth<'a> {
    /// The commands on the way that these arguments take, and the names of those beside it.
    Towards(&'a [String]),
    /// Every command.
    Whole,
}

/// Builds the command, with those of the tools beside the APIs.
pub(crate) fn root(depth: Depth<'_>, tools: Vec<Command>) -> Command {
    let command = Command::new("partner")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Call the 360dialog Partner API and the ZapSign API")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .max_term_width(100)
        .after_help(GUIDE);
    let command = Api::all().iter().fold(command, |command, api| command.subcommand(api_command(api, depth)));
    command.subcommands(tools)
}

fn api_command(api: &'static Api, depth: Depth<'_>) -> Command {
    let mut command = Command::new(api.name)
        .about(format!("Operations of the {}", api.title))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true);
    let Some(depth) = depth.into_command(api.name) else { return command };
    let mut groups: Vec<String> = Vec::new();
    for row in api.operations {
        let group = CommandName::of(row).group;
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    for group in groups {
        command = command.subcommand(group_command(api, &group, depth));
    }
    command
}

fn group_command(api: &'static Api, group: &str, depth: Depth<'_>) -> Command {
    let rows: Vec<_> = api.operations.iter().filter(|row| CommandName::of(row).group == group).collect();
    let about = rows.first().map(|row| tag_description(api, row.tag)).unwrap_or_default();
    let mut command = Command::new(group.to_owned())
        .about(about)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true);
    let Some(depth) = depth.into_command(group) else { return command };
    for row in rows {
        let operation = OperationSpec::read(api, row);
        let name = CommandName::of(row).verb;
        // The id of the spec stands for the name, too.
        let mut names = vec![name.clone(), row.id.replace('_', "-"), row.id.to_owned()];
        names.dedup();
        let mut operation_command = Command::new(name)
            .about(first_sentence(&plain(operation.summary())).to_owned())
            .aliases(names[1..].iter().cloned());
        if names.iter().any(|name| depth.into_command(name).is_some()) {
            let flags = OperationFlags::of(&operation);
            let line = format!("partner {} {group} {}", api.name, names[0]);
            if let Some(examples) = help::examples(&operation, &flags, &line) {
                operation_command = operation_command.after_help(examples);
            }
            operation_command = operation_command.long_about(help::of_operation(&operation)).args(flags.arguments());
        }
        command = command.subcommand(operation_command);
    }
    command
}

fn tag_description(api: &Api, tag: &str) -> String {
    let tags = api.document()["tags"].as_array().into_iter().flatten();
    let own = tags.into_iter().find(|entry| {
        let name = entry["name"].as_str().unwrap_or_default();
        name.eq_ignore_ascii_case(tag) || name.to_lowercase().replace(' ', "_") == tag
    });
    let description = own.and_then(|entry| entry["description"].as_str()).unwrap_or_default();
    if description.is_empty() { format!("Operations of {tag}") } else { first_sentence(&plain(description)).to_owned() }
}

impl<'a> Depth<'a> {
    /// Returns what to build below a subcommand; `None` if nothing.
    fn into_command(self, name: &str) -> Option<Self> {
        match self {
            Self::Whole => Some(self),
            Self::Towards(arguments) => {
                let position = arguments.iter().position(|argument| argument == name)?;
                Some(Self::Towards(&arguments[position + 1..]))
            }
        }
    }
}
