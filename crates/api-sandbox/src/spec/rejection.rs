use super::operation::ParameterLocation;

/// Why a request is not served, whoever's words say so.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rejection {
    /// No credential, or not one that is known.
    Unauthorized,
    /// An API token that no account has.
    UnknownToken,
    /// A token of a login that is not valid any more, or never was.
    TokenNotValid,
    /// The account has no plan that includes it, and the reason.
    PaymentRequired(String),
    /// A credential that may not do this, and the reason.
    Forbidden(String),
    /// There is no such thing.
    NotFound,
    /// The path is known with other methods only.
    MethodNotAllowed,
    /// The request is not what the bundle says.
    Invalid(Vec<Violation>),
    /// The request is not what the vendor's prose says, or comes at the wrong time.
    BusinessRule(String),
    /// A published limit is used up for so many seconds.
    TooManyRequests,
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Violation {
    pub(crate) location: ParameterLocation,
    /// Name of the parameter, or of the field with dots between its parents; empty for a body as a whole.
    pub(crate) field: String,
    pub(crate) message: String,
}
