#[cfg(feature = "test-util")]
use crate::testing::ReplayTransport;

/// Sender of HTTP requests.
#[derive(Clone)]
pub(crate) enum Transport {
    /// HTTP client.
    Http(reqwest::Client),
    /// Replies of a test.
    #[cfg(feature = "test-util")]
    Replay(ReplayTransport),
}
