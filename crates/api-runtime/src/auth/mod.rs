//! Authentication: static headers and cached access tokens.

mod credential;
mod header_value;
mod token_cache;
mod token_provider;

pub use credential::{Credential, CredentialHeader};
pub use header_value::InvalidCredential;
pub use token_cache::TokenCache;
pub(crate) use token_cache::TokenFetch;
pub use token_provider::{AccessToken, TokenProvider};
