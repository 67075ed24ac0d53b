//! Values of the specification extensions.

use jiff::civil::Date;

/// Pattern of a response with a special meaning.
pub struct ResponsePattern {
    pub status: u16,
    /// JSON pointer to a string of the body.
    pub pointer: Option<String>,
    pub value: Option<String>,
}

/// Keys of every delivery to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookKeys {
    /// Key of the event's name.
    pub name: String,
    /// Key of the event's id, if it has one.
    pub id: Option<String>,
}

/// Places of an error body that have an accessor.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ErrorForm {
    /// Text about the error body as a whole.
    pub description: String,
    pub accessors: Vec<ErrorAccessor>,
    /// Functions of the crate's `extras` that the error body calls.
    pub extras: Vec<ErrorExtra>,
}

/// Accessor of an error body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorAccessor {
    pub name: &'static str,
    pub kind: ErrorValue,
    /// JSON pointers, of which the first that leads to a value counts.
    pub pointers: Vec<String>,
    /// Text that follows what is said of every such accessor.
    pub description: String,
}

/// Type of a value of an error body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorValue {
    Text,
    Integer,
    Any,
}

/// Function that is written by hand for an error body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorExtra {
    /// `field_errors`: the faults by field, which the message and `Display` read.
    FieldErrors,
    /// `explain`: meaning of a refusal whose status says too little.
    Explain,
}

/// Way through the pages of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pagination {
    pub style: PageStyle,
    /// JSON pointer to the items of a page.
    pub items: String,
    /// JSON pointer to the total of an offset, and to what names the next page of any other style.
    pub more: Option<String>,
    /// Name of the query parameter that chooses the page.
    pub parameter: String,
}

/// Meaning of the parameter that chooses a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStyle {
    /// Number of items before the page.
    Offset,
    /// Number of the page, from 1.
    Page,
    /// Text that the page before gives.
    Cursor,
    /// Text in the query of the address that the page before gives.
    Link,
}

/// Responses after which a call is retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Depends on idempotency.
    Standard,
    /// 429 only.
    RateLimited,
    /// None.
    Never,
}

/// Rate limit: at most `requests` in `per_seconds` seconds, for each value of the scope.
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

/// Source of what is known of an operation.
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
