//! Paused clock of tokio that a test moves itself.

use std::sync::mpsc::{Sender, channel};

/// Keeps the paused clock from moving ahead by itself, by a blocking task, until the sender is dropped.
pub(super) fn hold_clock() -> Sender<()> {
    let (hold, held) = channel();
    tokio::task::spawn_blocking(move || held.recv());
    hold
}
