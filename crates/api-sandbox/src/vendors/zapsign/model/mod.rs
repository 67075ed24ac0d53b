//! Data of ZapSign, without its state.

mod account;
mod check;
pub(crate) mod deadline;
mod document;
mod due;
mod evidence;
pub(crate) mod file;
mod form_field;
pub(crate) mod session;
mod signer;
mod signer_action;
mod signer_error;
mod signing_form;
mod signing_link;
mod signing_page;
mod template;
mod template_form;
mod webhook;

pub(crate) use account::{Account, new_user, owner_user};
pub(crate) use check::Check;
pub(crate) use document::{Cooldown, Document, SigningOrder};
pub(crate) use due::Due;
pub(crate) use form_field::Control;
pub(crate) use session::Sessions;
pub(crate) use signer::{Signer, validate_cpfs};
pub(crate) use signer_action::SignerAction;
pub use signer_error::SignerError;
pub(crate) use signing_link::signing_path;
pub(crate) use signing_page::{SigningPage, check_reason};
pub(crate) use template::Template;
pub(crate) use template_form::TemplateForm;
pub(crate) use webhook::{Webhook, validate_headers};
