//! Error body that ignores its content, for tests that do not read it.

use api_runtime::ErrorBody;

/// Body of any error response.
#[derive(Debug)]
pub struct Refusal;

impl ErrorBody for Refusal {
    fn decode(_: &[u8]) -> Self {
        Self
    }
}
