//! Authentication: static headers and cached access tokens.

mod credential;
mod token_cache;

pub use credential::{Credential, CredentialHeader, InvalidCredential};
pub use token_cache::{Token, TokenKeeper, TokenSource};
