//! Interface between the dispatcher and a vendor.

use std::any::Any;

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::behavior::Behaviors;
use crate::delivery::{Delivery, DeliveryRule};
use crate::ids::IdGenerator;
use crate::spec::{Bundle, Event, Operation, Parameters, Rejection, Reply};
use crate::trigger::{Trigger, TriggerError};
use crate::vendors::seed::{SeedError, SeedItem, SeedLoader};

/// Vendor behind one API.
pub(crate) trait Vendor: Any + Send + Sync {
    /// Returns the account that the credential belongs to. Not called for operations that need no credential.
    fn authenticate(&self, headers: &HeaderMap, now: Timestamp) -> Result<String, Rejection>;

    /// Executes the operation.
    fn handle(&mut self, request: &ValidRequest<'_>, context: &mut HandlerContext<'_>) -> Result<Reply, Rejection>;

    /// Renders a rejection in the vendor's own format.
    fn error_response(
        &self,
        operation: Option<&Operation>,
        rejection: &Rejection,
        context: &mut HandlerContext<'_>,
    ) -> Reply;

    /// Returns the body of an event on demand: its example, into which the resources that the trigger names are merged.
    fn event_body(
        &self,
        event: &Event,
        trigger: &Trigger,
        context: &mut HandlerContext<'_>,
    ) -> Result<Value, TriggerError>;

    /// Returns the deliveries of an event on demand to the webhooks that subscribe to it, or to the URL of the trigger.
    fn event_deliveries(&self, trigger: &Trigger, body: &Value) -> Result<Vec<Delivery>, TriggerError>;

    /// Returns what the vendor has, for a page: of each kind the number, and the latest without keys, passwords and tokens of
    /// accounts.
    fn overview(&self) -> Value {
        json!({})
    }

    /// Returns the rule for its deliveries.
    fn delivery_rule(&self) -> &'static DeliveryRule {
        &DeliveryRule::ONCE
    }

    /// Returns the time at which something is due next by itself, such as the deadline of a document.
    fn next_due(&self) -> Option<Timestamp> {
        None
    }

    /// Does what is due by the time of the context, if the state has not changed so that nothing is to be done. It is not due
    /// any more afterwards.
    fn run_due(&mut self, _context: &mut HandlerContext<'_>) {}

    /// Loads the vendor's part of a seed.
    ///
    /// # Errors
    ///
    /// Returns the error of the first item that cannot be loaded.
    fn load(&mut self, part: &SeedItem<'_>, loader: &mut SeedLoader<'_, '_>) -> Result<(), SeedError>;

    /// Copies the vendor with its state.
    fn clone_boxed(&self) -> Box<dyn Vendor>;
}

impl Clone for Box<dyn Vendor> {
    fn clone(&self) -> Self {
        // Of the vendor, not of the box.
        self.as_ref().clone_boxed()
    }
}

/// Request that is authenticated, within its rate limits, and valid by the bundle.
pub(crate) struct ValidRequest<'r> {
    pub(crate) operation: &'r Operation,
    /// Account that the credential belongs to; empty for operations that need no credential.
    pub(crate) caller: &'r str,
    pub(crate) parameters: Parameters,
}

/// Context passed to each handler: the bundle, the id generator, the current time, the behaviors that are on, and the outbox
/// of webhook events, delivered after the handler returns.
pub(crate) struct HandlerContext<'c> {
    pub(crate) bundle: &'static Bundle,
    pub(crate) ids: &'c mut IdGenerator,
    pub(crate) now: Timestamp,
    /// Base URL of the sandbox.
    pub(crate) url: &'c str,
    pub(crate) behaviors: &'c Behaviors,
    /// Deliveries to queue after the handler.
    pub(crate) outbox: &'c mut Vec<Delivery>,
}

impl HandlerContext<'_> {
    /// Returns the documented success of an operation; an empty 200 if there is none.
    pub(crate) fn example(&self, operation: &Operation) -> Reply {
        operation.success().map_or_else(|| Reply::new(200, "", Bytes::new()), Reply::example)
    }

    /// Returns the JSON example of that success, for the handler to fill in.
    pub(crate) fn example_body(&self, operation: &str) -> Value {
        let response = self.bundle.operation(operation).and_then(Operation::success);
        response.map(|response| response.example.clone()).unwrap_or_default()
    }

    /// Returns the example of an event's body, for the handler to fill in.
    pub(crate) fn event_body(&self, event: &str) -> Value {
        self.bundle.event(event).map(|event| event.example.clone()).unwrap_or_default()
    }
}
