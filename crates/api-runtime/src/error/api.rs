use http::StatusCode;

use crate::operation::Operation;
use crate::retry::AttemptOutcome;
use crate::wire::Answer;

/// What a vendor's error body is read as.
pub trait ErrorBody: Sized {
    /// Reads a body. Every body can be read as something: a vendor's proxy answers with HTML, or with nothing.
    fn decode(body: &[u8]) -> Self;

    /// The id by which the vendor's support finds the call.
    fn trace_id(&self) -> Option<&str> {
        None
    }

    /// What the refusal means and what to do about it, where its status says too little. It is printed, so it is a text of
    /// this project's and never the vendor's.
    fn explanation(&self, status: StatusCode) -> Option<&'static str> {
        let _ = status;
        None
    }
}

/// The vendor said no.
pub struct ApiFailure<E> {
    pub(crate) operation: &'static Operation,
    pub(crate) attempts: u32,
    pub(crate) answer: Box<Answer>,
    pub(crate) unexplained: bool,
    pub(crate) body: E,
}

impl<E> ApiFailure<E> {
    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        self.answer.status
    }

    /// The vendor's reasons. Printing it shows the vendor's own text.
    pub fn body(&self) -> &E {
        &self.body
    }

    /// The answer as it came.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// Whether the vendor refuses what was asked for until a cool-down of its own is over. The account's rate limit has no
    /// part in it, and the call is never sent again by itself.
    pub fn is_cooldown(&self) -> bool {
        AttemptOutcome::of_response(self.operation, &self.answer) == AttemptOutcome::Cooldown
    }

    /// Whether the vendor refused the call for a rate limit that the count of this client does not reach: somebody else
    /// spends the same budget, or the vendor counts by address. `false` where nothing is counted, which is so without
    /// pacing and for an operation without a published limit.
    pub fn is_unexplained_rate_limit(&self) -> bool {
        self.unexplained
    }
}

impl<E: ErrorBody> ApiFailure<E> {
    /// The id by which the vendor's support finds the call: at most 128 letters, digits and `-_.:`; what has another form is
    /// none. It is printed and logged as the server wrote it, so a server that answers with the credential in its place has
    /// that printed.
    pub fn trace_id(&self) -> Option<&str> {
        self.body.trace_id().filter(|id| is_trace_id(id))
    }
}

/// A trace id is printed, so what does not look like one is not taken for one.
pub(crate) fn is_trace_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
}
