//! Delivery of an event to a webhook, with its attempts.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

/// Delivery of one event to one webhook.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Delivery {
    /// Sequence number, starting at 1.
    pub id: u64,
    /// Name of the API, such as `zapsign`.
    pub vendor: String,
    /// Name of the event.
    pub event: String,
    /// Time of the event by the sandbox's clock.
    pub time: SystemTime,
    /// URL of the webhook.
    pub url: String,
    /// Headers registered for the webhook, or the signature of the body.
    pub headers: Vec<(String, String)>,
    /// Attempts that have ended, the oldest first.
    pub attempts: Vec<DeliveryAttempt>,
    /// Time of the next attempt by the sandbox's clock, if one is scheduled.
    pub retry_at: Option<SystemTime>,
    /// JSON text of the body.
    pub(crate) text: Bytes,
    /// Revision of the latest change.
    pub(crate) revision: u64,
    /// Number of attempts that are queued or in progress.
    pub(crate) queued: usize,
    /// Bytes that it counts for in the log: headers, body, and responses.
    pub(crate) bytes: usize,
    pub(crate) rule: &'static DeliveryRule,
}

/// Attempt to deliver an event.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct DeliveryAttempt {
    /// Time of the attempt by the sandbox's clock.
    pub time: SystemTime,
    /// Outcome.
    pub outcome: DeliveryOutcome,
    /// Headers of the response: `content-type`, `location`, `retry-after` and `x-request-id`, without any other.
    pub response_headers: HeaderMap,
    /// First 64 KiB of the response body.
    pub response_body: Bytes,
    /// `true` if the attempt was asked for, `false` if the vendor makes it by itself.
    pub replay: bool,
}

/// Outcome of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveryOutcome {
    /// Status of the response. A redirect is not followed.
    Answered(u16),
    /// No response within 10 seconds.
    TimedOut,
    /// No response.
    Unreachable,
    /// Not sent: the host is another machine, and `deliver_anywhere` is off.
    NotOnThisMachine,
    /// Not sent: the URL is one of the sandbox itself, and not that of an inbox. A delivery to the endpoint that makes a delivery
    /// would never end.
    OwnEndpoint,
}

impl DeliveryOutcome {
    /// Returns `true` if something was sent, so that another attempt may have another outcome.
    pub(crate) fn was_sent(self) -> bool {
        !matches!(self, Self::NotOnThisMachine | Self::OwnEndpoint)
    }
}

/// Rule of a vendor for its deliveries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DeliveryRule {
    /// Statuses that end a delivery. After any other, and after no response, it is tried again.
    pub(crate) success: RangeInclusive<u16>,
    /// Pause between the end of an attempt and the next one, for each attempt after the first.
    pub(crate) retry_intervals: &'static [Duration],
}

impl DeliveryRule {
    /// Rule of a vendor of whom no other is known: any 2xx is a success, and nothing is tried again.
    pub(crate) const ONCE: Self = Self { success: 200..=299, retry_intervals: &[] };
}

impl Delivery {
    /// Creates a delivery. The queue fills in the rest.
    pub(crate) fn new(event: &str, url: &str, headers: Vec<(String, String)>, body: &Value) -> Self {
        let headers_bytes = headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        let text = Bytes::from(body.to_string());
        let bytes = url.len() + headers_bytes + text.len();
        Self {
            id: 0,
            vendor: String::new(),
            event: event.to_owned(),
            time: SystemTime::UNIX_EPOCH,
            url: url.to_owned(),
            headers,
            text,
            revision: 0,
            attempts: Vec::new(),
            retry_at: None,
            queued: 0,
            bytes,
            rule: &DeliveryRule::ONCE,
        }
    }

    /// Returns the JSON body.
    pub fn body(&self) -> Value {
        // It was written from a value.
        serde_json::from_slice(&self.text).unwrap_or_default()
    }

    /// Returns the body as it is sent, byte for byte.
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    /// Returns the outcome of the latest attempt; `None` while the first one is queued or in progress.
    pub fn outcome(&self) -> Option<DeliveryOutcome> {
        self.attempts.last().map(|attempt| attempt.outcome)
    }

    /// Returns `true` if the receiver has taken the event: with any 2xx status of ZapSign's events, with 200 alone of
    /// 360dialog's.
    pub fn is_delivered(&self) -> bool {
        self.attempts.iter().any(|attempt| self.succeeded_by(attempt))
    }

    /// Returns `true` if the receiver has taken the event with this attempt.
    pub(crate) fn succeeded_by(&self, attempt: &DeliveryAttempt) -> bool {
        matches!(attempt.outcome, DeliveryOutcome::Answered(status) if self.rule.success.contains(&status))
    }

    /// Returns `true` while an attempt is queued or in progress.
    pub fn is_in_progress(&self) -> bool {
        self.queued > 0
    }
}

/// Omits URL, headers and body, which may hold secrets.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("id", &self.id)
            .field("vendor", &self.vendor)
            .field("event", &self.event)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// Omits headers and body of the response, which may hold secrets.
impl fmt::Debug for DeliveryAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryAttempt")
            .field("time", &self.time)
            .field("outcome", &self.outcome)
            .field("replay", &self.replay)
            .finish_non_exhaustive()
    }
}

/// Returns the reason why a delivery cannot carry this header, or `None` if it can.
pub(crate) fn invalid_header(name: &str, value: &str) -> Option<&'static str> {
    let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
        return Some("A name of a header has a character that it can't have.");
    };
    if [HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION].contains(&name) {
        return Some("A header is set by HTTP itself.");
    }
    HeaderValue::from_str(value).is_err().then_some("A value of a header has a character that it can't have.")
}
