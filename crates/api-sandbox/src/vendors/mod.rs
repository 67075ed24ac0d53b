//! Vendors: state and handlers of each API.

mod dialog360;
mod examples;
mod field_checks;
mod form_entries;
mod overview;
mod seed;
mod vendor;
mod zapsign;

use crate::credentials::Credentials;
use crate::spec::Bundle;

pub use dialog360::ChannelError;
pub(crate) use dialog360::{
    Account, ClientView, Decision, Dialog360, Outcome, PermissionView, SignUpEntry, SignUpError, SignUpLink,
    SignUpView, SignedUp,
};
use examples::ExampleVendor;
pub(crate) use form_entries::FormEntries;
pub use seed::SeedError;
pub(crate) use seed::{SeedItem, SeedLoader};
pub(crate) use vendor::{HandlerContext, ValidRequest, Vendor};
pub use zapsign::SignerError;
pub(crate) use zapsign::{Control, FILES, SignerAction, SigningPage, TemplateForm, Zapsign, check_reason};

/// Creates the vendor of a bundle: a stateful one with the accounts of these credentials, or else one that answers with examples.
pub(crate) fn vendor(bundle: &'static Bundle, credentials: &Credentials) -> Box<dyn Vendor> {
    match bundle.name.as_str() {
        "dialog360" => Box::new(Dialog360::new(credentials)),
        "zapsign" => Box::new(Zapsign::new(credentials)),
        _ => Box::new(ExampleVendor::new(bundle)),
    }
}
