//! Vendors: state and handlers of each API.

mod dialog360;
mod vendor;
mod zapsign;

use crate::credentials::Credentials;
use crate::spec::Bundle;

pub(crate) use dialog360::Dialog360;
pub(crate) use vendor::{HandlerContext, ValidRequest, Vendor};
pub(crate) use zapsign::Zapsign;

/// Creates the vendor of a bundle, with the accounts of these credentials.
pub(crate) fn vendor(bundle: &Bundle, credentials: &Credentials) -> Box<dyn Vendor> {
    match bundle.name.as_str() {
        "dialog360" => Box::new(Dialog360::new(credentials)),
        "zapsign" => Box::new(Zapsign::new(credentials)),
        other => panic!("no vendor of {other}"),
    }
}
