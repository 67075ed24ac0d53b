//! Runs of the program within this process, against a sandbox.

// Each test uses a part of it.
#![allow(dead_code)]

use std::io::{self, Write};

use api_sandbox::Sandbox;
use partner_cli::{ExitCode, Invocation};
use serde_json::{Value, json};

/// Result of a run.
pub struct Run {
    pub code: ExitCode,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Run {
    /// Returns the data on the standard output.
    pub fn data(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("no JSON: {error}: {self:?}"))
    }

    /// Returns the error on the standard error, and checks that it has the exit code.
    pub fn error(&self) -> Value {
        let report: Value =
            serde_json::from_str(&self.stderr).unwrap_or_else(|error| panic!("no JSON: {error}: {self:?}"));
        assert_eq!(report["error"]["exit_code"], self.code as u8, "{self:?}");
        report["error"].clone()
    }

    /// Returns the message of the error, and checks that there is nothing else.
    pub fn failed(&self, code: ExitCode) -> String {
        assert_eq!((self.code, self.stdout.is_empty()), (code, true), "{self:?}");
        self.error()["message"].as_str().expect("a message").to_owned()
    }

    /// Checks that it ended well, and returns the data.
    pub fn done(&self) -> Value {
        assert_eq!((self.code, self.stderr.as_str()), (ExitCode::Done, ""), "{self:?}");
        self.data()
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}\n{}\n{}", self.code, String::from_utf8_lossy(&self.stdout), self.stderr)
    }
}

/// Runs the program with these environment variables, and a standard output that is a terminal or none.
pub async fn run_with(arguments: &[&str], variables: &[(&str, &str)], stdout_is_terminal: bool) -> Run {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let code = run_to(arguments, variables, stdout_is_terminal, &mut stdout, &mut stderr).await;
    Run { code, stdout, stderr: String::from_utf8(stderr).expect("text") }
}

/// Runs the program with these streams.
pub async fn run_to(
    arguments: &[&str],
    variables: &[(&str, &str)],
    stdout_is_terminal: bool,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> ExitCode {
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    partner_cli::run(Invocation {
        arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
        variables: &variable,
        stdin: Box::new(io::empty()),
        stdout,
        stderr,
        is_interactive: false,
        stdout_is_terminal,
    })
    .await
}

/// Standard output whose reader has gone away.
pub struct ClosedPipe;

impl Write for ClosedPipe {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sandbox with the environment variables of its account.
pub struct Partner {
    pub sandbox: Sandbox,
}

impl Partner {
    pub async fn start() -> Self {
        Self { sandbox: Sandbox::builder().start().await.expect("it starts") }
    }

    /// Returns the environment variables with which the program calls the sandbox.
    pub fn variables(&self) -> [(&str, &str); 3] {
        let credentials = self.sandbox.credentials();
        [
            ("PARTNER_URL", self.sandbox.url()),
            ("ZAPSIGN_API_TOKEN", &credentials.api_token),
            ("D360_API_KEY", &credentials.api_key),
        ]
    }

    /// Runs the program.
    pub async fn run(&self, arguments: &[&str]) -> Run {
        run_with(arguments, &self.variables(), false).await
    }

    /// Creates a document of this PDF with signers of these names, and with other fields of the body.
    pub async fn document(&self, name: &str, pdf: &[u8], signers: &[&str], others: Value) -> Value {
        use base64::Engine as _;
        let signers: Vec<Value> = signers.iter().map(|name| json!({"name": name})).collect();
        let file = base64::engine::general_purpose::STANDARD.encode(pdf);
        let mut body = json!({"name": name, "base64_pdf": file, "signers": signers});
        for (name, value) in others.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        self.run(&["zapsign", "documents", "create", "--yes", "--body", &body.to_string()]).await.data()
    }

    /// Returns the ids of the operations that were called, the first one first.
    pub fn called(&self) -> Vec<String> {
        self.sandbox.requests().into_iter().filter_map(|request| request.operation).map(|id| id.to_string()).collect()
    }
}

/// Returns the token of a document or a signer.
pub fn token(value: &Value) -> &str {
    value["token"].as_str().expect("a token")
}

/// PDF with one page.
pub const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
    3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R>>\n";
