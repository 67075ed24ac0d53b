//! Runs of the program, within this process.

use conformance::APIS;
use conformance::case::ApiCases;
use partner_cli::{ExitCode, Invocation};

/// Returns the APIs that the program has commands for. Another API of the workspace is added to its list by hand.
pub fn apis() -> impl Iterator<Item = &'static ApiCases> {
    APIS.iter().copied().filter(|api| ["dialog360", "zapsign"].contains(&api.name))
}

/// Result of a run.
pub struct Run {
    pub code: ExitCode,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Run {
    /// Returns the standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("the standard output is text")
    }
}

/// Runs the program with arguments and environment variables. The standard input is empty, and nothing is a terminal.
pub async fn partner(arguments: &[String], variables: &[(&str, &str)]) -> Run {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let invocation = Invocation {
        arguments: arguments.to_vec(),
        variables: &variable,
        stdin: Box::new(std::io::empty()),
        stdout: &mut stdout,
        stderr: &mut stderr,
        is_interactive: false,
        stdout_is_terminal: false,
    };
    let code = partner_cli::run(invocation).await;
    Run { code, stdout, stderr: String::from_utf8(stderr).expect("the standard error is text") }
}

/// Returns words as arguments.
pub fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
