//! Programs of the machine that tests run.

use std::env;
use std::io::Write as _;
use std::process::Command;

/// Returns a command of a program on the PATH, which gets no other variable of the environment. Without one, says that the test
/// is skipped.
///
/// # Panics
///
/// If there is none, and `TOOLS` is `required`.
pub fn tool(name: &str) -> Option<Command> {
    let path = env::var_os("PATH").unwrap_or_default();
    if !env::split_paths(&path).any(|folder| folder.join(name).is_file()) {
        assert!(env::var_os("TOOLS").is_none_or(|tools| tools != "required"), "skipped: no {name} on the PATH");
        // The harness shows what `println!` writes of failed tests only. One write, into which no other test's line gets.
        let _ = std::io::stderr().write_all(format!("skipped: no {name} on the PATH\n").as_bytes());
        return None;
    }
    let mut command = Command::new(name);
    command.env_clear().env("PATH", path);
    Some(command)
}
