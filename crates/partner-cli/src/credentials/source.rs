//! Place that an item of an account comes from.

use std::fmt;

/// Place that an item of an account comes from: its name, and never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// Option of the command line.
    Option(&'static str),
    /// Environment variable.
    Variable(String),
    /// Profile with this name.
    Profile(String),
    /// Nothing was given, and this is the vendor's default.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(name) => write!(f, "--{name}"),
            Self::Variable(name) => f.write_str(name),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::Default => f.write_str("default"),
        }
    }
}
