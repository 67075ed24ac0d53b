use http::{Method, StatusCode};

/// What is known of one operation: the row of the operation table that the generator writes for it.
#[derive(Debug)]
pub struct Operation {
    /// Name of the operation, which is also the name of the client's method.
    pub id: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path with its parameters in braces, for example `/api/v2/partners/{partner_id}`.
    pub path: &'static str,
    /// Tag that the operation belongs to.
    pub tag: &'static str,
    /// Whether sending it twice has the effect of sending it once.
    pub idempotent: bool,
    /// What the vendor's answers allow.
    pub retry: RetryRule,
    /// Published limits, those of the whole API included.
    pub rate_limits: &'static [RateLimitRule],
    /// Whether the call carries credentials.
    pub authenticated: bool,
    /// Whether the vendor advises against it.
    pub deprecated: bool,
    /// How well the operation is known.
    pub evidence: EvidenceLevel,
    /// Statuses that the spec names.
    pub statuses: &'static [u16],
    /// Address of the operation, if it is not that of the API.
    pub server: Option<&'static str>,
    /// `true` for an operation that answers with a redirect, which is not followed.
    pub redirect: bool,
    /// JSON pointer to the text that a 2xx answer has if the call made something.
    pub result: Option<&'static str>,
    /// Answer by which the vendor refuses what was asked for until its cool-down is over. It is not a rate limit.
    pub cooldown: Option<ResponsePattern>,
}

impl Operation {
    /// Returns the row of a request that no operation of the spec describes.
    pub(crate) const fn unmodelled(method: Method, idempotent: bool) -> Self {
        Self {
            id: "request",
            method,
            path: "",
            tag: "",
            idempotent,
            retry: RetryRule::Standard,
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

    /// Says whether an answer of this status is a success.
    pub(crate) fn succeeds(&self, status: StatusCode) -> bool {
        status.is_success() || self.redirect && status.is_redirection()
    }
}

/// An answer that is known by its status and, where that does not tell, by a text in its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponsePattern {
    /// HTTP status.
    pub status: u16,
    /// JSON pointer to the text; `None` if the status tells enough.
    pub pointer: Option<&'static str>,
    /// The text; `None` if any text there will do.
    pub value: Option<&'static str>,
}

/// When an operation may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryRule {
    /// As its idempotency says.
    Standard,
    /// Only after an answer of 429, or if no connection was made: one of 5xx, 503 included, may come after the effect.
    RateLimited,
    /// Only if no connection was made: an answer of 429 or 5xx may come after the effect.
    Never,
}

/// One published limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateLimitRule {
    /// So many requests ...
    pub requests: u32,
    /// ... in so many seconds ...
    pub per_seconds: u32,
    /// ... for each value of this.
    pub scope: RateLimitScope,
}

/// What a limit is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateLimitScope {
    /// Each credential has its own budget.
    Credential,
    /// All calls to an address of the API share one, whatever their credential. It is kept by clients that ask for it.
    Address,
    /// Each value of this path parameter has its own budget.
    Path(&'static str),
    /// Each value at this JSON pointer of the request body has its own budget.
    Body(&'static str),
}

/// How well an operation is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceLevel {
    /// From the vendor's OpenAPI text.
    Published,
    /// From the vendor's prose or examples.
    Documented,
    /// From client code or recorded exchanges.
    Observed,
}
