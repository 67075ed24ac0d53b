//! Published limits, kept on the client's side: a call waits for its turn instead of being refused.
//!
//! A limit is a window that slides: at most so many calls in any stretch of that length. Those who wait for a window
//! stand in line; whoever gives up leaves the line and nothing else.
//!
//! The vendor counts a call when it arrives, which is some time between its sending and its answer. So a call counts from
//! its sending while it is under way, and from its answer once that is there: a slow call before a fast one would else
//! arrive too close to it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use smallvec::SmallVec;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::operation::{RateLimitRule, RateLimitScope};
use crate::time::later;

/// Windows that hold nobody back are forgotten when there are twice as many as were left the last time, from this many on.
pub(super) const SWEEP: usize = 64;

/// The windows that one call counts against, the narrowest first: most often its own, and that of the credential.
pub(crate) type Windows = SmallVec<[Arc<Window>; 2]>;

/// One budget.
pub(crate) struct Window {
    pub(super) rule: RateLimitRule,
    state: Mutex<State>,
    /// Those who wait hold this one after the other.
    turn: tokio::sync::Mutex<()>,
    in_line: AtomicUsize,
}

#[derive(Default)]
struct State {
    /// What the latest calls count from, the oldest first, and no more of them than the limit allows.
    admitted: VecDeque<Counted>,
    /// How many calls were let through.
    numbered: u64,
    /// The vendor says that nothing is left until then.
    held_until: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Counted {
    from: Instant,
    number: u64,
}

/// A call that was let through: its number in each window.
pub(crate) struct Admitted(SmallVec<[u64; 2]>);

/// The turn of a call would come too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoTurn {
    pub(crate) rule: RateLimitRule,
    /// The vendor asked for the wait, whatever the count allows.
    pub(crate) asked: bool,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code panics while it holds one, so there is nothing half done behind a poisoned lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// When the call that has so many others before it will be let through, if they all are.
    fn turn_of(&self, ahead: usize, rule: &RateLimitRule, now: Instant) -> Instant {
        let limit = rule.requests as usize;
        let free = limit - self.admitted.len();
        let by_count = match ahead.checked_sub(free) {
            None => now,
            Some(after) => {
                let rounds = u32::try_from(after / limit + 1).unwrap_or(u32::MAX);
                let base = self.admitted.get(after % limit).map_or(now, |counted| counted.from);
                base + length(rule).saturating_mul(rounds)
            }
        };
        by_count.max(self.held_until.unwrap_or(now))
    }

    /// Counts a call from now, which is later than what any other counts from.
    fn admit(&mut self, rule: &RateLimitRule, now: Instant) -> u64 {
        if self.admitted.len() == rule.requests as usize {
            self.admitted.pop_front();
        }
        self.numbered += 1;
        self.admitted.push_back(Counted { from: now, number: self.numbered });
        self.numbered
    }
}

fn length(rule: &RateLimitRule) -> Duration {
    Duration::from_secs(rule.per_seconds.into())
}

impl Window {
    pub(super) fn new(rule: RateLimitRule) -> Self {
        Self { rule, state: Mutex::default(), turn: tokio::sync::Mutex::default(), in_line: AtomicUsize::new(0) }
    }

    pub(super) fn is_idle(&self, now: Instant) -> bool {
        let state = lock(&self.state);
        state.admitted.back().is_none_or(|last| last.from + length(&self.rule) <= now)
            && state.held_until.is_none_or(|until| until <= now)
    }

    /// The more calls count in a window, the later it is taken.
    pub(super) fn width(&self) -> u8 {
        match self.rule.scope {
            RateLimitScope::Path(_) | RateLimitScope::Body(_) => 0,
            RateLimitScope::Credential => 1,
            RateLimitScope::Address => 2,
        }
    }

    /// Whether as many calls were counted as the limit allows. What the vendor says is left has no part in it.
    fn is_full(&self, now: Instant) -> bool {
        let state = lock(&self.state);
        let counted = state.admitted.iter().filter(|counted| counted.from + length(&self.rule) > now).count();
        counted >= self.rule.requests as usize
    }

    fn turn_of(&self, ahead: usize, now: Instant) -> Instant {
        lock(&self.state).turn_of(ahead, &self.rule, now)
    }

    fn no_turn(&self, deadline: Instant) -> NoTurn {
        let asked = lock(&self.state).held_until.is_some_and(|until| until > deadline);
        NoTurn { rule: self.rule, asked }
    }

    /// The call has its answer, and counts from now.
    fn answered(&self, number: u64) {
        let mut state = lock(&self.state);
        let Some(mut index) = state.admitted.iter().rposition(|counted| counted.number == number) else { return };
        // Few calls were let through since.
        while index + 1 < state.admitted.len() {
            state.admitted.swap(index, index + 1);
            index += 1;
        }
        state.admitted[index].from = Instant::now();
    }

    /// Nothing is left of this budget for so long, as the vendor says. After the length of the window every budget is
    /// filled again, so what goes beyond it is taken for another clock, another unit or a fault.
    pub(crate) fn hold(&self, time: Duration) {
        let until = later(Instant::now(), time.min(length(&self.rule)));
        let mut state = lock(&self.state);
        state.held_until = Some(state.held_until.map_or(until, |known| known.max(until)));
    }
}

/// A place in line, given up when it is dropped.
struct Place<'w>(&'w Window);

impl<'w> Place<'w> {
    fn take(window: &'w Window) -> (Self, usize) {
        let ahead = window.in_line.fetch_add(1, Ordering::Relaxed);
        (Self(window), ahead)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.in_line.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Waits until every window lets the call through, and counts it in all of them at once.
pub(crate) async fn admit(windows: &[Arc<Window>], deadline: Instant) -> Result<Admitted, NoTurn> {
    if let Some(admitted) = admit_at_once(windows) {
        return Ok(admitted);
    }
    let mut held = SmallVec::<[_; 2]>::new();
    for window in windows {
        let (place, ahead) = Place::take(window);
        if window.turn_of(ahead, Instant::now()) > deadline {
            return Err(window.no_turn(deadline));
        }
        let turn = timeout_at(deadline, window.turn.lock()).await.map_err(|_| window.no_turn(deadline))?;
        held.push((place, turn));
        wait_for(window, deadline).await?;
    }
    // While the call waited for one window, another may have been held back.
    loop {
        match count(windows) {
            Ok(admitted) => return Ok(admitted),
            Err(window) => wait_for(window, deadline).await?,
        }
    }
}

/// Most calls find nobody in line and room in every window.
pub(super) fn admit_at_once(windows: &[Arc<Window>]) -> Option<Admitted> {
    let nobody = windows.iter().all(|window| window.in_line.load(Ordering::Relaxed) == 0);
    if nobody { count(windows).ok() } else { None }
}

/// Counts the call in every window at once, or names one that holds it back. The windows of all calls are in the same
/// order, so nobody holds one that another needs.
fn count(windows: &[Arc<Window>]) -> Result<Admitted, &Window> {
    let mut states: SmallVec<[_; 2]> = windows.iter().map(|window| lock(&window.state)).collect();
    let now = Instant::now();
    let held_back =
        |(window, state): &(&Arc<Window>, &MutexGuard<'_, State>)| state.turn_of(0, &window.rule, now) > now;
    if let Some((window, _)) = windows.iter().zip(&states).find(held_back) {
        return Err(window);
    }
    let numbers = windows.iter().zip(&mut states).map(|(window, state)| state.admit(&window.rule, now));
    Ok(Admitted(numbers.collect()))
}

/// Whether no window is full by our own count.
#[cold]
pub(crate) fn has_room(windows: &[Arc<Window>]) -> bool {
    let now = Instant::now();
    windows.iter().all(|window| !window.is_full(now))
}

/// The call has its answer.
pub(crate) fn answered(windows: &[Arc<Window>], call: &Admitted) {
    for (window, number) in windows.iter().zip(&call.0) {
        window.answered(*number);
    }
}

async fn wait_for(window: &Window, deadline: Instant) -> Result<(), NoTurn> {
    loop {
        let now = Instant::now();
        let turn = window.turn_of(0, now);
        if turn <= now {
            return Ok(());
        }
        if turn > deadline {
            return Err(window.no_turn(deadline));
        }
        sleep_until(turn).await;
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
