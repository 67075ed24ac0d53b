//! Log of the slots of one window: at most `requests` calls in any interval.
//!
//! A slot's time is the latest at which its attempt may arrive at the vendor: while the attempt is under way, the end of its
//! lease, and the time of the response afterwards. The vendor counts arrivals, which lie between sending and response; with
//! send times only, a slow call followed by a fast one could arrive inside one window.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Slots of one window. Which of them are still in use follows from the interval, which is its caller's to know.
#[derive(Default)]
pub(crate) struct SlotLog {
    /// Latest attempts, ordered by the time at which they may arrive at the latest.
    slots: VecDeque<Slot>,
    /// Number of the newest slot, counted from 1.
    last_number: u64,
    /// End of the hold that the vendor asked for.
    held_until: Option<Instant>,
    /// Time until which the shared store has no slot.
    refused_until: Option<Instant>,
}

/// Slot of one attempt.
#[derive(Clone, Copy)]
struct Slot {
    /// Latest time at which the attempt may arrive.
    arrival: Instant,
    number: u64,
}

impl SlotLog {
    /// Returns the least time at which a call may have a slot if the `ahead` calls before it take theirs as soon as they can;
    /// a time that is not after `now` if a slot is free. Attempts under way count as if they ended now.
    ///
    /// `capacity`, the number of slots, is not 0.
    pub(crate) fn ready_at(&self, ahead: usize, capacity: usize, interval: Duration, now: Instant) -> Instant {
        let by_slots = match (ahead + self.slots.len()).checked_sub(capacity) {
            None => now,
            Some(after) => {
                // Slots beyond the capacity, which is smaller while a shared store is away, have to leave first.
                let surplus = self.slots.len().saturating_sub(capacity);
                let after = after - surplus;
                let rounds = u32::try_from(after / capacity + 1).unwrap_or(u32::MAX);
                let base = self.slots.get(surplus + after % capacity).map_or(now, |slot| slot.arrival.min(now));
                base + interval.saturating_mul(rounds)
            }
        };
        by_slots.max(self.held_until.unwrap_or(now)).max(self.refused_until.unwrap_or(now))
    }

    /// Takes a slot for an attempt that arrives at `arrival` at the latest, and returns its number.
    pub(crate) fn take(&mut self, interval: Duration, now: Instant, arrival: Instant) -> u64 {
        while self.slots.front().is_some_and(|slot| slot.arrival + interval <= now) {
            self.slots.pop_front();
        }
        self.last_number += 1;
        let index = self.slots.partition_point(|slot| slot.arrival <= arrival);
        self.slots.insert(index, Slot { arrival, number: self.last_number });
        self.last_number
    }

    /// Sets the time of a slot whose attempt has ended to now, or leaves it if its lease has ended before. Returns `false` if
    /// the slot has left the log.
    pub(crate) fn settle(&mut self, number: u64, now: Instant) -> bool {
        let Some(mut index) = self.position(number) else { return false };
        if self.slots[index].arrival <= now {
            return true;
        }
        // The log stays sorted. Few slots are under way, so swapping is cheaper than removing and inserting.
        while index > 0 && self.slots[index - 1].arrival > now {
            self.slots.swap(index, index - 1);
            index -= 1;
        }
        self.slots[index].arrival = now;
        true
    }

    /// Removes the slot of an attempt that was not sent.
    #[cold]
    pub(crate) fn remove(&mut self, number: u64) {
        if let Some(index) = self.position(number) {
            self.slots.remove(index);
        }
    }

    /// Returns the index of a slot. Those that are looked for are under way, and stand at the end.
    fn position(&self, number: u64) -> Option<usize> {
        self.slots.iter().rposition(|slot| slot.number == number)
    }

    /// Puts a hold on the window, as the vendor asks. One that ends later is kept.
    pub(crate) fn hold(&mut self, until: Instant) {
        self.held_until = Some(self.held_until.map_or(until, |held| held.max(until)));
    }

    /// Returns `true` if the vendor asked for a wait until this time or longer.
    pub(crate) fn is_held(&self, until: Instant) -> bool {
        self.held_until.is_some_and(|held| held >= until)
    }

    /// Records that the shared store has no slot until then.
    pub(crate) fn refuse(&mut self, until: Instant) {
        self.refused_until = Some(until);
    }

    /// Returns the number of slots in use.
    pub(crate) fn taken(&self, interval: Duration, now: Instant) -> usize {
        self.slots.iter().filter(|slot| slot.arrival + interval > now).count()
    }

    /// Returns `true` if nothing delays a call.
    pub(crate) fn is_idle(&self, interval: Duration, now: Instant) -> bool {
        self.slots.back().is_none_or(|last| last.arrival + interval <= now)
            && self.held_until.is_none_or(|until| until <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(30);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_slot_is_counted_at_the_end_of_its_lease_until_it_is_settled() {
        let start = Instant::now();
        let mut log = SlotLog::default();
        let number = log.take(INTERVAL, start, start + seconds(60));
        // At the earliest, it ends now.
        assert_eq!(log.ready_at(0, 1, INTERVAL, start + seconds(5)), start + seconds(35));
        assert_eq!(log.ready_at(0, 1, INTERVAL, start + seconds(70)), start + seconds(90), "it was not settled");
        assert_eq!(log.taken(INTERVAL, start + seconds(89)), 1);
        log.settle(number, start + seconds(7));
        assert_eq!(log.ready_at(0, 1, INTERVAL, start + seconds(20)), start + seconds(37));
        log.settle(number, start + seconds(9));
        assert_eq!(log.ready_at(0, 1, INTERVAL, start + seconds(20)), start + seconds(37), "it has ended before");
        assert!(!log.is_idle(INTERVAL, start + seconds(36)) && log.is_idle(INTERVAL, start + seconds(37)));
    }

    #[test]
    fn slots_stay_in_the_order_of_their_times() {
        let start = Instant::now();
        let mut log = SlotLog::default();
        let numbers: Vec<u64> = [60, 10, 30].map(|lease| log.take(INTERVAL, start, start + seconds(lease))).to_vec();
        log.settle(numbers[0], start + seconds(3));
        log.settle(numbers[2], start + seconds(1));
        let times: Vec<Duration> = log.slots.iter().map(|slot| slot.arrival - start).collect();
        assert_eq!(times, [seconds(1), seconds(3), seconds(10)]);
        log.remove(numbers[0]);
        log.remove(numbers[0]);
        assert_eq!(log.slots.len(), 2);
    }

    #[test]
    fn a_smaller_capacity_waits_for_the_slots_beyond_it() {
        let start = Instant::now();
        let mut log = SlotLog::default();
        for second in 0..5 {
            let at = start + seconds(second);
            log.take(INTERVAL, at, at);
        }
        let now = start + seconds(10);
        let ready = |ahead, capacity| (log.ready_at(ahead, capacity, INTERVAL, now) - start).as_secs();
        assert_eq!((ready(0, 6), ready(0, 5), ready(1, 5)), (10, 30, 31));
        assert_eq!((ready(0, 2), ready(1, 2), ready(2, 2), ready(3, 2)), (33, 34, 63, 64));
        assert_eq!(log.ready_at(0, 2, INTERVAL, start + seconds(50)), start + seconds(50), "all have left");
    }
}
