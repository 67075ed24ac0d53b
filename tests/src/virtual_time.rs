//! Virtual time beside real sockets: it passes only when a test says so.
//!
//! Tokio's paused clock advances whenever every task waits, also while bytes are in flight. Here it is stopped, and
//! advances only after the sockets were served.

use std::sync::mpsc;
use std::time::Duration;

/// Times that [`VirtualTime::settle`] lets the runtime look at its sockets. A call that opens a connection takes about four.
const TURNS: usize = 8;

/// Stopped clock. The runtime must be a current-thread one that was started paused.
pub struct VirtualTime {
    // The clock does not advance by itself while a blocking task runs.
    _blocking: mpsc::Sender<()>,
}

impl VirtualTime {
    /// Stops the clock.
    pub fn hold() -> Self {
        let (sender, receiver) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || receiver.recv());
        Self { _blocking: sender }
    }

    /// Serves the local sockets without any time passing.
    pub async fn settle(&self) {
        // A single pause, however long, would be over at once for a thread that did not run meanwhile. After each of these,
        // the runtime has looked at its sockets once more.
        for _ in 0..TURNS {
            let pause = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_micros(20)));
            if let Err(error) = pause.await {
                panic!("the pause failed: {error}");
            }
        }
    }

    /// Runs a future, advancing the time by `step` while it waits. Returns its output and the time that passed.
    pub async fn run<T>(&self, step: Duration, future: impl Future<Output = T>) -> (T, Duration) {
        let start = tokio::time::Instant::now();
        let mut future = std::pin::pin!(future);
        loop {
            tokio::select! {
                biased;
                output = &mut future => return (output, start.elapsed()),
                () = self.settle() => tokio::time::advance(step).await,
            }
        }
    }
}
