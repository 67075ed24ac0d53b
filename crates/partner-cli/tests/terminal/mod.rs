//! Runs of the program in this process, at a terminal or in a pipe.

// Each test uses a part of it.
#![allow(dead_code)]

use std::io::{self, Write};

use api_sandbox::{Fault, FaultRule, FaultStage, Sandbox};
use partner_cli::{ExitCode, Invocation};
use serde_json::Value;

/// Sandbox, and the surroundings of the runs against it.
pub struct Terminal {
    pub sandbox: Sandbox,
    /// Width of the terminal; `None` for a pipe.
    pub columns: Option<usize>,
    /// Text that a person types; `None` if nobody is there.
    pub typed: Option<&'static str>,
}

/// Result of a run.
pub struct Run {
    pub code: ExitCode,
    pub stdout: String,
    pub stderr: String,
}

impl Terminal {
    /// Starts a sandbox that is called in a pipe, where nobody can be asked.
    pub async fn start() -> Self {
        Self { sandbox: Sandbox::builder().start().await.expect("it starts"), columns: None, typed: None }
    }

    /// Runs the program with the words of a line.
    pub async fn run(&self, line: &str) -> Run {
        let mut stdout = Vec::new();
        let (code, stderr) = self.run_to(line, &mut stdout).await;
        Run { code, stdout: String::from_utf8(stdout).expect("text"), stderr }
    }

    /// Runs the program with this standard output, and returns the standard error.
    pub async fn run_to(&self, line: &str, stdout: &mut dyn Write) -> (ExitCode, String) {
        let credentials = self.sandbox.credentials().clone();
        let columns = self.columns.map(|columns| columns.to_string());
        let variables = |name: &str| match name {
            "PARTNER_URL" => Some(self.sandbox.url().to_owned()),
            "ZAPSIGN_API_TOKEN" => Some(credentials.api_token.clone()),
            "D360_API_KEY" => Some(credentials.api_key.clone()),
            "D360_PARTNER_ID" => Some(credentials.partner_id.clone()),
            "COLUMNS" => columns.clone(),
            _ => None,
        };
        let mut stderr = Vec::new();
        let code = partner_cli::run(Invocation {
            arguments: line.split_whitespace().map(str::to_owned).collect(),
            variables: &variables,
            stdin: Box::new(self.typed.unwrap_or_default().as_bytes()),
            stdout,
            stderr: &mut stderr,
            is_interactive: self.typed.is_some(),
            stdout_is_terminal: self.columns.is_some(),
        })
        .await;
        (code, String::from_utf8(stderr).expect("text"))
    }

    /// Has the next call of an operation answered with this body. The call has no effect.
    pub fn answer(&self, operation: &str, status: u16, media_type: &str, body: &str) {
        let fault = Fault::Status {
            status,
            body: body.to_owned(),
            media_type: media_type.to_owned(),
            stage: FaultStage::BeforeHandler,
        };
        self.sandbox.inject(FaultRule::next(1, fault).for_operation(operation));
    }

    /// Has the next call of an operation answered with this JSON.
    pub fn answer_json(&self, operation: &str, body: &Value) {
        self.answer(operation, 200, "application/json", &body.to_string());
    }

    /// Creates a document, and returns its token.
    pub async fn document(&self, name: &str) -> String {
        let line = format!(
            "zapsign documents create --name {name} --markdown-text Text --signer name=Ana --query /token --output jsonl"
        );
        let token = self.run(&line).await.done();
        token.trim().trim_matches('"').to_owned()
    }
}

impl Run {
    /// Returns the standard output of a run that went well and said nothing else.
    pub fn done(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (ExitCode::Done, ""), "{}", self.stdout);
        self.stdout
    }

    /// Returns the JSON on the standard output of a run that went well.
    pub fn json(self) -> Value {
        serde_json::from_str(&self.done()).expect("it is JSON")
    }

    /// Returns the error, as a program gets it, of a run that printed nothing.
    pub fn failed(self, code: ExitCode) -> Value {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{}", self.stderr);
        error(&self.stderr, code)
    }
}

/// Returns the error that a standard error holds, and nothing else.
pub fn error(stderr: &str, code: ExitCode) -> Value {
    let report: Value = serde_json::from_str(stderr).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    assert_eq!((stderr.lines().count(), &report["error"]["exit_code"]), (1, &Value::from(code as u8)));
    report["error"].clone()
}

/// Standard output that fails.
pub struct Broken(pub io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
