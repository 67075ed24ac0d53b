//! Commands that are no operation of an API. Each module has one: its arguments, and its run.

use clap::{ArgMatches, Command};

use crate::failure::Failure;
use crate::invocation::Invocation;

/// Returns the commands.
pub(crate) fn commands() -> Vec<Command> {
    Vec::new()
}

/// Runs the command with this name. Returns `None` if there is none.
pub(crate) async fn run(
    _name: &str,
    _matches: &ArgMatches,
    _invocation: &mut Invocation<'_>,
) -> Option<Result<(), Failure>> {
    None
}
