use std::fmt;

use crate::auth::InvalidCredential;

/// Why a client could not be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// No credential was given.
    MissingCredential {
        /// What to do about it.
        remedy: &'static str,
    },
    /// The credential can't stand in a header.
    Credential(InvalidCredential),
    /// The base URL is not one that paths can be appended to.
    BaseUrl {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The user agent can't stand in a header.
    UserAgent,
    /// There is no TLS to speak.
    Tls {
        /// What is missing, and what to do about it.
        reason: &'static str,
    },
    /// TLS or the connection pool could not be set up.
    Http(reqwest::Error),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingCredential { remedy } => write!(f, "no credential: {remedy}"),
            Self::Credential(fault) => fault.fmt(f),
            Self::BaseUrl { reason } => write!(f, "the base url {reason}"),
            Self::Tls { reason } => write!(f, "no tls: {reason}"),
            Self::UserAgent => f.write_str("the user agent holds a character that a header can't carry"),
            Self::Http(_) => f.write_str("the http client could not be set up"),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Credential(fault) => Some(fault),
            Self::Http(error) => Some(error),
            _ => None,
        }
    }
}

impl From<InvalidCredential> for BuildError {
    fn from(fault: InvalidCredential) -> Self {
        Self::Credential(fault)
    }
}
