//! Terminal or pipe, with a sandbox.

use std::io::Write;

use api_sandbox::{Fault, FaultRule, FaultStage, Sandbox};
use partner_cli::ExitCode;
use serde_json::Value;

use super::Program;
use super::run::Run;

/// Sandbox, and the surroundings of the runs against it.
pub struct Terminal {
    pub sandbox: Sandbox,
    /// Width of the terminal; `None` for a pipe.
    pub columns: Option<usize>,
    /// Text that a person types; `None` if nobody is there.
    pub typed: Option<&'static str>,
}

impl Terminal {
    /// Starts a sandbox that is called in a pipe, where nobody can be asked.
    pub async fn start() -> Self {
        Self { sandbox: Sandbox::builder().start().await.expect("it starts"), columns: None, typed: None }
    }

    /// Runs the program with the words of a line.
    pub async fn run(&self, line: &str) -> Run {
        self.program().run(&words(line)).await
    }

    /// Runs the program with this standard output, and returns the standard error.
    pub async fn run_to(&self, line: &str, stdout: &mut dyn Write) -> (ExitCode, String) {
        self.program().run_to(&words(line), stdout).await
    }

    fn program(&self) -> Program {
        let credentials = self.sandbox.credentials();
        let mut program = Program::default()
            .with("PARTNER_URL", self.sandbox.url())
            .with("ZAPSIGN_API_TOKEN", &credentials.api_token)
            .with("D360_API_KEY", &credentials.api_key)
            .with("D360_PARTNER_ID", &credentials.partner_id);
        if let Some(columns) = self.columns {
            program = program.with("COLUMNS", &columns.to_string()).on_a_terminal();
        }
        match self.typed {
            Some(text) => program.typed(text),
            None => program,
        }
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

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}
