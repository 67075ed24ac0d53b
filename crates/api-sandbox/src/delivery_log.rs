//! Delivery log: the latest deliveries, and the retries that are scheduled.

use std::collections::VecDeque;
use std::time::SystemTime;

use jiff::Timestamp;

use crate::clock::later;
use crate::delivery::{Delivery, DeliveryAttempt, DeliveryRule};
use crate::revisions::{ChangeIndex, ChangeRange, Changed, Revisions};
use crate::schedule::Schedule;

/// Largest number of deliveries kept; the oldest are removed first.
const MAX_DELIVERIES: usize = 10_000;
/// Largest number of bytes kept; the oldest deliveries are removed first.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Bytes that an attempt counts for besides the response.
const ATTEMPT_BYTES: usize = 256;

/// Reason for an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptReason {
    /// Event, or so many failed attempts.
    Vendor { failed: usize },
    /// Request to deliver it again.
    Replay,
}

/// Log of the latest deliveries, bounded in number and in bytes.
#[derive(Default)]
pub(crate) struct DeliveryLog {
    deliveries: VecDeque<Delivery>,
    /// Number of deliveries so far, removed ones included.
    count: u64,
    bytes: usize,
    /// Ids of deliveries to try again, each with the number of its failed attempts.
    retries: Schedule<(u64, usize)>,
    /// Number of attempts that are queued or in progress, those of removed deliveries included.
    queued: usize,
    changes: ChangeIndex,
    revisions: Revisions,
}

impl DeliveryLog {
    /// Creates an empty log, the changes of which are counted by `revisions`.
    pub(crate) fn new(revisions: Revisions) -> Self {
        Self { revisions, ..Self::default() }
    }

    /// Adds a delivery and returns its id.
    pub(crate) fn add(
        &mut self,
        mut delivery: Delivery,
        vendor: &str,
        rule: &'static DeliveryRule,
        time: Timestamp,
    ) -> u64 {
        self.count += 1;
        delivery.id = self.count;
        vendor.clone_into(&mut delivery.vendor);
        delivery.rule = rule;
        delivery.time = time.into();
        self.bytes += delivery.bytes;
        self.deliveries.push_back(delivery);
        self.record_change(self.count);
        self.remove_oldest();
        self.count
    }

    /// Removes all deliveries and their retries. The ids go on. Returns the last one so far.
    pub(crate) fn clear(&mut self) -> u64 {
        self.deliveries.clear();
        self.changes.clear();
        self.bytes = 0;
        self.retries = Schedule::default();
        self.count
    }

    /// Records that an attempt is queued.
    pub(crate) fn record_queued(&mut self, id: u64) {
        self.queued += 1;
        if let Some(delivery) = self.get_mut(id) {
            delivery.queued += 1;
        }
        self.record_change(id);
    }

    /// Records that an attempt has ended, and schedules the next one by the rule of the vendor. `attempt` is `None` if the
    /// delivery was removed before.
    pub(crate) fn record_attempt(
        &mut self,
        id: u64,
        reason: AttemptReason,
        attempt: Option<DeliveryAttempt>,
        ended: Timestamp,
    ) {
        self.queued = self.queued.saturating_sub(1);
        let (Some(delivery), Some(attempt)) = (self.get_mut(id), attempt) else { return };
        let (outcome, bytes) = (attempt.outcome, attempt_bytes(&attempt));
        delivery.queued = delivery.queued.saturating_sub(1);
        delivery.bytes += bytes;
        delivery.attempts.push(attempt);
        if delivery.is_delivered() {
            delivery.retry_at = None;
        }
        if let AttemptReason::Vendor { failed } = reason
            && outcome.was_sent()
            && !delivery.is_delivered()
            && let Some(interval) = delivery.rule.retry_intervals.get(failed)
        {
            let due = later(ended, *interval);
            delivery.retry_at = Some(SystemTime::from(due));
            self.retries.add(due, (id, failed + 1));
        }
        self.bytes += bytes;
        self.record_change(id);
        self.remove_oldest();
    }

    /// Removes the next retry that is due by now, and returns the id, the number of failed attempts and the time.
    pub(crate) fn take_retry(&mut self, now: Timestamp) -> Option<(u64, usize, Timestamp)> {
        while let Some((due, (id, failed))) = self.retries.take_due(now) {
            let Some(delivery) = self.get_mut(id) else { continue };
            delivery.retry_at = None;
            let is_delivered = delivery.is_delivered();
            self.record_change(id);
            // A replay may have delivered it meanwhile.
            if !is_delivered {
                return Some((id, failed, due));
            }
        }
        None
    }

    /// Returns the time at which the next retry is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.retries.next_due()
    }

    /// Returns `true` if no attempt is queued or in progress.
    pub(crate) fn is_idle(&self) -> bool {
        self.queued == 0
    }

    /// Returns the delivery with this id, if it is kept.
    pub(crate) fn get(&self, id: u64) -> Option<&Delivery> {
        self.deliveries.get(self.index(id)?)
    }

    fn get_mut(&mut self, id: u64) -> Option<&mut Delivery> {
        let index = self.index(id)?;
        self.deliveries.get_mut(index)
    }

    /// Returns the deliveries kept, the oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter()
    }

    /// Returns the newest `limit` deliveries that match and changed within these revisions, and the number of the others.
    pub(crate) fn changed(
        &self,
        range: ChangeRange,
        limit: usize,
        matches: impl Fn(&Delivery) -> bool,
    ) -> Changed<Delivery> {
        let mut found = self.changes.within(range, limit, |id| self.get(id).filter(|delivery| matches(delivery)));
        let rows = found.rows.drain(..).map(|(revision, delivery)| (revision, delivery.clone())).collect();
        Changed { rows, skipped: found.skipped }
    }

    /// Counts a change of a delivery, if it is kept.
    fn record_change(&mut self, id: u64) {
        let Some(index) = self.index(id).filter(|index| *index < self.deliveries.len()) else { return };
        let delivery = &mut self.deliveries[index];
        let last = std::mem::replace(&mut delivery.revision, self.revisions.next());
        self.changes.record(id, last, delivery.revision);
    }

    /// Returns the index of a delivery. Ids have no gaps.
    fn index(&self, id: u64) -> Option<usize> {
        let first = self.deliveries.front()?.id;
        usize::try_from(id.checked_sub(first)?).ok()
    }

    fn remove_oldest(&mut self) {
        while self.deliveries.len() > MAX_DELIVERIES || self.bytes > MAX_BYTES {
            let Some(oldest) = self.deliveries.pop_front() else { break };
            self.changes.remove(oldest.revision);
            self.bytes -= oldest.bytes;
        }
    }
}

/// Returns the bytes that an attempt counts for.
fn attempt_bytes(attempt: &DeliveryAttempt) -> usize {
    let headers = attempt.response_headers.values().map(|value| value.len());
    headers.sum::<usize>() + attempt.response_body.len() + ATTEMPT_BYTES
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;
    use serde_json::json;

    use super::*;
    use crate::delivery::DeliveryOutcome;

    fn attempt(status: u16, body: Bytes) -> Option<DeliveryAttempt> {
        Some(DeliveryAttempt {
            time: SystemTime::UNIX_EPOCH,
            outcome: DeliveryOutcome::Answered(status),
            response_headers: HeaderMap::new(),
            response_body: body,
            replay: false,
        })
    }

    #[test]
    fn old_deliveries_give_way_to_newer_ones() {
        let mut log = DeliveryLog::default();
        let add = |log: &mut DeliveryLog| {
            let delivery = Delivery::new("doc_created", "http://127.0.0.1/", Vec::new(), &json!({}));
            log.add(delivery, "zapsign", &DeliveryRule::ONCE, Timestamp::UNIX_EPOCH)
        };
        (1..=10_001).for_each(|id| assert_eq!(add(&mut log), id));
        assert_eq!((log.iter().count(), log.iter().next().map(|delivery| delivery.id)), (MAX_DELIVERIES, Some(2)));
        assert_eq!((log.get(1).is_none(), log.get(2).map(|delivery| delivery.id)), (true, Some(2)));
        // The attempt of a delivery that was removed meanwhile is over all the same.
        log.record_queued(1);
        log.record_attempt(1, AttemptReason::Replay, None, Timestamp::UNIX_EPOCH);
        assert!(log.is_idle());

        let body = Bytes::from(vec![0; MAX_BYTES / 3]);
        for id in [7, 8, 9] {
            log.record_queued(id);
            log.record_attempt(id, AttemptReason::Replay, attempt(200, body.clone()), Timestamp::UNIX_EPOCH);
        }
        assert_eq!(log.iter().next().map(|delivery| delivery.id), Some(8));
    }

    #[test]
    fn bodies_and_replays_are_bounded_in_bytes() {
        let mut log = DeliveryLog::default();
        let add = |log: &mut DeliveryLog, bytes: usize| {
            let name = "x".repeat(1_000);
            let mut delivery = Delivery::new("doc_created", "http://127.0.0.1/", Vec::new(), &json!({"name": name}));
            assert!(delivery.bytes > 1_000, "the body counts");
            delivery.bytes = bytes;
            log.add(delivery, "zapsign", &DeliveryRule::ONCE, Timestamp::UNIX_EPOCH)
        };
        (0..5).for_each(|_| assert!(add(&mut log, MAX_BYTES / 4) > 0));
        assert_eq!(log.iter().count(), 4);
        log.clear();
        add(&mut log, MAX_BYTES / 4);
        let newest = add(&mut log, MAX_BYTES / 4 * 3 - 1_000);
        for _ in 0..10 {
            log.record_queued(newest);
            log.record_attempt(newest, AttemptReason::Replay, attempt(503, Bytes::new()), Timestamp::UNIX_EPOCH);
        }
        assert_eq!(log.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [newest]);
        log.clear();
        assert_eq!(log.bytes, 0);
    }
}
