//! Running of cargo.

use std::path::Path;
use std::process::Command;

use crate::diagnostic::{Diagnostic, Result};

/// Runs cargo in a folder, with its output on the terminal.
///
/// # Errors
///
/// `Diagnostic` if cargo can't be started or fails.
pub fn cargo(folder: &Path, arguments: &[&str]) -> Result<()> {
    match Command::new("cargo").args(arguments).current_dir(folder).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Diagnostic::new(format!("cargo {} failed", arguments.join(" ")))),
        Err(error) => Err(Diagnostic::new(format!("cargo can't be run: {error}"))),
    }
}
