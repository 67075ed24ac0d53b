//! Published limits, kept on the client's side: a call waits for its turn instead of being refused.
//!
//! A limit is a window that slides: at most so many calls in any stretch of that length. Those who wait for a window
//! stand in line; whoever gives up leaves the line and nothing else.
//!
//! The vendor counts a call when it arrives, which is some time between its sending and its answer. So a call counts from
//! its sending while it is under way, and from its answer once that is there: a slow call before a fast one would else
//! arrive too close to it.

use std::collections::{HashMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use smallvec::SmallVec;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::clock::later;
use crate::{Operation, RateLimitRule, RateLimitScope};

/// Windows that hold nobody back are forgotten when there are twice as many as were left the last time, from this many on.
const SWEEP: usize = 64;

/// The windows that one call counts against, the narrowest first: most often its own, and that of the credential.
pub(crate) type Windows = SmallVec<[Arc<Window>; 2]>;

/// The windows of one client.
#[derive(Default)]
pub(crate) struct Pacer {
    budgets: Mutex<Budgets>,
}

#[derive(Default)]
struct Budgets {
    by_key: HashMap<Key, Arc<Window>>,
    /// How many were left the last time that some were forgotten.
    left: usize,
}

/// Which budget a call counts against. A credential has one for all operations; other scopes have one for each.
#[derive(PartialEq, Eq)]
struct Key {
    rule: RateLimitRule,
    operation: Option<&'static str>,
    value: String,
}

/// Few rules share a value, so that is all that tells keys apart well.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

/// One budget.
pub(crate) struct Window {
    rule: RateLimitRule,
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
pub(crate) struct NoTurn(pub(crate) RateLimitRule);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code panics while it holds one, so there is nothing half done behind a poisoned lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pacer {
    /// The windows that a call counts against, the narrowest first. `value` gives what a scope is counted by; a call
    /// that lacks it is not counted.
    pub(crate) fn windows(
        &self,
        operation: &'static Operation,
        value: impl Fn(RateLimitScope) -> Option<String>,
    ) -> Windows {
        // A value may have to be read out of a large body, so that is done before anybody else has to wait.
        let keys: SmallVec<[Key; 2]> = operation
            .rate_limits
            .iter()
            .filter_map(|rule| {
                let wide = rule.scope == RateLimitScope::Credential;
                let operation = (!wide).then_some(operation.id);
                Some(Key { rule: *rule, operation, value: value(rule.scope)? })
            })
            .collect();
        if keys.is_empty() {
            return Windows::new();
        }
        let mut budgets = lock(&self.budgets);
        if budgets.by_key.len() >= SWEEP.max(budgets.left * 2) {
            budgets.sweep(Instant::now());
        }
        let mut found: Windows = keys.into_iter().map(|key| budgets.window(key)).collect();
        found.sort_by_key(|window| window.rule.scope == RateLimitScope::Credential);
        found
    }

    /// How many budgets are remembered.
    pub(crate) fn remembered(&self) -> usize {
        let mut budgets = lock(&self.budgets);
        budgets.sweep(Instant::now());
        budgets.left
    }
}

impl Budgets {
    fn window(&mut self, key: Key) -> Arc<Window> {
        let rule = key.rule;
        Arc::clone(self.by_key.entry(key).or_insert_with(|| Arc::new(Window::new(rule))))
    }

    fn sweep(&mut self, now: Instant) {
        self.by_key.retain(|_, window| Arc::strong_count(window) > 1 || !window.is_idle(now));
        self.by_key.shrink_to_fit();
        self.left = self.by_key.len();
    }
}

impl State {
    fn insert(&mut self, counted: Counted) {
        // Nearly all come in order, and others close to the end.
        let after = self.admitted.iter().rev().take_while(|other| other.from > counted.from).count();
        self.admitted.insert(self.admitted.len() - after, counted);
    }
}

impl Window {
    fn new(rule: RateLimitRule) -> Self {
        Self { rule, state: Mutex::default(), turn: tokio::sync::Mutex::default(), in_line: AtomicUsize::new(0) }
    }

    fn length(&self) -> Duration {
        Duration::from_secs(self.rule.per_seconds.into())
    }

    fn is_idle(&self, now: Instant) -> bool {
        let state = lock(&self.state);
        state.admitted.back().is_none_or(|last| last.from + self.length() <= now)
            && state.held_until.is_none_or(|until| until <= now)
    }

    /// When the call that has so many others before it will be let through, if they all are.
    fn turn_of(&self, ahead: usize, now: Instant) -> Instant {
        let state = lock(&self.state);
        let limit = self.rule.requests as usize;
        let free = limit - state.admitted.len();
        let by_count = match ahead.checked_sub(free) {
            None => now,
            Some(after) => {
                let rounds = u32::try_from(after / limit + 1).unwrap_or(u32::MAX);
                let base = state.admitted.get(after % limit).map_or(now, |counted| counted.from);
                base + self.length().saturating_mul(rounds)
            }
        };
        by_count.max(state.held_until.unwrap_or(now))
    }

    fn admit(&self, now: Instant) -> u64 {
        let mut state = lock(&self.state);
        if state.admitted.len() == self.rule.requests as usize {
            state.admitted.pop_front();
        }
        state.numbered += 1;
        let number = state.numbered;
        state.insert(Counted { from: now, number });
        number
    }

    /// The call has its answer, and counts from now.
    fn answered(&self, number: u64) {
        let mut state = lock(&self.state);
        if let Some(index) = state.admitted.iter().rposition(|counted| counted.number == number) {
            state.admitted.remove(index);
            state.insert(Counted { from: Instant::now(), number });
        }
    }

    /// Nothing is left of this budget for so long.
    pub(crate) fn hold(&self, time: Duration) {
        let until = later(Instant::now(), time);
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
            return Err(NoTurn(window.rule));
        }
        let turn = timeout_at(deadline, window.turn.lock()).await.map_err(|_| NoTurn(window.rule))?;
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
fn admit_at_once(windows: &[Arc<Window>]) -> Option<Admitted> {
    let mut held = SmallVec::<[_; 2]>::new();
    for window in windows {
        held.push(window.turn.try_lock().ok()?);
    }
    count(windows).ok()
}

/// Counts the call in every window, or names one that holds it back. It must have its turn in all of them.
fn count(windows: &[Arc<Window>]) -> Result<Admitted, &Window> {
    let now = Instant::now();
    match windows.iter().find(|window| window.turn_of(0, now) > now) {
        Some(window) => Err(window),
        None => Ok(Admitted(windows.iter().map(|window| window.admit(now)).collect())),
    }
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
            return Err(NoTurn(window.rule));
        }
        sleep_until(turn).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE_IN_THIRTY: RateLimitRule =
        RateLimitRule { requests: 5, per_seconds: 30, scope: RateLimitScope::Path("id") };

    fn far() -> Instant {
        Instant::now() + Duration::from_secs(100_000)
    }

    #[tokio::test(start_paused = true)]
    async fn no_stretch_of_a_window_holds_more_than_the_limit() {
        let windows = [Arc::new(Window::new(FIVE_IN_THIRTY))];
        let mut admitted = Vec::new();
        for _ in 0..40 {
            admit(&windows, far()).await.expect("there is time");
            admitted.push(Instant::now());
            // Calls come at odd times, so that bursts meet the edges of windows.
            tokio::time::advance(Duration::from_secs(admitted.len() as u64 % 7)).await;
        }
        for pair in admitted.windows(6) {
            assert!(pair[5] - pair[0] >= Duration::from_secs(30));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_passes_whoever_has_the_turn() {
        let windows = [Arc::new(Window::new(FIVE_IN_THIRTY))];
        let turn = windows[0].turn.lock().await;
        let passing = timeout_at(Instant::now() + Duration::from_secs(1), admit(&windows, far())).await;
        assert!(passing.is_err(), "there is room, and somebody in line for it");
        drop(turn);
        admit(&windows, far()).await.expect("there is time");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_counts_from_its_answer() {
        let windows = [Arc::new(Window::new(RateLimitRule { requests: 1, ..FIVE_IN_THIRTY }))];
        let start = Instant::now();
        let slow = admit(&windows, far()).await.expect("there is time");
        tokio::time::advance(Duration::from_secs(7)).await;
        answered(&windows, &slow);
        admit(&windows, far()).await.expect("there is time");
        assert_eq!(start.elapsed(), Duration::from_secs(37));
        // One that is no longer remembered changes nothing.
        answered(&windows, &slow);
        assert_eq!(lock(&windows[0].state).admitted.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_gives_up_takes_nothing_along() {
        let narrow =
            Arc::new(Window::new(RateLimitRule { requests: 1, per_seconds: 5, scope: RateLimitScope::Body("/e") }));
        let wide =
            Arc::new(Window::new(RateLimitRule { requests: 1, per_seconds: 50, scope: RateLimitScope::Credential }));
        let both = [Arc::clone(&narrow), Arc::clone(&wide)];
        wide.admit(Instant::now());
        let waiting = tokio::time::timeout(Duration::from_secs(20), admit(&both, far())).await;
        assert!(waiting.is_err(), "the wide window is full for 50 seconds");
        assert!(lock(&narrow.state).admitted.is_empty(), "a dropped call counts nowhere");
        assert_eq!((narrow.in_line.load(Ordering::Relaxed), wide.in_line.load(Ordering::Relaxed)), (0, 0));
        assert!(narrow.turn.try_lock().is_ok() && wide.turn.try_lock().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_comes_too_late_is_refused_at_once() {
        let windows = [Arc::new(Window::new(FIVE_IN_THIRTY))];
        let start = Instant::now();
        let deadline = start + Duration::from_secs(45);
        let calls: Vec<_> = (0..20)
            .map(|_| {
                let windows = windows.clone();
                tokio::spawn(async move {
                    let outcome = admit(&windows, deadline).await;
                    (outcome, Instant::now() - start)
                })
            })
            .collect();
        let (mut let_through, mut refused) = (0, 0);
        for call in calls {
            match call.await.expect("it ends") {
                (Ok(_), at) => {
                    let_through += 1;
                    assert!(at <= Duration::from_secs(30));
                }
                (Err(NoTurn(rule)), at) => {
                    refused += 1;
                    assert_eq!((rule, at), (FIVE_IN_THIRTY, Duration::ZERO));
                }
            }
        }
        assert_eq!((let_through, refused), (10, 10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_that_the_vendor_closes_stays_closed() {
        let windows = [Arc::new(Window::new(FIVE_IN_THIRTY))];
        let start = Instant::now();
        windows[0].hold(Duration::from_secs(12));
        admit(&windows, far()).await.expect("there is time");
        assert_eq!(Instant::now() - start, Duration::from_secs(12));
    }
}
