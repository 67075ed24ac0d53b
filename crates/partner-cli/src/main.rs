//! Calls the 360dialog Partner API and the ZapSign API from a shell.

use std::io::{IsTerminal as _, stderr, stdin, stdout};
use std::process::ExitCode;

use partner_cli::Invocation;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let invocation = Invocation {
        // A name of a file that is no Unicode is none of the values that can be sent either.
        arguments: std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect(),
        // A shell does not tell the width of its terminal to the programs that it starts.
        variables: &|name| std::env::var(name).ok().or_else(|| terminal_width().filter(|_| name == "COLUMNS")),
        stdin: Box::new(stdin()),
        stdout: &mut stdout(),
        stderr: &mut stderr(),
        is_interactive: stdin().is_terminal(),
        stdout_is_terminal: stdout().is_terminal(),
    };
    partner_cli::run(invocation).await.into()
}

fn terminal_width() -> Option<String> {
    terminal_size::terminal_size().map(|(width, _)| width.0.to_string())
}
