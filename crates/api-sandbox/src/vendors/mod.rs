//! The vendors: what each does with a request that fits its bundle.

mod dialog360;
mod vendor;
mod zapsign;

pub(crate) use dialog360::Dialog360;
pub(crate) use vendor::{HandlerContext, ValidRequest, Vendor};
pub(crate) use zapsign::Zapsign;
