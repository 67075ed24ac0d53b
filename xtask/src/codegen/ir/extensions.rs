//! Values of the specification extensions.

use jiff::civil::Date;

/// Pattern of a response with a special meaning.
pub struct ResponsePattern {
    pub status: u16,
    /// JSON pointer to a string of the body.
    pub pointer: Option<String>,
    pub value: Option<String>,
}

/// State that one or more values of an enum mean (`x-states`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Name in snake case, without `is_`.
    pub name: String,
    /// Values on the wire.
    pub values: Vec<String>,
}

/// Keys of a webhook delivery (`x-webhook`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookKeys {
    /// Key of the event's name.
    pub name: String,
    /// Key of the event's id, if it has one.
    pub id: Option<String>,
}

/// Accessors of the error body (`x-error`).
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ErrorForm {
    /// Description of the error body.
    pub description: String,
    pub accessors: Vec<ErrorAccessor>,
    /// Hand-written functions in the crate's `extras` that the error body calls.
    pub extras: Vec<ErrorExtra>,
}

/// Accessor of an error body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorAccessor {
    pub name: &'static str,
    pub kind: ErrorValue,
    /// JSON pointers; the first one with a value is used.
    pub pointers: Vec<String>,
    /// Description, appended to the standard text of the accessor.
    pub description: String,
}

/// Type of an accessor's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorValue {
    Text,
    Integer,
    Any,
}

/// Hand-written function for an error body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorExtra {
    /// `field_errors`: errors by field, which the reason tells after the message.
    FieldErrors,
    /// `explain`: explanation of an ambiguous status.
    Explain,
}

/// Pagination of a list (`x-pagination`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pagination {
    pub style: PageStyle,
    /// JSON pointer to the items of a page.
    pub items: String,
    /// JSON pointer to the total for offsets, or else to the next page.
    pub more: Option<String>,
    /// Query parameter that selects the page.
    pub parameter: String,
}

/// Pagination style: the meaning of the parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStyle {
    /// Offset: number of items before the page.
    Offset,
    /// Page number, from 1.
    Page,
    /// Cursor that the previous page returns.
    Cursor,
    /// Value of the parameter in the URL of the next page.
    Link,
}

/// Responses after which a call is retried (`x-retry`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Depends on idempotency.
    ByIdempotency,
    /// 429 only.
    RateLimited,
    /// None.
    ConnectErrorsOnly,
}

/// Rate limit (`x-rate-limit`): at most `requests` in `per_seconds` seconds, for each value of the scope.
pub struct RateLimit {
    pub requests: u32,
    pub per_seconds: u32,
    pub scope: RateLimitScope,
}

/// Partition of a rate limit.
pub enum RateLimitScope {
    Credential,
    Address,
    Path(String),
    Body(String),
}

/// Evidence of an operation (`x-evidence`).
pub struct Evidence {
    pub source: String,
    /// Day on which the source was read.
    pub seen: Date,
    pub level: EvidenceLevel,
    /// Contradiction to the other evidence.
    pub disagrees: Option<String>,
}

/// Level of evidence, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EvidenceLevel {
    Published,
    Documented,
    Observed,
}
