//! Refusals of requests for files.

use jiff::Timestamp;

use crate::clock::format_seconds;
use crate::spec::Reply;

/// Refusal of a request for a file, in the words of S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request has an `Authorization` header, with or without the signature of a link.
    TwoAuthMechanisms,
    /// The query has no signature.
    NotSigned,
    UnknownAccessKey,
    Expired {
        expires: Timestamp,
        now: Timestamp,
    },
    /// Method, path or time are not those that were signed.
    SignatureDoesNotMatch,
    NoSuchKey,
    /// No byte of the requested range is in the file.
    UnsatisfiableRange {
        length: usize,
    },
}

impl Refusal {
    /// Returns the response, with a body in XML.
    pub(crate) fn reply(self) -> Reply {
        let (status, code, message) = match self {
            Self::TwoAuthMechanisms => (
                400,
                "InvalidArgument",
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
                 parameter or the Authorization header should be specified",
            ),
            Self::NotSigned => (403, "AccessDenied", "Access Denied"),
            Self::UnknownAccessKey => {
                (403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
            }
            Self::Expired { .. } => (403, "AccessDenied", "Request has expired"),
            Self::SignatureDoesNotMatch => (
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and \
                 signing method.",
            ),
            Self::NoSuchKey => (404, "NoSuchKey", "The specified key does not exist."),
            Self::UnsatisfiableRange { .. } => (416, "InvalidRange", "The requested range is not satisfiable"),
        };
        let detail = match self {
            Self::Expired { expires, now } => {
                let (expires, now) = (format_seconds(expires), format_seconds(now));
                format!("<Expires>{expires}</Expires><ServerTime>{now}</ServerTime>")
            }
            _ => String::new(),
        };
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>{detail}</Error>"
        );
        let reply = Reply::new(status, "application/xml", body);
        match self {
            Self::UnsatisfiableRange { length } => reply.header("content-range", format!("bytes */{length}")),
            _ => reply,
        }
    }
}
