//! Run of the program, from arguments to the exit code.

use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ArgMatches, Command};

use crate::command::{Depth, OperationFlags, OutputFormat, SharedOptions, find_operation, root, usage_message};
use crate::credentials::Account;
use crate::effects;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::{OutputStyle, Printer};
use crate::printable::printable;
use crate::request::{Input, RequestDraft, Skeleton};
use crate::send::{ApiClient, logged, pages, secret_texts, unsent};
use crate::spec::{Api, OperationSpec};
use crate::tools;

/// Width of help that is not for a terminal, in columns.
const HELP_WIDTH: usize = 100;

/// Runs the program.
pub async fn run(mut invocation: Invocation<'_>) -> ExitCode {
    if invocation.arguments.first().is_some_and(|first| first == "help") {
        // As of other programs: `partner help COMMAND` for `partner COMMAND --help`.
        invocation.arguments.remove(0);
        invocation.arguments.push("--help".to_owned());
    }
    let mut command = root(Depth::Towards(&invocation.arguments), tools::commands());
    if !invocation.stdout_is_terminal {
        // Help for a file or another program is the same on every machine.
        command = command.term_width(HELP_WIDTH);
    }
    let asked = OutputFormat::asked_for(&invocation.arguments);
    let format = OutputStyle::choose(asked, &invocation).format;
    let arguments = std::iter::once("partner").chain(invocation.arguments.iter().map(String::as_str));
    let matches = match command.try_get_matches_from_mut(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            // A reader that has gone away, as `| head` does, is no failure.
            let _ = match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                    let _ = write!(invocation.stdout, "{}", error.render()).and_then(|()| invocation.stdout.flush());
                    return ExitCode::Done;
                }
                ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => write!(invocation.stderr, "{}", error.render()),
                _ => {
                    let message = usage_message(&error, &invocation.arguments, &command);
                    write!(invocation.stderr, "{}", Failure::usage(message).report(format))
                }
            };
            return ExitCode::Usage;
        }
    };
    let result = dispatch(&matches, &mut invocation).await;
    // What is still in a buffer may find the disk full.
    let Err(failure) = result.and_then(|()| Ok(invocation.stdout.flush()?)) else { return ExitCode::Done };
    if failure.code != ExitCode::Done {
        let _ = write!(invocation.stderr, "{}", failure.report(format));
    }
    failure.code
}

async fn dispatch(matches: &ArgMatches, invocation: &mut Invocation<'_>) -> Result<(), Failure> {
    let missing = || Failure::usage("no command is given; see `partner --help`");
    let (first, matches) = matches.subcommand().ok_or_else(missing)?;
    let Some(api) = Api::find(first) else {
        return tools::run(first, matches, invocation, whole_tree).await.unwrap_or_else(|| Err(missing()));
    };
    let (group, matches) = matches.subcommand().ok_or_else(missing)?;
    let (verb, matches) = matches.subcommand().ok_or_else(missing)?;
    let row = find_operation(api, group, verb).ok_or_else(missing)?;
    call(&OperationSpec::read(api, row), matches, invocation).await
}

/// Builds every command.
fn whole_tree() -> Command {
    root(Depth::Whole, tools::commands())
}

/// Calls an operation.
async fn call(operation: &OperationSpec, matches: &ArgMatches, invocation: &mut Invocation<'_>) -> Result<(), Failure> {
    let options = SharedOptions::from_matches(matches);
    if let (true, Some(body)) = (options.skeleton, &operation.body) {
        let skeleton = Skeleton::of(operation.api.schemas(), body);
        for hint in &skeleton.hints {
            let _ = writeln!(invocation.stderr, "{hint}");
        }
        writeln!(invocation.stdout, "{:#}", skeleton.body)?;
        return Ok(());
    }
    let input = Input::of(invocation);
    let mut account = Account::find(operation.api, &options, invocation.variables, &input)?;
    let is_shown_only = options.dry_run || options.curl;
    if is_shown_only || !operation.row.authenticated {
        account = account.without_need();
    }
    let draft = request(operation, matches, &options, &input, account.partner_id.as_deref())?;
    let secrets = secret_texts(&account, operation, &draft);
    let (is_bearer, summary) = (account.is_bearer(), account.summary());
    let client = ApiClient::new(account, options.timeout.map(Duration::from_secs))?;
    if is_shown_only {
        return unsent::print(&client, operation, &draft, &options, is_bearer, invocation.stdout);
    }
    effects::confirm(operation, &draft, &options, &summary, &input, invocation)?;
    let style = OutputStyle::choose(options.output, invocation);
    let Invocation { stdout, stderr, .. } = invocation;
    let work = async {
        let mut printer = Printer::new(operation, &options, style, &secrets, stdout)?;
        if options.all {
            pages::print_all(&client, operation, draft, &mut printer).await?;
            return Ok(printer.notes(false));
        }
        let answer = client.send(operation.row, &draft).await?;
        printer.answer(&answer)?;
        Ok(printer.notes(pages::is_followed(operation, draft, &answer)))
    };
    let result = if options.verbose {
        // Nobody has to read it.
        let _ = writeln!(stderr, "partner: {}", printable(&summary, false));
        logged(work, &secrets, stderr).await
    } else {
        work.await
    };
    let notes = result.map_err(|failure: Failure| failure.without(&secrets))?;
    // Nobody has to read them.
    let _ = write!(stderr, "{notes}");
    Ok(())
}

/// Makes the request, and checks it against the spec.
fn request(
    operation: &OperationSpec,
    matches: &ArgMatches,
    options: &SharedOptions,
    input: &Input<'_>,
    partner_id: Option<&str>,
) -> Result<RequestDraft, Failure> {
    let flags = OperationFlags::of(operation);
    let mut draft = RequestDraft::read(operation, &flags, matches, options, input)?;
    draft.set_path_default("partner_id", partner_id);
    let mut violations = draft.path_violations(&flags);
    if !options.no_check {
        violations.extend(draft.violations(operation, &flags));
    }
    if violations.is_empty() { Ok(draft) } else { Err(Failure::violations(&violations)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns each command with the words that lead to it.
    fn commands(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
        for child in command.get_subcommands() {
            let path = format!("{path} {}", child.get_name());
            commands(child, &path, found);
            found.push((path, child.clone()));
        }
    }

    #[tokio::test]
    async fn help_is_a_command_too() {
        let mut pages = Vec::new();
        for line in ["help zapsign documents list", "zapsign documents list --help", "help", "--help", "help nothing"] {
            let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
            let code = run(Invocation {
                arguments: line.split(' ').map(str::to_owned).collect(),
                variables: &|_| None,
                stdin: Box::new(std::io::empty()),
                stdout: &mut stdout,
                stderr: &mut stderr,
                is_interactive: false,
                stdout_is_terminal: false,
            })
            .await;
            pages.push((code, String::from_utf8(stdout).expect("text")));
        }
        assert!(pages[0].0 == ExitCode::Done && pages[0].1.contains("--signer-email") && pages[0] == pages[1]);
        assert!(pages[2].1.contains("ZAPSIGN_API_TOKEN") && pages[2] == pages[3]);
        assert_eq!(pages[4], (ExitCode::Usage, String::new()));
    }

    #[test]
    fn help_says_what_to_do_and_has_no_full_stop() {
        let mut found = Vec::new();
        commands(&whole_tree(), "partner", &mut found);
        for (path, command) in found {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(!about.is_empty() && !about.ends_with('.'), "{path}: {about:?}");
            let verb = about.split(' ').next().unwrap_or_default();
            let is_group =
                command.has_subcommands() && path.split(' ').nth(1).is_some_and(|it| Api::find(it).is_some());
            let is_told = verb.ends_with('s') && !verb.ends_with("ss");
            assert!(is_group || !is_told, "{path}: {about}");
            if Api::find(path.split(' ').nth(1).unwrap_or_default()).is_none() {
                for argument in command.get_arguments() {
                    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                    assert!(!help.is_empty() && !help.ends_with('.'), "{path} {}: {help:?}", argument.get_id());
                }
            }
        }
    }
}
