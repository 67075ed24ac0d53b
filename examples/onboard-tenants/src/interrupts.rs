//! Signals that end the program: Ctrl-C, and SIGTERM, by which service managers and Kubernetes ask for it.

/// Signals that have come and were not handled yet.
pub(crate) struct Interrupts {
    #[cfg(unix)]
    signals: Option<(tokio::signal::unix::Signal, tokio::signal::unix::Signal)>,
}

impl Interrupts {
    /// Begins to collect signals, which no longer end the program by themselves.
    pub(crate) fn listen() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            // Without support for signals the system ends the program by itself.
            let interrupt = signal(SignalKind::interrupt()).ok();
            Self { signals: interrupt.zip(signal(SignalKind::terminate()).ok()) }
        }
        #[cfg(not(unix))]
        Self {}
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        if let Some((interrupt, terminate)) = &mut self.signals {
            let come = tokio::select! {
                come = interrupt.recv() => come,
                come = terminate.recv() => come,
            };
            if come.is_some() {
                return;
            }
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_ok() {
            return;
        }
        // There is nothing to wait for.
        std::future::pending().await
    }
}
