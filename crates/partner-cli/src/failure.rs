//! Failure of a run, with its exit code and its report.

use std::fmt;
use std::io;

use serde_json::{Map, Value, json};

use crate::command::OutputFormat;
use crate::exit_code::ExitCode;
use crate::hidden_texts::HiddenTexts;
use crate::printable::printable;
use crate::request::{ValueError, Violation};

/// Name of the detail that is an answer.
const ANSWER: &str = "answer";

/// Failure of a run.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: ExitCode,
    /// Text for people: what was wrong, where, and what to do.
    message: String,
    /// Further fields of the report for programs.
    details: Map<String, Value>,
}

impl Failure {
    pub(crate) fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Map::new() }
    }

    /// Creates the failure of a value that can't be used.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Usage, message)
    }

    /// Adds to the message.
    #[must_use]
    pub(crate) fn and(mut self, more: &str) -> Self {
        self.message = format!("{}; {more}", self.message);
        self
    }

    /// Adds a field to the report for programs.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// Returns the report with its line end: for people where the data is a table, or else as JSON. Texts of others in it are
    /// harmless to a terminal.
    pub(crate) fn report(&self, format: OutputFormat) -> String {
        let text = match (format, self.details.get(ANSWER)) {
            (OutputFormat::Table, None) => format!("error: {self}"),
            // A part of the report that is not to be lost.
            (OutputFormat::Table, Some(answer)) => format!("error: {self}\nanswer: {answer:#}"),
            _ => self.json().to_string(),
        };
        printable(&text, true) + "\n"
    }

    /// Adds an answer, so that it is not lost although the standard output does not have it.
    #[must_use]
    pub(crate) fn with_answer(self, answer: impl Into<Value>) -> Self {
        self.with(ANSWER, answer)
    }

    /// Returns a field of the report for programs.
    pub(crate) fn detail(&self, name: &str) -> Option<&Value> {
        self.details.get(name)
    }

    /// Replaces texts that must not be shown, wherever a server sent them back.
    #[must_use]
    pub(crate) fn without(mut self, hidden: &HiddenTexts) -> Self {
        hidden.hide(&mut self.message);
        self.details.values_mut().for_each(|value| hidden.hide_within(value));
        self
    }

    /// Returns the report for programs.
    fn json(&self) -> Value {
        let mut report = Map::new();
        report.insert("message".to_owned(), self.message.clone().into());
        report.insert("exit_code".to_owned(), (self.code as u8).into());
        report.extend(self.details.clone());
        json!({"error": report})
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<ValueError> for Failure {
    fn from(error: ValueError) -> Self {
        Self::usage(error.to_string())
    }
}

/// A reader that has seen enough, such as `head`, is no failure: the run ends quietly.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(ExitCode::Done, ""),
            _ => Self::new(ExitCode::Failed, format!("the output can't be written: {error}")),
        }
    }
}

impl Failure {
    /// Creates the failure of a request that violates the spec.
    pub(crate) fn violations(violations: &[Violation]) -> Self {
        let messages: Vec<&str> = violations.iter().map(|violation| violation.message.as_str()).collect();
        let pointers: Vec<Value> = violations.iter().map(|violation| violation.pointer.clone().into()).collect();
        let failure = Self::usage(format!("the request does not fit the spec: {}", messages.join("; ")));
        let failure = match violations.iter().all(|violation| violation.can_be_sent) {
            true => failure.and("--no-check sends it all the same"),
            false => failure,
        };
        failure.with("pointers", pointers)
    }
}

#[cfg(test)]
mod tests {
    use api_runtime::Secret;

    use super::*;

    #[test]
    fn a_report_is_a_line_for_people_and_an_object_for_programs() {
        let failure = Failure::new(ExitCode::Refused, "refused: \u{1b}[2J").with("status", 400);
        assert_eq!(failure.report(OutputFormat::Table), "error: refused: \\u001b[2J\n");
        for format in [OutputFormat::Json, OutputFormat::Jsonl] {
            let report = failure.report(format);
            assert_eq!(report.lines().count(), 1);
            assert!(!report.contains('\u{1b}'));
            let report: Value = serde_json::from_str(&report).expect("it is JSON");
            let expected = json!({"error": {"message": "refused: \u{1b}[2J", "exit_code": 3, "status": 400}});
            assert_eq!(report, expected);
        }
    }

    #[test]
    fn an_answer_is_in_the_report_for_people_too() {
        let failure = Failure::new(ExitCode::Failed, "full").with_answer(json!({"key": "a"}));
        assert_eq!(failure.report(OutputFormat::Table), "error: full\nanswer: {\n  \"key\": \"a\"\n}\n");
    }

    #[test]
    fn an_empty_secret_hides_nothing() {
        let failure =
            Failure::new(ExitCode::Failed, "full").without(&HiddenTexts::new([Secret::new(""), Secret::new("u")]));
        assert_eq!(failure.to_string(), "f***ll");
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        assert_eq!(Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)).code, ExitCode::Done);
        assert_eq!(Failure::from(io::Error::from(io::ErrorKind::StorageFull)).code, ExitCode::Failed);
    }
}
