//! An error body of which nothing is read, for tests that are about no error's text.

use api_runtime::ErrorBody;

/// The body of any error.
#[derive(Debug)]
pub struct Refusal;

impl ErrorBody for Refusal {
    fn decode(_: &[u8]) -> Self {
        Self
    }
}
