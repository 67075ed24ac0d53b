//! Data that a tool prints.

use clap::{Arg, ArgMatches};
use serde_json::Value;

use crate::command::{OutputFormat, SharedOptions};
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::{self, OutputStyle};

/// Returns the arguments that choose the format.
pub(super) fn arguments() -> Vec<Arg> {
    SharedOptions::chosen(&["output"])
}

/// Prints a value in the format that is asked for.
pub(super) fn print(value: &Value, matches: &ArgMatches, invocation: &mut Invocation<'_>) -> Result<(), Failure> {
    let format = SharedOptions::from_matches(matches).output;
    // A program's own table is short enough to be read as a whole.
    let style = OutputStyle { cuts: false, ..OutputStyle::choose(format, invocation) };
    output::print(value, style, invocation.stdout)?;
    if style.format == OutputFormat::Table && value.as_array().is_some_and(Vec::is_empty) {
        // Nobody has to read it.
        let _ = writeln!(invocation.stderr, "there are no items");
    }
    Ok(())
}
