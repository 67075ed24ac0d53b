//! OpenAPI bundles of `specs/`: operations, validation of requests, and documented responses.

mod bundle;
mod generated;
mod operation;
mod rejection;
mod reply;
mod validate;

pub(crate) use bundle::{Bundle, RouteMatch};
pub(crate) use operation::{DocumentedResponse, Operation, ParameterLocation, RateLimitRule, RateLimitScope};
pub(crate) use rejection::{Rejection, Violation};
pub(crate) use reply::Reply;
pub(crate) use validate::{Parameters, validate};
