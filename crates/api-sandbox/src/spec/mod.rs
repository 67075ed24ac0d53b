//! OpenAPI bundles of `specs/`: operations, validation of requests, and documented responses.

mod bundle;
mod event;
mod generated;
mod operation;
mod override_error;
pub(crate) mod pointer;
mod rejection;
mod reply;
mod secrets;
mod validate;

pub(crate) use bundle::{Bundle, RouteMatch};
pub(crate) use event::Event;
pub(crate) use operation::{DocumentedResponse, Operation, ParameterLocation, RateLimitRule, RateLimitScope};
pub(crate) use override_error::OverrideError;
pub(crate) use rejection::{Rejection, Violation};
pub(crate) use reply::Reply;
pub(crate) use validate::{Parameters, validate};
