//! What a vendor does with a request that has come through the door.

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;

use crate::behavior::Behaviors;
use crate::delivery_queue::Delivery;
use crate::ids::IdGenerator;
use crate::spec::{Bundle, Operation, Parameters, Rejection, Reply};

/// One of the two.
pub(crate) trait Vendor {
    /// Whose credential the request carries: an account. Not asked for operations that need none.
    fn authenticate(&self, headers: &HeaderMap, now: Timestamp) -> Result<String, Rejection>;

    /// Does what the operation does.
    fn handle(&mut self, request: &ValidRequest<'_>, context: &mut HandlerContext<'_>) -> Result<Reply, Rejection>;

    /// Says no, in the vendor's own words.
    fn error_response(
        &self,
        operation: Option<&Operation>,
        rejection: &Rejection,
        context: &mut HandlerContext<'_>,
    ) -> Reply;
}

/// A request that the bundle lets through.
pub(crate) struct ValidRequest<'r> {
    pub(crate) operation: &'r Operation,
    /// The account; empty for operations that need no credential.
    pub(crate) caller: &'r str,
    pub(crate) parameters: Parameters,
}

/// What a vendor works with.
pub(crate) struct HandlerContext<'c> {
    pub(crate) bundle: &'static Bundle,
    pub(crate) ids: &'c mut IdGenerator,
    pub(crate) now: Timestamp,
    /// Where the sandbox is.
    pub(crate) url: &'c str,
    pub(crate) behaviors: &'c Behaviors,
    /// Events to deliver.
    pub(crate) outbox: &'c mut Vec<Delivery>,
}

impl HandlerContext<'_> {
    /// The documented success of an operation, as it stands in the bundle.
    pub(crate) fn example(&self, operation: &Operation) -> Reply {
        operation.success().map_or_else(|| Reply::new(200, "", Bytes::new()), Reply::example)
    }

    /// The JSON of that success, to fill in.
    pub(crate) fn example_body(&self, operation: &str) -> Value {
        let response = self.bundle.operation(operation).and_then(Operation::success);
        response.map(|response| response.example.clone()).unwrap_or_default()
    }

    /// The example of an event's body, to fill in.
    pub(crate) fn event_body(&self, event: &str) -> Value {
        self.bundle.event_example(event).cloned().unwrap_or_default()
    }
}
