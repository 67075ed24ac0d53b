//! Server-side rate limiter: enforces the vendors' published limits as sliding windows, the strictest reading of them.
//! ZapSign counts fixed minutes, which admit every call that a sliding window of a minute admits.

mod rate_limit;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

pub use self::rate_limit::RateLimit;
use crate::spec::{Operation, RateLimitRule, RateLimitScope, Reply};

/// Number of windows above which empty ones are removed.
const RETAIN_THRESHOLD: usize = 1024;

/// Rate limits of a sandbox, and the headers that tell of them.
#[derive(Debug, Clone)]
pub(crate) struct RateLimitSettings {
    pub(crate) enforced: bool,
    /// `true` if responses have `RateLimit-*`, and refusals `Retry-After`.
    pub(crate) headers: bool,
    /// Limits that take the place of published ones. The last one of a name counts.
    pub(crate) replaced: Vec<RateLimit>,
}

/// Rate limiter of one vendor: a sliding window log for each limit and each value of its scope.
#[derive(Clone)]
pub(crate) struct RateLimiter {
    /// Name of the API.
    api: String,
    limits: Arc<RateLimitSettings>,
    windows: HashMap<String, SlidingWindow>,
}

/// Log of one sliding window.
#[derive(Clone)]
struct SlidingWindow {
    length: Duration,
    /// Times of the calls that were admitted, the oldest first.
    accepted: VecDeque<Instant>,
}

/// Quota that remains after a call, of the limit with the fewest calls left.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct QuotaStatus {
    pub(crate) exceeded: bool,
    limit: usize,
    remaining: usize,
    /// Seconds until the oldest call leaves the window, rounded up.
    reset: u64,
    /// All limits that the call counts against, as a Structured Field (RFC 9651).
    policy: String,
    /// `true` if the response tells of it.
    headers: bool,
}

impl Default for RateLimitSettings {
    /// Returns the published limits, enforced and told.
    fn default() -> Self {
        Self { enforced: true, headers: true, replaced: Vec::new() }
    }
}

impl RateLimitSettings {
    /// Returns the limits of an operation: its own, then those that it shares with the other operations of its API.
    fn of<'l>(&'l self, api: &str, operation: &'l Operation) -> Vec<RateLimitRule> {
        let mut replaced = self.replaced.iter().rev();
        let own = replaced.clone().find_map(|limit| limit.of_operation(operation));
        let shared = replaced.find_map(|limit| limit.of_api(api));
        let published = |is_shared: bool| operation.rate_limits.iter().filter(move |rule| rule.shared == is_shared);
        let or_published = |rule: Option<RateLimitRule>, is_shared: bool| {
            rule.map_or_else(|| published(is_shared).cloned().collect(), |rule| vec![rule])
        };
        [or_published(own, false), or_published(shared, true)].concat()
    }
}

impl RateLimiter {
    /// Creates the rate limiter of an API.
    pub(crate) fn new(api: &str, limits: Arc<RateLimitSettings>) -> Self {
        Self { api: api.to_owned(), limits, windows: HashMap::new() }
    }

    /// Returns `true` if calls are counted.
    pub(crate) fn is_enforcing(&self) -> bool {
        self.limits.enforced
    }

    /// Counts a call against all of its limits, or against none if one of them is exceeded. Returns `None` if the operation
    /// has no limit.
    pub(crate) fn check(
        &mut self,
        operation: &Operation,
        caller: &str,
        path: &[(String, String)],
        body: &Value,
        now: Instant,
    ) -> Option<QuotaStatus> {
        self.retain_recent(now);
        let limits = self.limits.of(&self.api, operation);
        let applicable: Vec<(&RateLimitRule, String)> = limits
            .iter()
            .filter_map(|limit| {
                let value = match &limit.scope {
                    RateLimitScope::Credential => caller.to_owned(),
                    RateLimitScope::Path(name) => path.iter().find(|(known, _)| known == name)?.1.clone(),
                    RateLimitScope::Body(pointer) => body.pointer(pointer)?.to_string(),
                };
                let operation_key = if limit.shared { "" } else { &operation.id };
                Some((limit, format!("{operation_key} {:?} {value}", limit.scope)))
            })
            .collect();
        let mut quotas = Vec::new();
        for (limit, key) in &applicable {
            let length = limit.per;
            let window = self.windows.entry(key.clone()).or_insert(SlidingWindow { length, accepted: VecDeque::new() });
            window.expire(now);
            let free = limit.requests.saturating_sub(window.accepted.len());
            // An empty window resets after its whole length.
            let reset = window.accepted.front().map_or(length, |first| length.saturating_sub(now - *first));
            quotas.push((free, limit.requests, whole_seconds(reset)));
        }
        let exceeded = quotas.iter().any(|(free, ..)| *free == 0);
        if !exceeded {
            for (_, key) in &applicable {
                self.windows.entry(key.clone()).and_modify(|window| window.accepted.push_back(now));
            }
        }
        let (free, limit, reset) = quotas.into_iter().min_by_key(|(free, limit, _)| (*free, *limit))?;
        let policies = applicable.iter().enumerate();
        let policy = policies
            .map(|(index, (limit, _))| format!("\"{index}\";q={};w={}", limit.requests, whole_seconds(limit.per)));
        let policy = policy.collect::<Vec<_>>().join(", ");
        Some(QuotaStatus {
            exceeded,
            limit,
            remaining: free.saturating_sub(1),
            reset,
            policy,
            headers: self.limits.headers,
        })
    }

    /// Removes windows without recent calls, once there are many.
    fn retain_recent(&mut self, now: Instant) {
        if self.windows.len() > RETAIN_THRESHOLD {
            self.windows.retain(|_, window| {
                window.expire(now);
                !window.accepted.is_empty()
            });
        }
    }
}

/// Returns the seconds of a time, rounded up.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

impl SlidingWindow {
    /// Removes the calls that have left the window.
    fn expire(&mut self, now: Instant) {
        while self.accepted.front().is_some_and(|first| *first + self.length <= now) {
            self.accepted.pop_front();
        }
    }
}

impl QuotaStatus {
    /// Writes the `RateLimit-*` headers, and `Retry-After` if the limit is exceeded; nothing if the headers are left out.
    pub(crate) fn write_headers(&self, reply: Reply) -> Reply {
        if !self.headers {
            return reply;
        }
        let reply = if self.exceeded { reply.header("retry-after", self.reset) } else { reply };
        reply
            .header("ratelimit-limit", self.limit)
            .header("ratelimit-remaining", self.remaining)
            .header("ratelimit-reset", self.reset)
            .header("ratelimit-policy", &self.policy)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::Bundle;

    fn operation(id: &str) -> &'static Operation {
        Bundle::all().iter().find_map(|bundle| bundle.operation(id)).expect("it is there")
    }

    fn limiter(api: &str) -> RateLimiter {
        RateLimiter::new(api, Arc::default())
    }

    #[test]
    fn a_second_call_for_the_same_address_is_refused_for_five_seconds() {
        let operation = operation("create_client");
        let mut limiter = limiter("dialog360");
        let start = Instant::now();
        let mut check = |email: &str, milliseconds| {
            let at = start + Duration::from_millis(milliseconds);
            limiter.check(operation, "key", &[], &json!({"email": email}), at).expect("it has a limit")
        };
        let first = check("a", 0);
        assert_eq!((first.exceeded, first.limit, first.remaining, first.reset), (false, 1, 0, 5));
        assert_eq!(first.policy, r#""0";q=1;w=5"#);
        assert!(!check("b", 1).exceeded);
        let again = check("a", 1500);
        assert_eq!((again.exceeded, again.reset), (true, 4));
        assert!(!check("a", 5000).exceeded);
    }

    #[test]
    fn keys_are_counted_by_channel_and_templates_by_account() {
        let mut limiter = limiter("dialog360");
        let start = Instant::now();
        let mut exceeded = |id: &str, parameter: &str, value: &str, seconds| {
            let operation = operation(id);
            let path = [("partner_id".to_owned(), "aPA".to_owned()), (parameter.to_owned(), value.to_owned())];
            let at = start + Duration::from_secs(seconds);
            limiter.check(operation, "key", &path, &Value::Null, at).expect("it has a limit").exceeded
        };
        let mut key = |channel: &str, seconds| exceeded("create_channel_api_key", "channel_id", channel, seconds);
        assert_eq!((key("aCH", 0), key("bCH", 0), key("aCH", 29), key("aCH", 30)), (false, false, true, false));
        let mut template = |account: &str, seconds| exceeded("create_template", "waba_account_id", account, seconds);
        assert!((0..60).all(|second| !template("aWA", second)));
        assert_eq!((template("aWA", 59), template("bWA", 59), template("aWA", 60)), (true, false, false));
    }

    #[test]
    fn all_operations_of_a_credential_share_its_budget() {
        let mut limiter = limiter("zapsign");
        let now = Instant::now();
        for number in 0..500 {
            let id = if number % 2 == 0 { "get_plan" } else { "list_documents" };
            let quota = limiter.check(operation(id), "a", &[], &Value::Null, now).expect("it has a limit");
            assert_eq!((quota.exceeded, quota.remaining), (false, 499 - number));
        }
        let exceeded = |limiter: &mut RateLimiter, caller| {
            limiter.check(operation("get_plan"), caller, &[], &Value::Null, now).expect("it has a limit").exceeded
        };
        assert!(exceeded(&mut limiter, "a"));
        assert!(!exceeded(&mut limiter, "b"));
    }
}
