use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

use super::rate_limit_headers::RateLimit;

/// Returns the delay that the server requests: `Retry-After`, otherwise `RateLimit-Reset`.
pub(crate) fn server_delay(headers: &HeaderMap) -> Option<Duration> {
    retry_after(headers).or_else(|| RateLimit::reset_of(headers))
}

/// Returns the delay in `Retry-After`. A date is relative to the response's `Date`, so that a wrong local clock does not
/// matter; a date in the past is zero.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let server_now = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Some(until.duration_since(server_now.unwrap_or_else(SystemTime::now)).unwrap_or_default())
}
