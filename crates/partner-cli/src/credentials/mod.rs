//! Accounts: credentials from the standard input, the environment or a profile, and the address that they are for.

mod account;
mod credential;
mod destination;
mod environment;
mod private_file;
mod profile_keys;
mod profile_reader;
mod profile_section;
mod profiles;
mod source;

pub(crate) use account::{Account, read_secret};
pub(crate) use credential::AccountCredential;
pub(crate) use destination::{Destination, is_this_machine};
pub(crate) use environment::{Environment, environments, find_environment};
pub(crate) use profile_keys::keys;
pub(crate) use profile_section::ProfileSection;
pub(crate) use profiles::{Profiles, profile_path};
pub(crate) use source::Source;
