//! Revisions: the order of all changes, so that a reader can ask for what changed since it looked last.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// Counter of the changes to requests, deliveries, state, fault rules and clock. Readers wait for it to grow.
#[derive(Clone)]
pub(crate) struct Revisions(Arc<watch::Sender<Latest>>);

/// Revisions of the latest changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Latest {
    /// Of any change.
    pub(crate) any: u64,
    /// Of the latest call that may have changed the state of a vendor.
    pub(crate) state: u64,
    /// Of the latest move of the clock.
    pub(crate) clock: u64,
    /// Of the latest reset, or of the start.
    pub(crate) reset: u64,
}

impl Default for Revisions {
    /// Creates a counter that begins with the time in microseconds, so that no revision of an earlier sandbox is taken for one of
    /// this.
    fn default() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let start = u64::try_from(since.as_micros()).unwrap_or_default();
        Self(Arc::new(watch::Sender::new(Latest { any: start, state: start, clock: start, reset: start })))
    }
}

impl Revisions {
    /// Counts a change and returns its revision. The caller holds the lock on what changes, so that a reader who knows the
    /// revision sees the change.
    pub(crate) fn next(&self) -> u64 {
        self.change(|_| {})
    }

    /// Counts a call that may have changed the state of a vendor. The caller has made the change, so that a reader sees it.
    pub(crate) fn record_state(&self) {
        self.change(|latest| latest.state = latest.any);
    }

    /// Counts a move of the clock.
    pub(crate) fn record_clock(&self) {
        self.change(|latest| latest.clock = latest.any);
    }

    /// Counts a reset.
    pub(crate) fn record_reset(&self) {
        self.change(|latest| (latest.state, latest.reset) = (latest.any, latest.any));
    }

    /// Returns a receiver that is told of each change.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Latest> {
        self.0.subscribe()
    }

    fn change(&self, record: impl FnOnce(&mut Latest)) -> u64 {
        let mut revision = 0;
        self.0.send_modify(|latest| {
            latest.any += 1;
            record(latest);
            revision = latest.any;
        });
        revision
    }
}

/// Rows by the revision of their latest change, so that finding what changed costs no more than that.
#[derive(Default)]
pub(crate) struct ChangeIndex(BTreeMap<u64, u64>);

impl ChangeIndex {
    /// Records that a row changed. `last` is the revision of its change before, 0 for a new row.
    pub(crate) fn record(&mut self, id: u64, last: u64, revision: u64) {
        self.0.remove(&last);
        self.0.insert(revision, id);
    }

    /// Removes the row with this revision.
    pub(crate) fn remove(&mut self, revision: u64) {
        self.0.remove(&revision);
    }

    /// Removes all rows.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the newest `limit` rows that changed within these revisions, for which `row` returns one, the oldest first.
    pub(crate) fn within<T>(
        &self,
        range: ChangeRange,
        limit: usize,
        mut row: impl FnMut(u64) -> Option<T>,
    ) -> Changed<T> {
        let mut changed = Changed { rows: Vec::new(), skipped: 0 };
        if range.since >= range.until {
            return changed;
        }
        for (revision, id) in self.0.range(range.since + 1..=range.until).rev() {
            match row(*id) {
                Some(row) if changed.rows.len() < limit => changed.rows.push((*revision, row)),
                Some(_) => changed.skipped += 1,
                None => {}
            }
        }
        changed.rows.reverse();
        changed
    }
}

/// Changes after one revision, up to another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChangeRange {
    /// Latest revision that is left out.
    pub(crate) since: u64,
    /// Latest revision.
    pub(crate) until: u64,
}

/// Rows that changed.
#[derive(Debug)]
pub(crate) struct Changed<T> {
    /// Newest rows with their revisions, the oldest first.
    pub(crate) rows: Vec<(u64, T)>,
    /// Number of older rows that changed, too.
    pub(crate) skipped: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_found_by_its_latest_change() {
        let mut index = ChangeIndex::default();
        let within = |index: &ChangeIndex, since, until, limit| {
            let changed = index.within(ChangeRange { since, until }, limit, |id| (id != 9).then_some(id));
            (changed.rows, changed.skipped)
        };
        for (id, revision) in [(1, 11), (2, 12), (9, 13), (3, 14)] {
            index.record(id, 0, revision);
        }
        index.record(1, 11, 15);
        assert_eq!(within(&index, 0, 15, 9), (vec![(12, 2), (14, 3), (15, 1)], 0));
        assert_eq!(within(&index, 12, 14, 9), (vec![(14, 3)], 0));
        assert_eq!(within(&index, 0, 15, 1), (vec![(15, 1)], 2), "those that do not match are not told");
        assert_eq!(within(&index, 15, 15, 9), (vec![], 0));
        index.remove(12);
        assert_eq!(within(&index, 0, 14, 9), (vec![(14, 3)], 0));
    }

    #[test]
    fn each_change_has_a_revision_of_its_own() {
        let revisions = Revisions::default();
        let mut receiver = revisions.subscribe();
        let start = *receiver.borrow_and_update();
        assert_eq!(start, Latest { any: start.any, state: start.any, clock: start.any, reset: start.any });
        assert_eq!(revisions.next(), start.any + 1);
        revisions.record_state();
        assert_eq!(revisions.subscribe().borrow().state, start.any + 2);
        revisions.record_clock();
        revisions.record_reset();
        assert!(receiver.has_changed().expect("it counts"));
        assert_eq!(
            *receiver.borrow(),
            Latest { any: start.any + 4, state: start.any + 4, clock: start.any + 3, reset: start.any + 4 }
        );
    }
}
