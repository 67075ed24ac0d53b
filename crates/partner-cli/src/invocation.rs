//! Surroundings of a run: arguments, environment, streams.

use std::io::{Read, Write};

/// Everything that a run of the program takes from outside, so that a test can give it.
pub struct Invocation<'i> {
    /// Arguments without the program's name.
    pub arguments: Vec<String>,
    /// Returns the value of an environment variable.
    pub variables: &'i dyn Fn(&str) -> Option<String>,
    /// Standard input.
    pub stdin: Box<dyn Read + 'i>,
    /// Standard output: data, and nothing else.
    pub stdout: &'i mut dyn Write,
    /// Standard error: everything that is not data.
    pub stderr: &'i mut dyn Write,
    /// `true` if somebody can answer a question on the standard input.
    pub is_interactive: bool,
    /// `true` if the standard output is a terminal.
    pub stdout_is_terminal: bool,
}
