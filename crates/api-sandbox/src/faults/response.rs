//! Responses to calls with a fault.

use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::HeaderValue;
use http::header::{CONTENT_LENGTH, LOCATION};

use super::fault::{Fault, RetryAfterHint};
use crate::spec::Reply;

/// Time for the first half of a cut body to be sent before the connection is closed.
const FLUSH_DELAY: Duration = Duration::from_millis(2);

impl Fault {
    /// Returns the response to a call with this fault, or `None` if the connection is reset. `handled` is the reply of a call
    /// that reached its handler.
    pub(crate) fn response(&self, handled: Option<Reply>) -> Option<Response> {
        let handled = handled.unwrap_or_else(|| Reply::new(200, "", Bytes::new()));
        let reply = match self {
            Self::Delay { .. } => handled,
            Self::Reset { .. } => return None,
            Self::Status { status, body, media_type, .. } => Reply::new(*status, media_type, body.clone()),
            Self::Garbage => Reply { body: Bytes::from_static(b"\xff\xfe{\"half\": \x00"), ..handled },
            Self::Html { .. } => Reply::new(200, "text/html", "<html><body>Sign in to this network</body></html>"),
            Self::Redirect { location } => {
                let mut reply = Reply::new(302, "", Bytes::new());
                reply.headers.extend(HeaderValue::from_str(location).ok().map(|location| (LOCATION, location)));
                reply
            }
            Self::TooManyRequests { hint, seconds, .. } => {
                let reply = Reply::new(429, "", Bytes::new());
                match hint {
                    RetryAfterHint::RetryAfterSeconds => reply.header("retry-after", seconds),
                    RetryAfterHint::RetryAfterDate => {
                        let now = SystemTime::now();
                        let then = httpdate::fmt_http_date(now + Duration::from_secs(*seconds));
                        reply.header("retry-after", then).header("date", httpdate::fmt_http_date(now))
                    }
                    RetryAfterHint::RateLimitReset => reply.header("ratelimit-reset", seconds),
                    RetryAfterHint::None => reply,
                }
            }
            Self::CutBody => return Some(cut_body(handled)),
            Self::SlowDrip { milliseconds, pieces } => return Some(slow_drip(handled, *milliseconds, *pieces)),
        };
        Some(reply.into())
    }
}

/// Announces the whole length of the body, sends half of it, and ends the connection.
fn cut_body(handled: Reply) -> Response {
    let whole = handled.body.clone();
    let half = whole.slice(..whole.len() / 2);
    let pieces = stream::unfold(Some(half), |half| async {
        match half {
            Some(half) if !half.is_empty() => Some((Ok(half), None)),
            _ => {
                // The server writes its buffer while the stream is pending.
                tokio::time::sleep(FLUSH_DELAY).await;
                Some((Err(std::io::Error::other("cut by a fault")), None))
            }
        }
    });
    // An empty body cannot be halved, so one byte is announced that is not sent.
    with_content_length(handled, Body::from_stream(pieces), whole.len().max(1))
}

/// Sends the body in pieces of equal size, with a pause before each.
fn slow_drip(handled: Reply, milliseconds: u64, pieces: u32) -> Response {
    let whole = handled.body.clone();
    let size = whole.len().div_ceil(pieces.max(1) as usize).max(1);
    let pieces = stream::unfold(whole.clone(), move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        let piece = rest.split_to(size.min(rest.len()));
        Some((Ok::<_, std::io::Error>(piece), rest))
    });
    with_content_length(handled, Body::from_stream(pieces), whole.len())
}

/// Replaces the body of a reply by a stream of known length.
fn with_content_length(handled: Reply, body: Body, length: usize) -> Response {
    let mut response: Response = handled.into();
    *response.body_mut() = body;
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}
