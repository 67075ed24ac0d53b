use std::sync::Arc;

use crate::operation::Operation;
use crate::wire::Answer;

/// The kinds of [`TransportFailure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportFailureKind {
    /// No connection was made: name, address, port or TLS.
    Connect,
    /// The time ran out.
    Timeout,
    /// The connection broke before an answer came.
    Interrupted,
    /// The connection broke in the middle of the answer's body.
    BrokenBody,
}

impl TransportFailureKind {
    /// The kind in one word, for logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::BrokenBody => "broken_body",
        }
    }
}

/// There was no whole answer.
#[derive(Clone)]
pub struct TransportFailure {
    pub(crate) operation: &'static Operation,
    pub(crate) kind: TransportFailureKind,
    /// The call's own request.
    pub(crate) reached: bool,
    /// It happened in the login that the call needs.
    pub(crate) login: bool,
    pub(crate) attempts: u32,
    pub(crate) answer: Option<Box<Answer>>,
    pub(crate) source: Option<Arc<reqwest::Error>>,
}

impl TransportFailure {
    /// What happened.
    pub fn kind(&self) -> TransportFailureKind {
        self.kind
    }

    /// Whether the server may have received the request, and so may have acted on it. A login that the call needs is
    /// another request, which has no part in it.
    pub fn may_have_reached_server(&self) -> bool {
        self.reached
    }

    /// What arrived of the answer, if its head did.
    pub fn answer(&self) -> Option<&Answer> {
        self.answer.as_deref()
    }
}
