use std::time::Duration;

use crate::operation::{Operation, ResponsePattern};
use crate::request::RequestBuilder;
use crate::types::Secret;

/// Vendor's part of a login: the requests that fetch access tokens, and the reading of their responses.
pub trait TokenProvider: Send + Sync + 'static {
    /// Builds the request that fetches a token: with the refresh token if there is one, with a login otherwise. `begin`
    /// starts a request of an operation at the client's base URL.
    fn token_request(
        &self,
        begin: &dyn Fn(&'static Operation) -> RequestBuilder,
        refresh: Option<&Secret>,
    ) -> RequestBuilder;

    /// Parses the body of a 2xx response; `None` if it holds no token.
    fn parse_token(&self, body: &[u8]) -> Option<AccessToken>;

    /// Returns the patterns of the responses by which the server rejects a token. The call is then sent once more, with
    /// a new token.
    fn rejections(&self) -> &'static [ResponsePattern];
}

/// Access token with what is known of its renewal (RFC 6749, section 5.1).
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// Value that is sent as `Authorization: Bearer ...`.
    pub token: Secret,
    /// Refresh token, for fetching the next token without a login. `None` if the response has none: the refresh token
    /// of the token before is used again.
    pub refresh_token: Option<Secret>,
    /// Time until the token expires, counted from its arrival. `None` if it is unknown: the token is used until the
    /// server rejects it.
    pub expires_in: Option<Duration>,
}
