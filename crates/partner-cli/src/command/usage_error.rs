//! Messages for command lines that the parser refuses. They show no argument, which may be a secret in the wrong place.

use std::error::Error as _;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::flags::{self, VALUE_LEFT_OUT};
use super::options::SharedOptions;

/// Longest name of an option that is shown, in bytes.
const MAX_NAME: usize = 40;

/// Returns the message of an error of the parser. `root` is the command of the program.
pub(crate) fn usage_message(error: &clap::Error, arguments: &[String], root: &Command) -> String {
    let command = named_command(root, arguments);
    let refused = text(error, ContextKind::InvalidArg);
    let option = refused.split([' ', '=', '[']).next().unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument if is_option(option, &text(error, ContextKind::SuggestedArg)) => {
            let similar = text(error, ContextKind::SuggestedArg);
            if similar.is_empty() && command.has_subcommands() && SharedOptions::has(option) {
                return format!(
                    "{option} stands behind the whole command, as in `partner zapsign documents list {option}`"
                );
            }
            let remedy = if similar.is_empty() { "see --help".to_owned() } else { format!("did you mean {similar}?") };
            format!("there is no option {option}; {remedy}")
        }
        ErrorKind::UnknownArgument => {
            let remedy = match flags::missing_path_flag(command, arguments) {
                Some(flag) => format!("such as {flag}"),
                None => "and that of a switch behind `=`: --sandbox=false".to_owned(),
            };
            format!("{} belongs to no option; a value stands behind its option, {remedy}", place(&refused, arguments))
        }
        ErrorKind::InvalidSubcommand => {
            let place = place(&text(error, ContextKind::InvalidSubcommand), arguments);
            // The most similar one is the last.
            let remedy = match texts(error, ContextKind::SuggestedSubcommand).last() {
                Some(similar) => format!("did you mean `{similar}`?"),
                None => {
                    let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
                    format!("there are {}", names.join(", "))
                }
            };
            format!("{place} is no command; {remedy}")
        }
        ErrorKind::InvalidValue if text(error, ContextKind::InvalidValue).is_empty() => {
            format!("{option}: the value is missing")
        }
        ErrorKind::InvalidValue => {
            format!("{option}: the value is none of {}", texts(error, ContextKind::ValidValue).join(", "))
        }
        ErrorKind::ValueValidation => {
            let is_left_out = error.source().is_some_and(|source| source.to_string() == VALUE_LEFT_OUT);
            format!("{option}: {}", if is_left_out { VALUE_LEFT_OUT } else { "the value can't be used; see --help" })
        }
        ErrorKind::NoEquals => format!("{option}: the value stands behind `=`"),
        ErrorKind::ArgumentConflict => {
            let other = texts(error, ContextKind::PriorArg);
            let other: Vec<&str> = other.iter().filter_map(|other| other.split([' ', '=', '[']).next()).collect();
            match other[..] {
                [] => format!("{option} is given more than once"),
                [same] if same == option => format!("{option} is given more than once"),
                _ => format!("{option} can't be given together with {}", other.join(", ")),
            }
        }
        ErrorKind::MissingRequiredArgument => {
            format!("{} must be given", texts(error, ContextKind::InvalidArg).join(", "))
        }
        _ if option.is_empty() => "the command line can't be read; see --help".to_owned(),
        _ => format!("{option} can't be used like this; see --help"),
    }
}

/// Returns the command that the arguments name, as far as they begin with names of commands.
fn named_command<'c>(root: &'c Command, arguments: &[String]) -> &'c Command {
    let mut command = root;
    for argument in arguments {
        let Some(child) = command.find_subcommand(argument) else { break };
        command = child;
    }
    command
}

/// Returns `true` for the form that the long names of options have. One with a digit may be a key or a token, unless it is
/// `similar` to one that there is.
fn is_option(name: &str, similar: &str) -> bool {
    let has_digits = !similar.is_empty();
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || has_digits && byte.is_ascii_digit() || byte == b'-';
    name.strip_prefix("--").is_some_and(|long| {
        name.len() <= MAX_NAME
            && long.starts_with(|first: char| first.is_ascii_lowercase())
            && long.bytes().all(is_letter)
    })
}

/// Returns the place of an argument in the command line.
fn place(argument: &str, arguments: &[String]) -> String {
    match arguments.iter().position(|given| given == argument) {
        Some(position) => format!("argument {}", position + 1),
        None => "an argument".to_owned(),
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    texts(error, kind).into_iter().next().unwrap_or_default()
}

fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Depth, root};

    fn message(line: &str) -> String {
        let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let mut command = root(Depth::Towards(&arguments), Vec::new());
        let error = command.try_get_matches_from_mut(["partner"].into_iter().chain(line.split(' '))).expect_err(line);
        usage_message(&error, &arguments, &command)
    }

    #[test]
    fn a_refused_command_line_is_told_without_its_values() {
        for (line, part) in [
            ("zapsign documents create --nmae=s3cret", "no option --nmae; did you mean --name?"),
            ("zapsign documents create --tokken s3cret", "no option --tokken; "),
            ("zapsign documents create --name a s3cret", "argument 6 belongs to no option"),
            ("zapsign documents create --sandbox s3cret", "argument 5 belongs to no option"),
            ("zapsign documents create -s3cret", "belongs to no option"),
            ("zapsign documents create --s3cret", "belongs to no option"),
            ("zapsign documents create --base64-pfd s3cret", "no option --base64-pfd; did you mean --base64-pdf?"),
            ("zapsign documents create --S3cret-s3cret", "belongs to no option"),
            ("zapsign documents create --name", "--name: the value is missing"),
            ("zapsign documents create --name --dry-run", "--name: the value is missing, an option follows"),
            ("zapsign documents create --name --lang=s3cret", "--name: the value is missing, an option follows"),
            ("zapsign documents create --name s3cret --name b", "--name is given more than once"),
            ("zapsign documents create --sandbox=s3cret", "--sandbox: the value is none of true, false, null"),
            ("zapsign documents create --output s3cret", "--output: the value is none of table, json, jsonl"),
            ("zapsign documents create --timeout s3cret", "--timeout: the value can't be used"),
            ("zapsign documents s3cret", "argument 3 is no command"),
            ("zapsign documents 0815-0815", "argument 3 is no command; there are list, create, "),
            ("s3cret", "argument 1 is no command; there are dialog360, zapsign"),
            ("zapsign document list s3cret", "argument 2 is no command; did you mean `documents`?"),
            ("zapsign documents lst s3cret", "argument 3 is no command; did you mean `list`?"),
            (
                "zapsign documents get s3cret",
                "argument 4 belongs to no option; a value stands behind its option, such as --doc-token",
            ),
            ("zapsign documents get --doc-token a s3cret", "that of a switch behind `=`: --sandbox=false"),
            ("dialog360 channels get s3cret", "such as --channel-id"),
            (
                "--profile s3cret zapsign documents list",
                "--profile stands behind the whole command, as in `partner zapsign documents list --profile`",
            ),
            ("zapsign --output s3cret documents list", "--output stands behind the whole command"),
            ("zapsign documents get --all s3cret", "there is no option --all; see --help"),
            ("zapsign documnets s3cret", "argument 2 is no command; did you mean `documents`?"),
        ] {
            let message = message(line);
            assert!(message.contains(part) && !message.to_lowercase().contains("s3cret"), "{line}: {message}");
        }
    }
}
