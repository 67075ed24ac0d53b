//! Signatures of calls.

/// Signature of a call in Rust.
pub struct Signature {
    pub arguments: Vec<Argument>,
    /// Type of the decoded success.
    pub success: String,
}

/// Argument of a call, which one setter sets.
pub struct Argument {
    pub ident: String,
    /// Type without reference and `Option`, as text.
    pub ty: String,
    pub by_reference: bool,
    pub optional: bool,
    /// Left to the client, if the call has none.
    pub client_default: bool,
    pub source: Source,
}

impl Argument {
    /// Returns `true` if the call holds the argument as an `Option`.
    pub fn is_option(&self) -> bool {
        self.optional || self.client_default
    }
}

/// Origin of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A parameter, by the name of its setter.
    Parameter(String),
    /// A part of a form, by its name on the wire.
    Part(String),
    Body,
}
