//! Runs of the program in this process, and servers that show what arrives.

// Each test uses a part of it.
#![allow(dead_code)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use partner_cli::{ExitCode, Invocation};
use serde_json::Value;

/// Result of a run.
#[derive(Debug)]
pub struct Outcome {
    pub code: ExitCode,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Returns the error on the last line of the standard error, and checks its exit code.
    pub fn error(&self, code: ExitCode) -> Value {
        assert_eq!(self.code, code, "{self:?}");
        let line = self.stderr.lines().last().unwrap_or_else(|| panic!("no error: {self:?}"));
        let report: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {self:?}"));
        assert_eq!(report["error"]["exit_code"], code as u8, "{self:?}");
        report["error"].clone()
    }

    /// Returns the message of the error, and checks its exit code and that there are no data.
    pub fn message(&self, code: ExitCode) -> String {
        assert_eq!(self.stdout, "", "{self:?}");
        self.error(code)["message"].as_str().expect("a message").to_owned()
    }

    /// Returns the data of a run that ended well.
    pub fn data(&self) -> Value {
        assert_eq!(self.code, ExitCode::Done, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Checks that no stream has a text.
    pub fn hides(&self, secret: &str) -> &Self {
        assert!(!self.stdout.contains(secret) && !self.stderr.contains(secret), "{self:?}");
        self
    }
}

/// Environment of runs.
#[derive(Clone, Default)]
pub struct Program {
    variables: Vec<(String, String)>,
    stdin: String,
    stdout_is_terminal: bool,
}

impl Program {
    /// Sets a variable.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the standard input.
    pub fn stdin(mut self, text: &str) -> Self {
        text.clone_into(&mut self.stdin);
        self
    }

    /// Makes the standard output a terminal.
    pub fn on_a_terminal(mut self) -> Self {
        self.stdout_is_terminal = true;
        self
    }

    /// Runs the program.
    pub async fn run(&self, arguments: &[&str]) -> Outcome {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let variables =
            |name: &str| self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let code = partner_cli::run(Invocation {
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            variables: &variables,
            stdin: Box::new(self.stdin.as_bytes()),
            stdout: &mut stdout,
            stderr: &mut stderr,
            is_interactive: false,
            stdout_is_terminal: self.stdout_is_terminal,
        })
        .await;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Outcome { code, stdout: text(stdout), stderr: text(stderr) }
    }
}

impl Program {
    /// Runs the program as a process of its own, whose traces those of no other test meet.
    pub async fn run_alone(&self, arguments: &[&str]) -> Outcome {
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
        Outcome { code: code.expect("a known code"), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// Server that gives every request the same answer, byte for byte.
pub struct RawServer {
    pub url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl RawServer {
    /// Starts a server that never answers.
    pub fn silent() -> Self {
        Self::answering(None)
    }

    /// Starts a server. An empty answer closes the connection without one.
    pub fn start(answer: &str) -> Self {
        Self::answering(Some(answer))
    }

    fn answering(answer: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (answer, received) = (answer.map(str::to_owned), Arc::clone(&heads));
        std::thread::spawn(move || {
            let mut unanswered = Vec::new();
            for stream in listener.incoming().flatten() {
                unanswered.extend(serve(stream, answer.as_deref(), &received));
            }
        });
        Self { url, heads }
    }

    /// Returns a JSON answer.
    pub fn json(status: &str, body: &str) -> String {
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
    }

    /// Returns the heads of the requests that came, header names in lower case.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("nobody panicked").clone()
    }
}

/// Returns the connection if it is not answered, which is then still open.
fn serve(mut stream: TcpStream, answer: Option<&str>, heads: &Mutex<Vec<String>>) -> Option<TcpStream> {
    let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
    let mut head = String::new();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        head.push_str(&line);
        line.clear();
    }
    let length =
        head.to_lowercase().split_once("content-length: ").and_then(|(_, rest)| rest.lines().next()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    let _ = reader.read_exact(&mut body);
    heads.lock().expect("nobody panicked").push(head);
    let Some(answer) = answer else { return Some(stream) };
    let _ = stream.write_all(answer.as_bytes());
    None
}
