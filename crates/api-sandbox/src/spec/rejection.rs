//! Rejections, in a form that no vendor has.

use std::fmt;

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
    /// Violations of the schemas, or of rules about single fields.
    Invalid(Vec<Violation>),
    /// Violation of a rule that no schema expresses, or of the resource's state; with a message.
    BusinessRule(String),
    /// Rate limit exceeded.
    TooManyRequests,
}

impl Rejection {
    /// Returns the HTTP status.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Invalid(_) | Self::BusinessRule(_) => 400,
            Self::Unauthorized | Self::TokenNotValid => 401,
            Self::PaymentRequired(_) => 402,
            Self::Forbidden(_) | Self::UnknownToken => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::TooManyRequests => 429,
        }
    }
}

/// Violation of a schema, or of a rule of the vendor about one field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Violation {
    pub(crate) location: ParameterLocation,
    /// Name of the parameter, or path of the field, separated by dots; empty for the body as a whole.
    pub(crate) field: String,
    pub(crate) message: String,
}

impl Violation {
    /// Creates the violation of a field of the body.
    pub(crate) fn of_field(field: &str, message: &str) -> Self {
        Self { location: ParameterLocation::Body, field: field.to_owned(), message: message.to_owned() }
    }
}

/// Names the field, if there is one, and the violation.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => f.write_str(&self.message),
            field => write!(f, "{field}: {}", self.message),
        }
    }
}
