//! Style of the output: the format, and the terminal it is for.

use crate::command::OutputFormat;
use crate::invocation::Invocation;

/// Width of a terminal that does not tell its own, in columns.
const DEFAULT_WIDTH: usize = 80;

/// Format of the data, and the terminal that it is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutputStyle {
    pub(crate) format: OutputFormat,
    /// Width of the terminal in columns; `None` if the standard output is none.
    pub(crate) terminal_width: Option<usize>,
    /// `true` if a table may cut what does not fit.
    pub(crate) cuts: bool,
}

impl OutputStyle {
    /// Chooses the style: the format that is asked for, or else a table for a terminal and JSON for another program.
    pub(crate) fn choose(format: Option<OutputFormat>, invocation: &Invocation<'_>) -> Self {
        let width = || (invocation.variables)("COLUMNS").and_then(|columns| columns.parse().ok());
        let terminal_width =
            invocation.stdout_is_terminal.then(|| width().filter(|width| *width > 0).unwrap_or(DEFAULT_WIDTH));
        let default = if terminal_width.is_some() { OutputFormat::Table } else { OutputFormat::Json };
        Self { format: format.unwrap_or(default), terminal_width, cuts: true }
    }
}
