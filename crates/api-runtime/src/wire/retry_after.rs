use std::time::{Duration, SystemTime};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

use super::rate_limit_headers::RateLimit;
use super::raw_response::RawResponse;

/// Returns the delay that a response requests: `Retry-After`, otherwise `RateLimit-Reset` of a 429 and of a response after
/// which no request is left. Any other response tells the end of its window, too, and asks for nothing.
pub(crate) fn server_delay(response: &RawResponse) -> Option<Duration> {
    let headers = &response.headers;
    let is_rate_limited = response.status == StatusCode::TOO_MANY_REQUESTS;
    let reset = || if is_rate_limited { RateLimit::reset_of(headers) } else { RateLimit::exhausted_for(headers) };
    retry_after(headers).or_else(reset)
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
