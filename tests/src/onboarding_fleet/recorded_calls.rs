//! Calls that arrived at the vendor, by its own record.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use api_sandbox::{RecordedRequest, Sandbox};

use super::scaled_limits::scaled_limits;
use crate::worst_count::worst_count;

/// Call as it arrived.
pub(super) struct RecordedCall {
    /// Time in microseconds since 1970.
    at: u64,
    pub(super) operation: String,
    /// Name of the process that sent it.
    pub(super) process: String,
    /// Limit that it counts against, and the value that this is counted by.
    window: Option<(&'static str, String)>,
    /// `true` if the limit refused it.
    refused: bool,
    /// Body of a 2xx response.
    pub(super) response: Option<String>,
    /// `true` if that was delivered as a whole.
    pub(super) delivered: bool,
}

/// Calls by their number. The sandbox keeps the latest ones only, so they are taken over now and then.
#[derive(Default)]
pub(super) struct RecordedCalls {
    /// Number of the last call that is not of a run.
    before: u64,
    calls: BTreeMap<u64, RecordedCall>,
}

impl RecordedCalls {
    /// Begins with the calls that come from now on.
    pub(super) fn begin(sandbox: &Sandbox) -> Self {
        Self { before: sandbox.request_count(), calls: BTreeMap::new() }
    }

    /// Takes over what has arrived.
    pub(super) fn update(&mut self, sandbox: &Sandbox) {
        let new = sandbox.requests().into_iter().filter(|request| request.number > self.before);
        self.calls.extend(new.map(|request| (request.number, RecordedCall::of(&request))));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &RecordedCall> {
        self.calls.values()
    }

    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    /// Returns the number of calls of an operation.
    pub(super) fn count(&self, operation: &str) -> usize {
        self.iter().filter(|call| call.operation == operation).count()
    }

    /// Returns the number of calls of an operation that had their effect.
    pub(super) fn effects(&self, operation: &str) -> usize {
        self.iter().filter(|call| call.operation == operation && call.response.is_some()).count()
    }

    /// Returns the number of calls of an operation whose response did not arrive as the vendor made it.
    pub(super) fn unknown_outcomes(&self, operation: &str) -> usize {
        self.iter().filter(|call| call.operation == operation && !call.delivered).count()
    }

    /// Returns the longest time between two calls, whoever sent them.
    pub(super) fn longest_pause(&self) -> Duration {
        let times: Vec<u64> = self.iter().map(|call| call.at).collect();
        let pauses = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
        Duration::from_micros(pauses.max().unwrap_or(0))
    }

    /// Returns the number of calls that a limit refused.
    pub(super) fn refusals(&self) -> usize {
        self.iter().filter(|call| call.refused).count()
    }

    /// Returns the number of calls that count against a limit, by its value, and the largest number in any window.
    pub(super) fn worst(&self, limit: &str, seconds: u32) -> (usize, usize) {
        let mut times: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for call in self.iter() {
            if let Some((name, value)) = &call.window
                && *name == limit
            {
                times.entry(value).or_default().push(call.at);
            }
        }
        times.values_mut().for_each(|times| times.sort_unstable());
        let worst = times.values().map(|times| worst_count(times, u64::from(seconds) * 1_000_000)).max();
        (times.values().map(Vec::len).max().unwrap_or(0), worst.unwrap_or(0))
    }
}

impl RecordedCall {
    fn of(request: &RecordedRequest) -> Self {
        let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let operation = request.operation.clone().unwrap_or_default();
        let limits = scaled_limits();
        let limited = |name: &str| limits.iter().find(|(limit, ..)| *limit == name).map(|(limit, ..)| *limit);
        let window = match (request.vendor, operation.as_str()) {
            (Some("zapsign"), _) => limited("zapsign").zip(Some(header("authorization").to_owned())),
            (_, "create_client") => {
                let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
                limited("create_client").zip(Some(body["email"].to_string()))
            }
            (_, other) => limited(other).zip(Some(request.uri.path().to_owned())),
        };
        let accepted = request.answer.as_ref().filter(|answer| (200..300).contains(&answer.status));
        Self {
            at: micros(request.time),
            operation,
            process: header("user-agent").to_owned(),
            window,
            refused: request.status == Some(429),
            response: accepted.map(|answer| String::from_utf8_lossy(&answer.body).into_owned()),
            delivered: accepted.is_some_and(|answer| !answer.faulted) && !request.cancelled,
        }
    }
}

fn micros(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).ok().and_then(|since| since.as_micros().try_into().ok()).unwrap_or_default()
}
