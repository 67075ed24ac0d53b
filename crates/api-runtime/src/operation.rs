use std::time::Duration;

use http::{Method, StatusCode};

/// Operation of an API: a row of the table that the generator writes from the spec.
#[derive(Debug)]
pub struct Operation {
    /// Name of the operation and of the client's method.
    pub id: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path with its parameters in braces, for example `/api/v2/partners/{partner_id}`.
    pub path: &'static str,
    /// OpenAPI tag.
    pub tag: &'static str,
    /// `true` if two requests have the same effect as one.
    pub idempotent: bool,
    /// Rule by which a failed call may be repeated.
    pub retry: RetryRule,
    /// Published rate limits, those of the whole API included.
    pub rate_limits: &'static [RateLimitRule],
    /// `true` if requests carry the client's credential.
    pub authenticated: bool,
    /// `true` if the vendor advises against its use.
    pub deprecated: bool,
    /// Source of what the spec says of the operation.
    pub evidence: EvidenceLevel,
    /// Statuses that the spec lists.
    pub statuses: &'static [u16],
    /// Base URL of the operation, if it differs from that of the API.
    pub server: Option<&'static str>,
    /// `true` if a 3xx response is a success. It is not followed.
    pub redirect: bool,
    /// JSON pointer (RFC 6901) to a text that every 2xx body must hold, such as the id of the created object. A body
    /// without it is an error.
    pub result: Option<&'static str>,
    /// Response by which the vendor rejects a call until a cool-down of the resource is over. It is no rate limit, and
    /// the call is not repeated.
    pub cooldown: Option<ResponsePattern>,
}

/// Reads the id, so that a row stands wherever the name of an operation is asked for.
impl AsRef<str> for Operation {
    fn as_ref(&self) -> &str {
        self.id
    }
}

impl Operation {
    /// Creates the row of an operation of which no more is known: it needs the credential, has no limit, and any 2xx is a
    /// success.
    pub const fn new(id: &'static str, method: Method, path: &'static str, idempotent: bool) -> Self {
        Self {
            id,
            method,
            path,
            tag: "",
            idempotent,
            retry: RetryRule::ByIdempotency,
            rate_limits: &[],
            authenticated: true,
            deprecated: false,
            evidence: EvidenceLevel::Observed,
            statuses: &[],
            server: None,
            redirect: false,
            result: None,
            cooldown: None,
        }
    }

    /// Returns `true` if a response with this status is a success.
    pub(crate) fn succeeds(&self, status: StatusCode) -> bool {
        status.is_success() || self.redirect && status.is_redirection()
    }

    /// Returns `true` if the operation only reads: its method is safe (RFC 9110 section 9.2.1), and the spec does not
    /// restrict its repetition.
    pub(crate) fn is_read(&self) -> bool {
        self.method.is_safe() && self.retry == RetryRule::ByIdempotency
    }
}

/// Pattern of a response: a status and, where that is ambiguous, a text in the JSON body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponsePattern {
    /// HTTP status.
    pub status: u16,
    /// JSON pointer (RFC 6901) to the text; `None` if the status is sufficient.
    pub pointer: Option<&'static str>,
    /// Text to be found there; `None` for any text.
    pub value: Option<&'static str>,
}

/// Rule by which a failed call of an operation may be repeated. A failed connection may always be followed by another
/// attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryRule {
    /// After a 429 or a 503, which say that the server did not act. If the operation is idempotent, after any 5xx and
    /// an incomplete response, too.
    ByIdempotency,
    /// After a 429 only: this operation may have taken effect although the response is a 5xx, 503 included.
    RateLimited,
    /// After a failed connection only: this operation may have taken effect although the response is a 429 or a 5xx.
    ConnectErrorsOnly,
}

/// Published rate limit: at most `requests` in any `per_seconds` for each value of `scope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateLimitRule {
    /// Maximum number of requests in an interval.
    pub requests: u32,
    /// Length of the interval, in seconds.
    pub per_seconds: u32,
    /// Partition that the requests are counted by.
    pub scope: RateLimitScope,
}

impl RateLimitRule {
    /// Returns the length of the interval.
    pub fn interval(&self) -> Duration {
        Duration::from_secs(self.per_seconds.into())
    }
}

/// Partition of a rate limit: requests with the same value are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateLimitScope {
    /// Counted for each credential.
    Credential,
    /// Counted for each address of the API, whatever the credential. Kept only by clients built with
    /// `rate_limit_by_address(true)`.
    Address,
    /// Counted for each value of this path parameter.
    Path(&'static str),
    /// Counted for each value at this JSON pointer (RFC 6901) of the request body.
    Body(&'static str),
}

/// Source of what the spec says of an operation, the best one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceLevel {
    /// The vendor's OpenAPI document.
    Published,
    /// The vendor's prose or examples.
    Documented,
    /// Client code or recorded exchanges.
    Observed,
}
