//! Vendors: state and handlers of each API.

mod dialog360;
mod vendor;
mod zapsign;

pub(crate) use dialog360::Dialog360;
pub(crate) use vendor::{HandlerContext, ValidRequest, Vendor};
pub(crate) use zapsign::Zapsign;
