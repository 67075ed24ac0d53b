//! Time that passes when a test says so, beside real sockets.
//!
//! A paused clock of tokio's jumps ahead whenever every task waits, and so it would jump while bytes are under way. Here
//! it stands still, and a step is taken only after the sockets have had their chance.

use std::sync::mpsc;
use std::time::Duration;

/// Holds the clock. The runtime must be a current-thread one that was started paused.
pub struct VirtualTime {
    // While a blocking task runs, the clock does not advance by itself.
    _blocking: mpsc::Sender<()>,
}

impl VirtualTime {
    /// Stops the clock.
    pub fn hold() -> Self {
        let (sender, receiver) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || receiver.recv());
        Self { _blocking: sender }
    }

    /// Lets the sockets of this machine do what they have to do, without any time passing.
    pub async fn settle(&self) {
        let real = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_micros(500)));
        if let Err(error) = real.await {
            panic!("the pause failed: {error}");
        }
    }

    /// Runs a future, with time passing in steps while it waits. Returns what it came to and the time that passed.
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
