//! What there is: data without a request.

mod account;
mod check;
mod document;
pub(crate) mod file;
pub(crate) mod session;
mod signer;
mod template;
mod webhook;

pub(crate) use account::{Account, owner, user};
pub(crate) use check::Check;
pub(crate) use document::{CoolDown, Document, Order};
pub(crate) use session::Logins;
pub(crate) use signer::{Signer, check_cpfs};
pub(crate) use template::Template;
pub(crate) use webhook::{Webhook, validate_headers};
