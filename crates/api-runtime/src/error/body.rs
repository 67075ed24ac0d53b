use std::borrow::Cow;

use http::StatusCode;

use crate::wire::printable;

/// Body of a vendor's error responses.
pub trait ErrorBody: Sized {
    /// Decodes a body. It can't fail: a proxy of the vendor may answer with HTML, or with an empty body.
    fn decode(body: &[u8]) -> Self;

    /// Returns the vendor's message.
    fn message(&self) -> Option<&str> {
        None
    }

    /// Returns everything that the vendor says of the cause: the message, and the errors by field where it tells them.
    fn reason(&self) -> Option<Cow<'_, str>> {
        self.message().map(Cow::Borrowed)
    }

    /// Returns the vendor's error code as text.
    fn code(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// Returns the id by which the vendor's support finds the call; `None` unless the body has one.
    fn trace_id(&self) -> Option<&str> {
        None
    }

    /// Returns the cause and the remedy, if the status alone does not tell them. The text is printed with the error, so
    /// it is written in this project and never taken from the body.
    fn explanation(&self, status: StatusCode) -> Option<&'static str> {
        let _ = status;
        None
    }
}

/// Maximum length of a vendor's text that is shown, in characters.
pub(super) const MAX_REASON_CHARS: usize = 1000;
const MAX_CODE_CHARS: usize = 100;

/// Returns the trace id in a response of any status; `None` for text that is not of the form of one.
pub(crate) fn trace_id_in<E: ErrorBody>(body: &[u8]) -> Option<String> {
    printed_trace_id(&E::decode(body)).map(ToOwned::to_owned)
}

/// Returns the trace id of a body. Trace ids are printed, so no text of another form may pass for one.
pub(super) fn printed_trace_id<E: ErrorBody>(body: &E) -> Option<&str> {
    let is_trace_id = |text: &&str| {
        (1..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
    };
    body.trace_id().filter(is_trace_id)
}

/// Returns the reason as it may be shown.
pub(super) fn printed_reason<E: ErrorBody>(body: &E) -> Option<String> {
    printable(&body.reason()?, MAX_REASON_CHARS)
}

/// Returns the code as it may be shown.
pub(super) fn printed_code<E: ErrorBody>(body: &E) -> Option<String> {
    printable(&body.code()?, MAX_CODE_CHARS)
}

/// Text that the vendor sent with a success which can't be used.
#[derive(Clone, Default)]
pub(crate) struct VendorText {
    pub(super) trace_id: Option<String>,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
}

impl VendorText {
    /// Reads the text out of the body of a success. Code and message count only at their own places in a JSON object,
    /// and only if `explains`: anything else in such a body is data.
    pub(crate) fn of_success<E: ErrorBody>(body: &[u8], explains: bool) -> Self {
        let explains = explains && body.trim_ascii_start().starts_with(b"{");
        let body = E::decode(body);
        let message = || printable(body.message()?, MAX_REASON_CHARS);
        Self {
            trace_id: printed_trace_id(&body).map(ToOwned::to_owned),
            code: explains.then(|| printed_code(&body)).flatten(),
            message: explains.then(message).flatten(),
        }
    }
}
