//! Printer of the answers of one operation.

use std::io::Write;

use serde_json::Value;

use crate::command::SharedOptions;
use crate::failure::Failure;
use crate::send::Answer;
use crate::spec::OperationSpec;

/// Printer of the answers of one operation.
pub(crate) struct Printer<'p> {
    #[expect(dead_code, reason = "the schema of the answer says what is a secret")]
    operation: &'p OperationSpec,
    #[expect(dead_code, reason = "format, query, and what becomes of secrets")]
    options: &'p SharedOptions,
    stdout: &'p mut dyn Write,
}

impl<'p> Printer<'p> {
    /// Creates the printer. It opens the file of the secrets, so that nothing is sent if that can't be done.
    pub(crate) fn new(
        operation: &'p OperationSpec,
        options: &'p SharedOptions,
        stdout: &'p mut dyn Write,
        _stdout_is_terminal: bool,
    ) -> Result<Self, Failure> {
        Ok(Self { operation, options, stdout })
    }

    /// Prints an answer: JSON, a text, or a file. An empty one prints nothing.
    pub(crate) fn answer(&mut self, answer: &Answer) -> Result<(), Failure> {
        match answer.json() {
            Some(value) => writeln!(self.stdout, "{value:#}")?,
            None => self.stdout.write_all(&answer.body)?,
        }
        Ok(())
    }

    /// Prints the items of one page of a list. [`end`](Self::end) comes after the last page.
    pub(crate) fn items(&mut self, _items: Vec<Value>, _status: u16) -> Result<(), Failure> {
        Ok(())
    }

    /// Ends the output of a list.
    pub(crate) fn end(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}
