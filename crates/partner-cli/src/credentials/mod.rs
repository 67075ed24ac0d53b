//! Accounts: credentials from the environment, the standard input or a profile.

mod account;

pub(crate) use account::{Account, AccountCredential};
