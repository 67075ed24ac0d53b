use std::time::Duration;

use http::HeaderMap;

/// What the vendor says of the limit that a call counted against (the `RateLimit-*` headers).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Calls allowed in the current window.
    pub limit: Option<u64>,
    /// Calls left in the current window.
    pub remaining: Option<u64>,
    /// Time until the window ends.
    pub reset: Option<Duration>,
}

impl RateLimit {
    /// Reads the headers; `None` if there are none.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let rate_limit = Self {
            limit: number("ratelimit-limit"),
            remaining: number("ratelimit-remaining"),
            reset: number("ratelimit-reset").map(Duration::from_secs),
        };
        let empty = rate_limit.limit.is_none() && rate_limit.remaining.is_none() && rate_limit.reset.is_none();
        (!empty).then_some(rate_limit)
    }
}
