//! Checks with their results.

use api_runtime::Secret;
use serde_json::{Value, json};

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::hidden_texts::HiddenTexts;

/// Results of all checks.
pub(super) struct Checks<'c> {
    /// Texts that no result shows.
    hidden: &'c HiddenTexts,
    /// A row for each check: API, name, result, detail.
    pub(super) rows: Vec<Value>,
    failed: Vec<(String, ExitCode)>,
}

impl<'c> Checks<'c> {
    pub(super) fn new(hidden: &'c HiddenTexts) -> Self {
        Self { hidden, rows: Vec::new(), failed: Vec::new() }
    }

    /// Has a secret in no result from now on.
    pub(super) fn hide(&self, secret: Option<&Secret>) {
        self.hidden.add(secret.cloned());
    }

    /// Adds a check that found nothing wrong. `what` is the name of the API and that of the check.
    pub(super) fn ok(&mut self, what: (&str, &str), detail: impl Into<String>) {
        self.add(what, "ok", detail);
    }

    /// Adds a check that found what somebody should know.
    pub(super) fn warning(&mut self, what: (&str, &str), detail: impl Into<String>) {
        self.add(what, "warning", detail);
    }

    /// Adds a check that there is nothing for.
    pub(super) fn skipped(&mut self, what: (&str, &str), detail: impl Into<String>) {
        self.add(what, "skipped", detail);
    }

    /// Adds a check that failed.
    pub(super) fn failed(&mut self, what: (&str, &str), detail: impl Into<String>, code: ExitCode) {
        self.failed.push((format!("{} of {}", what.1, what.0), code));
        self.add(what, "failed", detail);
    }

    fn add(&mut self, (api, check): (&str, &str), result: &str, detail: impl Into<String>) {
        let mut detail = detail.into();
        self.hidden.hide(&mut detail);
        self.rows.push(json!({"api": api, "check": check, "result": result, "detail": detail}));
    }

    /// Returns the failure of the run: the highest exit code of the checks that failed. To have no credential at all is one.
    pub(super) fn outcome(&self) -> Result<(), Failure> {
        let names: Vec<&str> = self.failed.iter().map(|(name, _)| name.as_str()).collect();
        match self.failed.iter().map(|(_, code)| *code).max_by_key(|code| *code as u8) {
            Some(code) => Err(Failure::new(code, format!("failed: {}", names.join(", ")))),
            None if self.rows.iter().all(|row| row["check"] != "credential" || row["result"] == "skipped") => {
                let fault = "there is no credential at all; see `partner profile --help`";
                Err(Failure::new(ExitCode::Credential, fault))
            }
            None => Ok(()),
        }
    }
}
