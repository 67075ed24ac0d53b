//! Result of a run.

use partner_cli::ExitCode;
use serde_json::Value;

/// Result of a run, with what it wrote.
#[derive(Debug)]
pub struct Run {
    pub code: ExitCode,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Returns the standard output of a run that went well and said nothing else.
    pub fn done(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (ExitCode::Done, ""), "{self:?}");
        self.stdout
    }

    /// Returns the JSON on the standard output of a run that went well and said nothing else.
    pub fn json(&self) -> Value {
        assert_eq!((self.code, self.stderr.as_str()), (ExitCode::Done, ""), "{self:?}");
        self.data()
    }

    /// Returns the JSON on the standard output, whatever else there is.
    pub fn data(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON: {error}: {self:?}"))
    }

    /// Returns the error, as a program gets it, on the last line of the standard error.
    pub fn error(&self, code: ExitCode) -> Value {
        assert_eq!(self.code, code, "{self:?}");
        error(self.stderr.lines().last().unwrap_or_default(), code)
    }

    /// Returns the error of a run that wrote nothing else.
    pub fn failed(&self, code: ExitCode) -> Value {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{self:?}");
        error(&self.stderr, code)
    }

    /// Returns the message of the error of a run that wrote nothing else.
    pub fn message(&self, code: ExitCode) -> String {
        self.failed(code)["message"].as_str().expect("a message").to_owned()
    }

    /// Checks that no stream has a text.
    pub fn hides(&self, secret: &str) -> &Self {
        assert!(!self.stdout.contains(secret) && !self.stderr.contains(secret), "{self:?}");
        self
    }
}

/// Returns the error that a standard error holds, and nothing else.
pub fn error(stderr: &str, code: ExitCode) -> Value {
    let report: Value = serde_json::from_str(stderr).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    assert_eq!((stderr.lines().count(), &report["error"]["exit_code"]), (1, &Value::from(code as u8)), "{stderr}");
    report["error"].clone()
}
