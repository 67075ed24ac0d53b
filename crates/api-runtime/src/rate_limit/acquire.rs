//! Wait of a call for a slot in each of its windows.

use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::pause::Pause;
use super::permit::Permit;
use super::shared_store::{Share, SharedStore};
use super::sliding_window::{QueueTicket, SlidingWindow};
use super::store::TakenSlots;
use super::wait_limit::{DeadlineExceeded, NoSlot, RateLimitWait, WaitLimit, WaitReason};
use crate::time::saturating_add;

/// Time before the end of its wait at which a call asks a shared store at the latest, so that the answer may come in time.
const TIME_TO_ANSWER: Duration = Duration::from_millis(100);

/// Windows that one call counts against, the narrowest first; most often one of its path or body and one of the
/// credential.
pub(crate) type ApplicableWindows = SmallVec<[Arc<SlidingWindow>; 2]>;

/// Waits until every window has a free slot, and takes one in each at the same time. `lease` is the time from now until the
/// attempt has surely ended. `on_wait` is called before each wait.
///
/// # Errors
///
/// - [`NoSlot::Deadline`] as soon as it is certain that a slot comes after the limit of the wait, most often at once.
/// - [`NoSlot::Store`] if the shared store can't be asked and calls are not to be sent without it.
pub(super) async fn acquire<'w>(
    windows: &'w [Arc<SlidingWindow>],
    shared: Option<&SharedStore>,
    lease: Duration,
    limit: WaitLimit,
    on_wait: &mut (dyn FnMut(RateLimitWait) + Send),
) -> Result<Permit<'w>, NoSlot> {
    let shared = shared.filter(|_| !windows.is_empty());
    let mut waiting = Waiting {
        windows,
        shared,
        lease,
        limit,
        start: Instant::now(),
        pause: Pause::default(),
        on_wait,
        unanswered: WaitReason::StoreOutage,
    };
    let mut lines = SmallVec::<[_; 2]>::new();
    loop {
        let obstacle = match waiting.take(lines.len()).await? {
            Ok(permit) => return Ok(permit),
            Err(obstacle) => obstacle,
        };
        // A call that waits for a window leaves the lines of wider ones, so that it holds up nobody else.
        lines.truncate(obstacle.index + 1);
        if lines.len() > obstacle.index {
            waiting.announce(&obstacle)?;
            sleep_until(waiting.next_question(&obstacle)).await;
        } else {
            lines.push(waiting.join_line(lines.len()).await?);
        }
    }
}

/// Call that waits for its slots.
struct Waiting<'w, 's, 'r> {
    windows: &'w [Arc<SlidingWindow>],
    shared: Option<&'s SharedStore>,
    lease: Duration,
    limit: WaitLimit,
    start: Instant,
    pause: Pause,
    on_wait: &'r mut (dyn FnMut(RateLimitWait) + Send),
    /// Reason why the call gets no slot if its time ends before the store answers.
    unanswered: WaitReason,
}

/// Narrowest window that has no slot for a call, or has other calls in line.
struct Obstacle {
    index: usize,
    /// Least time at which the window has a slot.
    ready_at: Instant,
    reason: WaitReason,
}

impl<'w> Waiting<'w, '_, '_> {
    /// Takes a slot in every window, of this process and of the shared store, or in none. The call is at the head of the
    /// lines of the first `lines` windows.
    async fn take(&mut self, lines: usize) -> Result<Result<Permit<'w>, Obstacle>, NoSlot> {
        loop {
            let share = self.share();
            let mut permit = match self.take_here(lines, share)? {
                Ok(permit) => permit,
                Err(obstacle) => return Ok(Err(obstacle)),
            };
            let Some(shared) = self.shared else { return Ok(Ok(permit)) };
            // A call that is sent without the store is reported to it by its settlement.
            let request = permit.request_from(shared, self.lease);
            if let Share::Part { .. } = share {
                return Ok(Ok(permit));
            }
            let answer = timeout_at(self.limit.end, shared.store.take(&request)).await;
            if let Ok(Ok(_)) = answer {
                shared.on_answer();
            }
            match answer {
                Ok(Ok(TakenSlots::Granted { full })) => {
                    permit.granted(full);
                    return Ok(Ok(permit));
                }
                // The windows know now until when they have no slot.
                Ok(Ok(TakenSlots::Refused(waits))) => {
                    permit.refused(&waits);
                    self.unanswered = WaitReason::Calls;
                }
                // Whether the store has taken the slots is not known, so the permit is dropped, which gives them back.
                Ok(Err(error)) => shared.on_failure(error)?,
                Err(_) => return Err(self.too_late(&self.windows[0], Instant::now(), self.unanswered)),
            }
        }
    }

    /// Returns the part of each limit that this process may use now.
    fn share(&self) -> Share {
        self.shared.map_or(Share::Whole, |shared| shared.share(self.windows, Instant::now()))
    }

    /// Takes a slot in every window of this process at the same time, or in none. Every call locks the windows in the same
    /// order, so two calls can't deadlock.
    fn take_here(&self, lines: usize, share: Share) -> Result<Result<Permit<'w>, Obstacle>, NoSlot> {
        let mut logs: SmallVec<[_; 2]> = self.windows.iter().map(|window| window.log()).collect();
        let now = Instant::now();
        let mut obstacle = None;
        for (index, (window, log)) in self.windows.iter().zip(&logs).enumerate() {
            let (ready_at, reason) = share.ready_at(window, log, 0, now);
            if ready_at <= now && (index < lines || !window.has_waiters()) {
                continue;
            }
            self.check(window, ready_at, reason)?;
            obstacle.get_or_insert(Obstacle { index, ready_at, reason });
        }
        if let Some(obstacle) = obstacle {
            return Ok(Err(obstacle));
        }
        let expires = saturating_add(now, self.lease);
        let slots = self.windows.iter().zip(&mut logs);
        let numbers = slots.map(|(window, log)| log.take(window.interval(), now, expires)).collect();
        Ok(Ok(Permit::new(self.windows, numbers, expires)))
    }

    /// Enters the line of a window, and waits for its head.
    async fn join_line(&mut self, index: usize) -> Result<(QueueTicket<'w>, tokio::sync::MutexGuard<'w, ()>), NoSlot> {
        let window = &*self.windows[index];
        let (ticket, ahead) = QueueTicket::issue(window);
        let (ready_at, reason) = self.share().ready_at(window, &window.log(), ahead, Instant::now());
        self.announce(&Obstacle { index, ready_at, reason })?;
        match timeout_at(self.limit.end, window.fifo.lock()).await {
            Ok(head) => Ok((ticket, head)),
            Err(_) => Err(self.too_late(window, Instant::now(), reason)),
        }
    }

    /// Records a wait that is about to begin.
    fn announce(&mut self, obstacle: &Obstacle) -> Result<(), NoSlot> {
        let window = &self.windows[obstacle.index];
        self.check(window, obstacle.ready_at, obstacle.reason)?;
        (self.on_wait)(RateLimitWait { rule: window.rule, until: obstacle.ready_at, reason: obstacle.reason });
        Ok(())
    }

    fn check(&self, window: &SlidingWindow, ready_at: Instant, reason: WaitReason) -> Result<(), NoSlot> {
        if self.limit.allows(ready_at) { Ok(()) } else { Err(self.too_late(window, ready_at, reason)) }
    }

    #[cold]
    fn too_late(&self, window: &SlidingWindow, ready_at: Instant, reason: WaitReason) -> NoSlot {
        let (wait, setting) = (ready_at.saturating_duration_since(self.start), self.limit.setting);
        NoSlot::Deadline(DeadlineExceeded { rule: window.rule, reason, wait, setting })
    }

    /// Returns the time at which the head of a line asks again, after a pause if others may ask the same store; no later than
    /// the end of its wait, and early enough for an answer, if a slot may be free by then.
    fn next_question(&mut self, obstacle: &Obstacle) -> Instant {
        // During an outage, nobody is asked.
        if self.shared.is_none() || matches!(self.share(), Share::Part { .. }) {
            return obstacle.ready_at;
        }
        let (now, interval) = (Instant::now(), self.windows[obstacle.index].interval());
        let until_ready = obstacle.ready_at.saturating_duration_since(now);
        let longest = self.limit.end.saturating_duration_since(now).saturating_sub(TIME_TO_ANSWER);
        let next = now + self.pause.next(until_ready, now - self.start, interval, longest);
        next.min(self.limit.end.max(obstacle.ready_at))
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
