//! Activity of connections: those that a vendor's client has open, without those of a page and of control endpoints.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// Number of connections on which a request to a vendor is in progress, or may be.
#[derive(Debug, Clone, Default)]
pub(crate) struct OpenConnections(Arc<AtomicUsize>);

impl OpenConnections {
    /// Counts a connection that was accepted.
    pub(super) fn open(&self) -> Activity {
        self.0.fetch_add(1, Ordering::SeqCst);
        Activity { state: AtomicU8::new(NEW), connections: self.clone() }
    }

    /// Returns the number.
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Accepted, and nothing was read yet. What the client has sent may be on its way.
const NEW: u8 = 0;
/// Nothing was read for a while.
const SILENT: u8 = 1;
/// Something was read, or the latest request is one to a vendor.
const ACTIVE: u8 = 2;
/// The latest request is one for a page or a control endpoint.
const OWN: u8 = 3;
const ENDED: u8 = 4;

/// Activity of one connection, by which it counts among the open ones or not.
#[derive(Debug)]
pub(super) struct Activity {
    state: AtomicU8,
    connections: OpenConnections,
}

impl Activity {
    /// Records that something was read. A connection counts from its first byte.
    pub(super) fn record_bytes(&self) {
        self.change(ACTIVE, |state| matches!(state, NEW | SILENT));
    }

    /// Records that nothing was read for a while, if nothing was.
    pub(super) fn record_silence(&self) {
        self.change(SILENT, |state| state == NEW);
    }

    /// Records the head of a request.
    pub(super) fn record_request(&self, is_own: bool) {
        self.change(if is_own { OWN } else { ACTIVE }, |state| state != ENDED);
    }

    /// Records the end of the connection.
    pub(super) fn record_end(&self) {
        self.change(ENDED, |_| true);
    }

    fn change(&self, next: u8, applies: impl Fn(u8) -> bool) {
        let changed =
            self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |state| applies(state).then_some(next));
        let Ok(before) = changed else { return };
        match (counts(before), counts(next)) {
            (true, false) => drop(self.connections.0.fetch_sub(1, Ordering::SeqCst)),
            (false, true) => drop(self.connections.0.fetch_add(1, Ordering::SeqCst)),
            _ => {}
        }
    }
}

fn counts(state: u8) -> bool {
    matches!(state, NEW | ACTIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_counts_while_a_vendor_may_be_called_on_it() {
        let connections = OpenConnections::default();
        let activity = connections.open();
        assert_eq!(connections.count(), 1, "it may have sent something");
        activity.record_silence();
        assert_eq!(connections.count(), 0, "it was opened in advance");
        activity.record_bytes();
        assert_eq!(connections.count(), 1, "it sends a head");
        activity.record_request(true);
        activity.record_bytes();
        activity.record_silence();
        assert_eq!(connections.count(), 0, "it is of a page");
        activity.record_request(false);
        activity.record_silence();
        assert_eq!(connections.count(), 1, "it is of a client");
        activity.record_end();
        activity.record_bytes();
        activity.record_end();
        assert_eq!(connections.count(), 0);
    }
}
