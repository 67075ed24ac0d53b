//! Standard output, whose reader may have gone.

use std::fmt::Display;
use std::io::{ErrorKind, Write as _, stdout};

/// Prints a line. A reader that has read enough, as `head`, is no error.
///
/// # Errors
///
/// A message if it can't be written, as to a full disk.
pub(crate) fn print_line(line: impl Display) -> Result<(), String> {
    let mut output = stdout().lock();
    match writeln!(output, "{line}").and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("the output: {error}")),
        _ => Ok(()),
    }
}
