//! Rejections, in a form that no vendor has.

use super::operation::ParameterLocation;

/// Reason why a request is rejected. Each vendor renders it in its own format.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rejection {
    /// Missing or unknown credential.
    Unauthorized,
    /// ZapSign: API token of no account.
    UnknownToken,
    /// ZapSign: access token that has expired or was never issued.
    TokenNotValid,
    /// No plan of the account includes the operation; with a message.
    PaymentRequired(String),
    /// Credential without the permission; with a message.
    Forbidden(String),
    /// Unknown path or resource.
    NotFound,
    /// Known path, with other methods only.
    MethodNotAllowed,
    /// Violations of the schemas.
    Invalid(Vec<Violation>),
    /// Violation of a rule that no schema expresses, or of the resource's state; with a message.
    BusinessRule(String),
    /// Rate limit exceeded.
    TooManyRequests,
}

/// Violation of a schema.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Violation {
    pub(crate) location: ParameterLocation,
    /// Name of the parameter, or path of the field, separated by dots; empty for the body as a whole.
    pub(crate) field: String,
    pub(crate) message: String,
}
