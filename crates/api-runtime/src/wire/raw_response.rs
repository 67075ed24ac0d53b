use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::json_pointer::body_value;
use crate::operation::ResponsePattern;

/// Raw response: status, headers and body as the server sent them. `Debug` shows the status and the length of the body.
#[derive(Clone)]
pub struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) complete: bool,
}

impl RawResponse {
    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the body, or the part of it that was received.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns `true` if [`RawResponse::body`] is the whole body. It is `false` if the connection failed in the body or the
    /// body is larger than the client accepts.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    pub(crate) fn matches(&self, pattern: &ResponsePattern) -> bool {
        if self.status != pattern.status {
            return false;
        }
        let Some(pointer) = pattern.pointer else { return true };
        let found = body_value(&self.body, pointer).unwrap_or_default();
        found.is_some_and(|text| pattern.value.is_none_or(|value| text == value))
    }
}

impl fmt::Debug for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawResponse")
            .field("status", &self.status.as_u16())
            .field("body_bytes", &self.body.len())
            .field("complete", &self.complete)
            .finish_non_exhaustive()
    }
}
