//! Hosted sign-up: a client registers, connects numbers, and permits the partner to act for them.

mod decision;
mod error;
mod link;
mod redirect;
mod view;
mod visit;

pub(crate) use decision::{Decision, Outcome};
pub(crate) use error::SignUpError;
pub(crate) use link::SignUpLink;
pub(crate) use view::{ClientView, PermissionView, SignUpView};
pub(crate) use visit::{Account, SignUpEntry, SignedUp};
