//! Scripts that the server runs, their arguments and their answers.

use std::sync::LazyLock;
use std::time::Duration;

use api_runtime::{Settlement, SlotRequest, TakenSlots, WindowKey, WindowWait};
use redis::{Script, ScriptInvocation};

static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("take.lua")));
static SETTLE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("settle.lua")));

/// Longest lease. The time-out of an attempt is far below; a lease without an end would keep a slot in use until then,
/// and its sum with the time of day has to stay an integer that a double of Lua holds.
const MAX_LEASE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Returns the invocation that takes a slot in each window of an attempt.
pub(crate) fn take(prefix: &str, attempt: &SlotRequest) -> ScriptInvocation<'static> {
    let mut invocation = TAKE.prepare_invoke();
    for window in &attempt.windows {
        invocation.key(log_key(prefix, window));
    }
    for window in &attempt.windows {
        invocation.key(hold_key(prefix, window));
    }
    invocation.arg(member(attempt));
    for window in &attempt.windows {
        invocation.arg(window.rule.requests).arg(millis(window.interval()));
    }
    invocation
}

/// Returns the invocation that settles an attempt.
pub(crate) fn settle(prefix: &str, attempt: &SlotRequest, settlement: Settlement) -> ScriptInvocation<'static> {
    let mut invocation = SETTLE.prepare_invoke();
    for window in &attempt.windows {
        invocation.key(log_key(prefix, window));
    }
    let hold = match settlement {
        Settlement::Ended { hold: Some((index, time)) } => attempt.windows.get(index).map(|window| (window, time)),
        Settlement::Ended { hold: None } | Settlement::NotSent => None,
    };
    let hold_millis = hold.map_or(0, |(window, time)| {
        invocation.key(hold_key(prefix, window));
        // As long as the window at most: a server whose clock goes back is known by a longer one.
        millis(time.min(window.interval()))
    });
    let sent = !matches!(settlement, Settlement::NotSent);
    invocation.arg(member(attempt)).arg(u8::from(sent)).arg(hold_millis);
    for window in &attempt.windows {
        invocation.arg(millis(window.interval()));
    }
    invocation
}

/// Reads the answer of [`take`]; `None` if it is not one.
pub(crate) fn taken(answer: &[i64]) -> Option<TakenSlots> {
    match answer {
        [1, full] => Some(TakenSlots::Granted { full: *full == 1 }),
        [0, waits @ ..] if !waits.is_empty() && waits.len() % 2 == 0 => {
            let wait = |pair: &[i64]| {
                let least = Duration::from_millis(u64::try_from(pair[0]).unwrap_or_default());
                WindowWait { least, held: pair[1] == 1 }
            };
            Some(TakenSlots::Refused(waits.chunks_exact(2).map(wait).collect()))
        }
        _ => None,
    }
}

/// Key of a window's log. The group is the hash tag, by which a cluster keeps all windows of an attempt on one server.
fn log_key(prefix: &str, window: &WindowKey) -> String {
    format!("{prefix}:{{{}}}:{}", window.group, window.name)
}

/// Key of a window's hold.
fn hold_key(prefix: &str, window: &WindowKey) -> String {
    format!("{prefix}:{{{}}}:{}:hold", window.group, window.name)
}

/// Member of an attempt in the logs: its number and its lease, by which a score is repaired after the clock went back.
fn member(attempt: &SlotRequest) -> String {
    format!("{:032x}:{}", attempt.id, millis(attempt.lease.min(MAX_LEASE)))
}

/// Returns a time in whole milliseconds, at least one. It is rounded up, so that nothing counts for too short a time.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX).max(1)
}
