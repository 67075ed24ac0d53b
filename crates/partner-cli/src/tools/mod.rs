//! Commands that are no operation of an API. Each module has one: its arguments, and its run.

mod completions;
mod doctor;
mod document_calls;
mod document_summary;
mod download;
mod duration;
mod file_name;
mod man;
mod point_in_time;
mod profile;
mod report;
mod sandbox;
mod sha256;
mod wait;
mod zapsign_client;

use clap::{ArgMatches, Command};

use crate::failure::Failure;
use crate::invocation::Invocation;

/// Returns the commands.
pub(crate) fn commands() -> Vec<Command> {
    vec![
        doctor::command(),
        download::command(),
        wait::command(),
        sandbox::command(),
        profile::command(),
        completions::command(),
        man::command(),
    ]
}

/// Runs the command with this name. Returns `None` if there is none. `whole_tree` builds every command, for what is made of them.
pub(crate) async fn run(
    name: &str,
    matches: &ArgMatches,
    invocation: &mut Invocation<'_>,
    whole_tree: fn() -> Command,
) -> Option<Result<(), Failure>> {
    Some(match name {
        "doctor" => doctor::run(matches, invocation).await,
        "download" => download::run(matches, invocation).await,
        "wait" => wait::run(matches, invocation).await,
        "sandbox" => sandbox::run(matches, invocation).await,
        "profile" => profile::run(matches, invocation),
        "completions" => completions::run(matches, invocation, whole_tree()),
        "man" => man::run(matches, invocation, whole_tree()),
        _ => return None,
    })
}
