//! Options that every operation's command has.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, Resettable};
use clap::{Arg, ArgAction, ArgMatches, value_parser};

/// Heading of these options in help.
const HEADING: &str = "Options of every operation";

/// Format of the data on the standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputFormat {
    Table,
    Json,
    /// A line of JSON for each item of a list.
    Jsonl,
}

impl OutputFormat {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "table" => Self::Table,
            "json" => Self::Json,
            "jsonl" => Self::Jsonl,
            _ => return None,
        })
    }

    /// Returns the format that arguments ask for, even if they are no command.
    pub(crate) fn asked_for(arguments: &[String]) -> Option<Self> {
        let after = |index: usize| arguments.get(index + 1).map(String::as_str);
        arguments.iter().enumerate().find_map(|(index, argument)| match argument.strip_prefix("--output") {
            Some("") => after(index).and_then(Self::named),
            Some(value) => value.strip_prefix('=').and_then(Self::named),
            None => None,
        })
    }
}

/// Options that every operation's command has.
#[derive(Debug, Default)]
pub(crate) struct SharedOptions {
    /// Base URL in the place of the vendor's.
    pub(crate) url: Option<String>,
    /// Name of one of the vendor's environments.
    pub(crate) environment: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) token_stdin: bool,
    /// Body: `@FILE`, `-` for the standard input, or JSON.
    pub(crate) body: Option<String>,
    /// Assignments `path=value` and `path:=JSON`, in their order.
    pub(crate) set: Vec<String>,
    pub(crate) no_check: bool,
    pub(crate) output: Option<OutputFormat>,
    /// JSON pointers to the parts of the answer to print.
    pub(crate) query: Vec<String>,
    pub(crate) all: bool,
    pub(crate) dry_run: bool,
    pub(crate) curl: bool,
    pub(crate) skeleton: bool,
    pub(crate) yes: bool,
    pub(crate) reveal_secrets: bool,
    pub(crate) secrets_file: Option<PathBuf>,
    /// Seconds.
    pub(crate) timeout: Option<u64>,
    pub(crate) verbose: bool,
}

impl SharedOptions {
    /// Returns the arguments. `lists` is `true` for an operation that answers with pages, and `sends_json` for one with a JSON body.
    pub(super) fn arguments(lists: bool, sends_json: bool) -> Vec<Arg> {
        let text = |name: &'static str, value: &'static str, help: &'static str| {
            Arg::new(name).long(name).value_name(value).help(help).help_heading(HEADING)
        };
        let switch = |name: &'static str, help: &'static str| {
            Arg::new(name).long(name).action(ArgAction::SetTrue).help(help).help_heading(HEADING)
        };
        let mut arguments = vec![
            text("url", "URL", "Base URL in the place of the vendor's, such as that of a local sandbox"),
            text("environment", "NAME", "Environment of the vendor, such as `sandbox`"),
            text("profile", "NAME", "Profile with credentials; see `partner profile --help`"),
            switch("token-stdin", "Read the credential from the standard input"),
            text("output", "FORMAT", "`table` on a terminal by default, `json` otherwise")
                .value_parser(PossibleValuesParser::new(["table", "json", "jsonl"])),
            text(
                "query",
                "POINTER",
                "Print only what is at this JSON pointer, such as `/signers/0/sign_url`; can be repeated",
            )
            .action(ArgAction::Append),
            switch("dry-run", "Print the request, and don't send it"),
            switch("curl", "Print a curl command of the request, without the credential, and don't send it"),
            switch("no-check", "Send the request without checking it against the spec"),
            switch("yes", "Don't ask before an operation that revokes something, or sends to a person"),
            switch("reveal-secrets", "Print secrets of the answer, which are masked otherwise"),
            text("secrets-file", "FILE", "Write secrets of the answer to this new file, which only you may read")
                .value_parser(value_parser!(PathBuf)),
            text("timeout", "SECONDS", "Time limit of the call with all attempts; 300 by default")
                .value_parser(value_parser!(u64)),
            switch("verbose", "Say on the standard error what is sent and waited for, without secrets").short('v'),
        ];
        if lists {
            arguments.push(switch("all", "Get every page of the list"));
        }
        if sends_json {
            arguments.extend([
                text("body", "@FILE|-|JSON", "Whole body, which flags and --set change"),
                text(
                    "set",
                    "PATH=VALUE",
                    "Set a field, such as `signers[0].cpf=...`, or `:=` with JSON; can be repeated",
                )
                .action(ArgAction::Append),
                switch("skeleton", "Print a body with all fields, to fill in"),
            ]);
        }
        arguments
    }

    /// Returns some of these arguments, for a command that is no operation.
    pub(crate) fn chosen(names: &[&str]) -> Vec<Arg> {
        let all = Self::arguments(false, false).into_iter();
        all.filter(|argument| names.contains(&argument.get_id().as_str()))
            .map(|it| it.help_heading(Resettable::Reset))
            .collect()
    }

    /// Returns `true` if this is the name of one of these arguments, with its dashes.
    pub(super) fn has(option: &str) -> bool {
        let arguments = Self::arguments(true, true);
        arguments.iter().filter_map(Arg::get_long).any(|name| option.strip_prefix("--") == Some(name))
    }

    /// Reads the options.
    pub(crate) fn from_matches(matches: &ArgMatches) -> Self {
        let text = |name: &str| matches.try_get_one::<String>(name).ok().flatten().cloned();
        let texts = |name: &str| {
            let values = matches.try_get_many::<String>(name).ok().flatten();
            values.into_iter().flatten().cloned().collect()
        };
        let switch = |name: &str| matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or_default();
        Self {
            url: text("url"),
            environment: text("environment"),
            profile: text("profile"),
            token_stdin: switch("token-stdin"),
            body: text("body"),
            set: texts("set"),
            no_check: switch("no-check"),
            output: text("output").and_then(|format| OutputFormat::named(&format)),
            query: texts("query"),
            all: switch("all"),
            dry_run: switch("dry-run"),
            curl: switch("curl"),
            skeleton: switch("skeleton"),
            yes: switch("yes"),
            reveal_secrets: switch("reveal-secrets"),
            secrets_file: matches.try_get_one::<PathBuf>("secrets-file").ok().flatten().cloned(),
            timeout: matches.try_get_one::<u64>("timeout").ok().flatten().copied(),
            verbose: switch("verbose"),
        }
    }
}
