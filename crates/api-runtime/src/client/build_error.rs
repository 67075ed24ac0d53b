use std::fmt;

use crate::auth::InvalidCredential;

/// Error of a client that can't be built. Nothing was sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// No credential was given.
    MissingCredential {
        /// Setters and environment variables that give one.
        remedy: &'static str,
    },
    /// The credential is empty, begins with a scheme such as `Bearer`, or holds a character that a header can't carry.
    Credential(InvalidCredential),
    /// The base URL can't be used: it is not a URL that paths can be appended to, or it would send the credential
    /// unencrypted.
    BaseUrl {
        /// Reason, as a text that continues "the base url".
        reason: &'static str,
    },
    /// The user agent holds a character that a header can't carry.
    UserAgent,
    /// No TLS implementation is available: none is compiled in, or rustls has no crypto provider.
    Tls {
        /// Missing part, and the remedy.
        reason: &'static str,
    },
    /// The HTTP client rejected its settings, for example those of
    /// [`configure_http`](crate::PipelineBuilder::configure_http), or could not set up TLS.
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
