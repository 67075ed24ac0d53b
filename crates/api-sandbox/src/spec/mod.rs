//! What the bundles in `specs/` say of requests and answers, and what becomes of a request that is not so.

mod bundle;
mod operation;
mod rejection;
mod reply;
mod validate;

pub(crate) use bundle::{Bundle, Found};
pub(crate) use operation::{Answer, Limit, Operation, Place, Scope};
pub(crate) use rejection::{Refusal, Violation};
pub(crate) use reply::Reply;
pub(crate) use validate::{Input, read};
