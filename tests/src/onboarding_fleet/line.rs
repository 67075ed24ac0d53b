use std::io::Write as _;

use serde::{Deserialize, Serialize};

/// Line that a process writes to its output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Line {
    /// The onboarding of a tenant ended, with an error or complete.
    Ended(Option<String>),
    /// The process is at the point where it is to be stopped, and waits for a line.
    AtPoint,
}

/// Writes a line to the output.
pub(super) fn write_line(line: &Line) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", serde_json::to_string(line).expect("JSON")).expect("an output");
    output.flush().expect("an output");
}
