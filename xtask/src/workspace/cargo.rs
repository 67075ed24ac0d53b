//! Cargo, run as a command.

use std::path::Path;
use std::process::Command;

use crate::diagnostic::{Problem, Result};

/// Runs cargo in a folder and lets it print.
pub fn cargo(folder: &Path, arguments: &[&str]) -> Result<()> {
    match Command::new("cargo").args(arguments).current_dir(folder).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Problem::new(format!("cargo {} failed", arguments.join(" ")))),
        Err(error) => Err(Problem::new(format!("cargo can't be run: {error}"))),
    }
}
