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
    pub source: Source,
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
