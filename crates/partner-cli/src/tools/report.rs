//! Data that a tool prints.

use clap::{Arg, ArgMatches};
use serde_json::Value;

use crate::command::SharedOptions;
use crate::failure::Failure;
use crate::invocation::Invocation;

/// Returns the arguments that choose the format.
pub(super) fn arguments() -> Vec<Arg> {
    SharedOptions::chosen(&["output"])
}

/// Prints a value in the format that is asked for.
pub(super) fn print(value: &Value, _matches: &ArgMatches, invocation: &mut Invocation<'_>) -> Result<(), Failure> {
    Ok(writeln!(invocation.stdout, "{value:#}")?)
}
