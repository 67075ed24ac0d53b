//! The sandbox as a program.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// Running program, which ends with the test.
pub(super) struct Program {
    child: Child,
    /// First line of its output, the address.
    pub(super) url: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the command with these variables and flags, and no other variable.
pub(super) fn command(variables: &[(&str, &str)], flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_api-sandbox"));
    command.env_clear().envs(variables.iter().copied()).args(flags);
    command
}

/// Starts the program, and waits for its address.
pub(super) fn run(variables: &[(&str, &str)], flags: &[&str]) -> Program {
    let mut child = command(variables, flags).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut url = String::new();
    let stdout = child.stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut url).expect("it is read");
    Program { child, url: url.trim_end().to_owned() }
}
