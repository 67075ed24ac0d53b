use std::time::Duration;

use crate::operation::{Operation, ResponsePattern};
use crate::request::Call;
use crate::types::Secret;

/// How a vendor gives out tokens.
pub trait TokenSource: Send + Sync + 'static {
    /// Builds the request that gets a token: by the refresh token that the last one came with, or by logging in. `begin`
    /// starts a request of an operation at the client's address.
    fn call(&self, begin: &dyn Fn(&'static Operation) -> Call, refresh: Option<&Secret>) -> Call;

    /// Reads the answer; `None` if it holds no token.
    fn read(&self, body: &[u8]) -> Option<Token>;

    /// The answers by which the server refuses a token, so that another one may help.
    fn rejections(&self) -> &'static [ResponsePattern];
}

/// An access token.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token.
    pub access: Secret,
    /// What another one can be got with.
    pub refresh: Option<Secret>,
    /// How long it is valid.
    pub lifetime: Option<Duration>,
}
