//! Runs of the program, and the servers that it calls.

// Each test uses a part of it.
#![allow(dead_code, unused_imports)]

mod closed_port;
mod partner;
mod raw_server;
mod recording_server;
mod run;
mod terminal;

use std::io::{self, Write};

use partner_cli::{ExitCode, Invocation};

pub use closed_port::ClosedPort;
pub use partner::{PDF, Partner, token};
pub use raw_server::RawServer;
pub use recording_server::{Received, RecordingServer};
pub use run::{Run, error};
pub use terminal::Terminal;

/// Credential of runs whose server takes any.
pub const TOKEN: &str = "t0ken-of-the-test";

/// Surroundings of runs: by default, no variable, no input and no terminal.
#[derive(Clone, Default)]
pub struct Program {
    variables: Vec<(String, String)>,
    stdin: Vec<u8>,
    is_interactive: bool,
    stdout_is_terminal: bool,
}

impl Program {
    /// Sets the variables.
    pub fn of(variables: &[(&str, &str)]) -> Self {
        variables.iter().fold(Self::default(), |program, (name, value)| program.with(name, value))
    }

    /// Sets a variable.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the standard input.
    pub fn stdin(self, text: &str) -> Self {
        self.input(text.as_bytes())
    }

    /// Sets the standard input, which may be no text.
    pub fn input(mut self, content: &[u8]) -> Self {
        self.stdin = content.to_vec();
        self
    }

    /// Sets what a person types.
    pub fn typed(mut self, text: &str) -> Self {
        self.is_interactive = true;
        self.stdin(text)
    }

    /// Makes the standard output a terminal.
    pub fn on_a_terminal(mut self) -> Self {
        self.stdout_is_terminal = true;
        self
    }

    /// Runs the program. Of the standard output, bytes that are no text are replaced.
    pub async fn run(&self, arguments: &[&str]) -> Run {
        let mut stdout = Vec::new();
        let (code, stderr) = self.run_to(arguments, &mut stdout).await;
        Run { code, stdout: String::from_utf8_lossy(&stdout).into_owned(), stderr }
    }

    /// Runs the program with this standard output, and returns the standard error.
    pub async fn run_to(&self, arguments: &[&str], stdout: &mut dyn Write) -> (ExitCode, String) {
        let mut stderr = Vec::new();
        let variables =
            |name: &str| self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let code = partner_cli::run(Invocation {
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            variables: &variables,
            stdin: Box::new(self.stdin.as_slice()),
            stdout,
            stderr: &mut stderr,
            is_interactive: self.is_interactive,
            stdout_is_terminal: self.stdout_is_terminal,
        })
        .await;
        (code, String::from_utf8(stderr).expect("text"))
    }

    /// Runs the program as a process of its own, whose traces those of no other test meet.
    pub async fn run_alone(&self, arguments: &[&str]) -> Run {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_partner"));
        command.args(arguments).env_clear().envs(self.variables.iter().cloned()).stdin(std::process::Stdio::null());
        // A server in this process answers meanwhile.
        let output = tokio::task::spawn_blocking(move || command.output()).await.expect("no panic").expect("it runs");
        let codes = [
            ExitCode::Done,
            ExitCode::Failed,
            ExitCode::Usage,
            ExitCode::Refused,
            ExitCode::Credential,
            ExitCode::Unknown,
            ExitCode::NotUnderstood,
            ExitCode::TryLater,
            ExitCode::Interrupted,
        ];
        let code = codes.into_iter().find(|code| output.status.code() == Some(i32::from(*code as u8)));
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Run { code: code.expect("a known code"), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// Runs the program with these environment variables and this standard input.
pub async fn run(arguments: &[&str], variables: &[(&str, &str)], input: &[u8]) -> Run {
    Program::of(variables).input(input).run(arguments).await
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
