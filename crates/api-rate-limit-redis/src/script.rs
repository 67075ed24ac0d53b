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
        invocation.arg(window.rule.requests).arg(millis(window.rule.interval()));
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
        Settlement::Ended { hold } => attempt.windows.first().zip(hold),
        Settlement::NotSent => None,
    };
    let hold_millis = hold.map_or(0, |(window, time)| {
        invocation.key(hold_key(prefix, window));
        // As long as the window at most: a server whose clock goes back is known by a longer one.
        millis(time.min(window.rule.interval()))
    });
    let sent = !matches!(settlement, Settlement::NotSent);
    invocation.arg(member(attempt)).arg(u8::from(sent)).arg(hold_millis);
    for window in &attempt.windows {
        invocation.arg(millis(window.rule.interval()));
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

/// Returns the key of a window's log. The group is the hash tag, by which a cluster keeps all windows of an attempt on one
/// server.
fn log_key(prefix: &str, window: &WindowKey) -> String {
    format!("{prefix}:{{{}}}:{}", window.group, window.name)
}

/// Returns the key of a window's hold.
fn hold_key(prefix: &str, window: &WindowKey) -> String {
    format!("{prefix}:{{{}}}:{}:hold", window.group, window.name)
}

/// Returns the member of an attempt in the logs: its number and its lease, by which a score is repaired after the clock went
/// back.
fn member(attempt: &SlotRequest) -> String {
    format!("{:032x}:{}", attempt.id, millis(attempt.lease.min(MAX_LEASE)))
}

/// Returns a time in whole milliseconds, at least one. It is rounded up, so that nothing counts for too short a time.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use api_runtime::{RateLimitRule, RateLimitScope};
    use redis::aio::ConnectionLike;
    use redis::{Arg, Cmd, Pipeline, RedisFuture, Value};

    use super::*;

    /// Connection that keeps the arguments of a command instead of sending it.
    #[derive(Default)]
    struct Recorder(Vec<String>);

    impl ConnectionLike for Recorder {
        fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
            let text = |argument: Arg<&[u8]>| match argument {
                Arg::Simple(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                _ => String::new(),
            };
            self.0 = command.args_iter().map(text).collect();
            Box::pin(async { Ok(Value::Nil) })
        }

        fn req_packed_commands<'a>(&'a mut self, _: &'a Pipeline, _: usize, _: usize) -> RedisFuture<'a, Vec<Value>> {
            unreachable!("a script is one command")
        }

        fn get_db(&self) -> i64 {
            0
        }
    }

    /// Returns the number of keys, the keys and the arguments of an invocation.
    async fn arguments(invocation: ScriptInvocation<'_>) -> Vec<String> {
        let mut recorder = Recorder::default();
        invocation.invoke_async::<()>(&mut recorder).await.expect("nothing is refused");
        assert_eq!(recorder.0[0], "EVALSHA");
        recorder.0.split_off(2)
    }

    fn attempt(lease: Duration) -> SlotRequest {
        let rule = |requests, per_seconds| RateLimitRule { requests, per_seconds, scope: RateLimitScope::Credential };
        let narrow = Arc::new(WindowKey::new("api:0a", "1/5:op:/email:0b", rule(1, 5)));
        let wide = Arc::new(WindowKey::new("api:0a", "500/60:credential:0a", rule(500, 60)));
        let mut attempt = SlotRequest::new(lease, [narrow, wide]);
        attempt.id = 0xff;
        attempt
    }

    const ID: &str = "000000000000000000000000000000ff";

    #[tokio::test]
    async fn a_take_has_logs_and_holds_of_one_slot_and_each_limit() {
        let taken = arguments(take("rate-limit", &attempt(Duration::from_secs(30)))).await;
        let member = format!("{ID}:30000");
        let expected = [
            "4",
            "rate-limit:{api:0a}:1/5:op:/email:0b",
            "rate-limit:{api:0a}:500/60:credential:0a",
            "rate-limit:{api:0a}:1/5:op:/email:0b:hold",
            "rate-limit:{api:0a}:500/60:credential:0a:hold",
            &member,
            "1",
            "5000",
            "500",
            "60000",
        ];
        assert_eq!(taken, expected);
    }

    #[tokio::test]
    async fn a_settlement_has_the_key_of_its_hold_only() {
        let attempt = attempt(Duration::from_secs(30));
        let member = format!("{ID}:30000");
        let logs = ["rate-limit:{api:0a}:1/5:op:/email:0b", "rate-limit:{api:0a}:500/60:credential:0a"];
        let settled = |settlement| arguments(settle("rate-limit", &attempt, settlement));

        let ended = settled(Settlement::Ended { hold: None }).await;
        assert_eq!(ended, ["2", logs[0], logs[1], &member, "1", "0", "5000", "60000"]);
        let not_sent = settled(Settlement::NotSent).await;
        assert_eq!(not_sent, ["2", logs[0], logs[1], &member, "0", "0", "5000", "60000"]);

        let hold = |seconds| Settlement::Ended { hold: Some(Duration::from_secs(seconds)) };
        let held = settled(hold(3)).await;
        assert_eq!(held, ["3", logs[0], logs[1], &format!("{}:hold", logs[0]), &member, "1", "3000", "5000", "60000"]);
        assert_eq!(settled(hold(3600)).await[5..7], ["1", "5000"], "a hold is as long as its window at most");
    }

    #[tokio::test]
    async fn a_lease_is_a_whole_and_bounded_number_of_milliseconds() {
        for (lease, millis) in [
            (Duration::ZERO, "1"),
            (Duration::from_micros(1), "1"),
            (Duration::from_micros(1001), "2"),
            (Duration::from_millis(2), "2"),
            (Duration::MAX, "2592000000"),
        ] {
            let taken = arguments(take("p", &attempt(lease))).await;
            assert_eq!(taken[5], format!("{ID}:{millis}"), "{lease:?}");
        }
    }

    #[test]
    fn an_answer_is_slots_or_a_wait_for_each_window() {
        assert_eq!(taken(&[1, 0]), Some(TakenSlots::Granted { full: false }));
        assert_eq!(taken(&[1, 1]), Some(TakenSlots::Granted { full: true }));
        let wait = |millis, held| WindowWait { least: Duration::from_millis(millis), held };
        let waits = [wait(0, false), wait(1500, true)].into_iter().collect();
        assert_eq!(taken(&[0, 0, 0, 1500, 1]), Some(TakenSlots::Refused(waits)));
        for nonsense in [&[][..], &[0], &[0, 1], &[1], &[2, 0]] {
            assert_eq!(taken(nonsense), None, "{nonsense:?}");
        }
    }
}
