//! Handlers of the operations, by resource.

mod accounts;
mod checks;
mod documents;
mod envelopes;
mod files;
mod plans;
mod schedule;
mod sessions;
mod signer_actions;
mod signers;
mod signing_pages;
mod templates;
mod triggered_event;
mod users;
mod webhooks;

pub(crate) use files::validate_pdf_signature;
