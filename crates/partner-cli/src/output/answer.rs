//! Answer of a call.

use bytes::Bytes;
use serde_json::Value;

/// Success of a call, with its body as it came.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) body: Bytes,
}

impl Answer {
    /// Returns the body as JSON; `None` if it is none.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}
