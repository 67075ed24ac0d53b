//! Schedule: entries in the order of the times at which they are due.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Entries by the time at which each is due; those of one time in the order in which they were added.
#[derive(Clone)]
pub(crate) struct Schedule<T> {
    entries: BTreeMap<(Timestamp, u64), T>,
    /// Number of entries added so far.
    count: u64,
}

impl<T> Default for Schedule<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), count: 0 }
    }
}

impl<T> Schedule<T> {
    /// Adds an entry.
    pub(crate) fn add(&mut self, due: Timestamp, entry: T) {
        self.count += 1;
        self.entries.insert((due, self.count), entry);
    }

    /// Removes the entries that are not to be kept.
    pub(crate) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.entries.retain(|_, entry| keep(entry));
    }

    /// Returns the time at which the next entry is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.entries.first_key_value().map(|((due, _), _)| *due)
    }

    /// Removes the next entry and returns it with its time, if it is due by now.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<(Timestamp, T)> {
        let next = self.entries.first_entry().filter(|next| next.key().0 <= now)?;
        let ((due, _), entry) = next.remove_entry();
        Some((due, entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_in_the_order_of_time_and_then_of_their_adding() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let mut schedule = Schedule::default();
        for (second, entry) in [(3, "c"), (1, "a"), (2, "x"), (1, "b"), (9, "d")] {
            schedule.add(at(second), entry);
        }
        schedule.retain(|entry| *entry != "x");
        assert_eq!(schedule.next_due(), Some(at(1)));
        let due: Vec<_> = std::iter::from_fn(|| schedule.take_due(at(3))).collect();
        assert_eq!(due, [(at(1), "a"), (at(1), "b"), (at(3), "c")]);
        assert_eq!(schedule.next_due(), Some(at(9)));
    }
}
