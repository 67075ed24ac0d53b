//! Vendor of any API, without state.

use api_bundle::{CredentialHeader, array_index, unescape_token};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::vendor::{HandlerContext, ValidRequest, Vendor};
use crate::delivery::Delivery;
use crate::spec::{Bundle, Event, Operation, Rejection, Reply};
use crate::trigger::{Trigger, TriggerError};
use crate::vendors::seed::{SeedError, SeedItem, SeedLoader};

#[cfg(test)]
mod tests;

/// Vendor that accepts any credential and answers with the examples of its bundle.
#[derive(Clone)]
pub(crate) struct ExampleVendor {
    bundle: &'static Bundle,
}

impl ExampleVendor {
    /// Creates the vendor of a bundle.
    pub(crate) fn new(bundle: &'static Bundle) -> Self {
        Self { bundle }
    }
}

impl Vendor for ExampleVendor {
    /// Returns the credential itself, so that each has limits of its own.
    fn authenticate(&self, headers: &HeaderMap, _now: Timestamp) -> Result<String, Rejection> {
        let mut credentials =
            self.bundle.credential_headers().into_iter().filter_map(|CredentialHeader { name, prefix, .. }| {
                let credential = headers.get(name)?.to_str().ok()?.strip_prefix(prefix)?;
                (!credential.trim().is_empty()).then(|| credential.to_owned())
            });
        credentials.next().ok_or(Rejection::Unauthorized)
    }

    fn handle(&mut self, request: &ValidRequest<'_>, context: &mut HandlerContext<'_>) -> Result<Reply, Rejection> {
        Ok(context.example(request.operation))
    }

    fn error_response(
        &self,
        operation: Option<&Operation>,
        rejection: &Rejection,
        _context: &mut HandlerContext<'_>,
    ) -> Reply {
        let (status, message) = (rejection.status(), message(rejection));
        let pointers = self.bundle.error_message_pointers();
        let Some(first) = pointers.first() else { return Reply::text(status, &message) };
        let documented = operation.and_then(|operation| operation.response(status));
        let mut body = documented.map(|response| response.example.clone()).unwrap_or_default();
        let place = pointers.iter().find(|pointer| body.pointer(pointer).is_some_and(Value::is_string));
        match place.and_then(|pointer| body.pointer_mut(pointer)) {
            Some(place) => *place = message.into(),
            None => body = value_at(first, message.into()),
        }
        Reply::json(status, &body)
    }

    fn event_body(
        &self,
        event: &Event,
        trigger: &Trigger,
        _context: &mut HandlerContext<'_>,
    ) -> Result<Value, TriggerError> {
        trigger.require_only(&[])?;
        Ok(event.example.clone())
    }

    fn event_deliveries(&self, trigger: &Trigger, body: &Value) -> Result<Vec<Delivery>, TriggerError> {
        let delivery = |url: &String| vec![Delivery::new(&trigger.event, url, Vec::new(), body)];
        trigger.url.as_ref().map(delivery).ok_or_else(|| {
            let remedy = "the sandbox keeps no webhooks of this API".to_owned();
            TriggerError::NobodySubscribes { event: trigger.event.clone(), remedy }
        })
    }

    fn load(&mut self, part: &SeedItem<'_>, _loader: &mut SeedLoader<'_, '_>) -> Result<(), SeedError> {
        Err(SeedError::at(&part.pointer, "the sandbox keeps no state of this API"))
    }

    fn clone_boxed(&self) -> Box<dyn Vendor> {
        Box::new(self.clone())
    }
}

/// Returns the reason of a rejection; the name of its status if it has no other.
fn message(rejection: &Rejection) -> String {
    match rejection {
        Rejection::Invalid(violations) => violations.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        Rejection::PaymentRequired(reason) | Rejection::Forbidden(reason) | Rejection::BusinessRule(reason) => {
            reason.clone()
        }
        _ => {
            let status = StatusCode::from_u16(rejection.status()).ok();
            status.and_then(|status| status.canonical_reason()).unwrap_or_default().to_owned()
        }
    }
}

/// Returns the JSON that has only this value, at a JSON pointer.
fn value_at(pointer: &str, value: Value) -> Value {
    pointer.rsplit('/').filter(|token| !token.is_empty()).fold(value, |inner, token| match array_index(token) {
        Some(_) => json!([inner]),
        None => json!({unescape_token(token): inner}),
    })
}
