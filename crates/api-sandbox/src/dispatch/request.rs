//! Requests to the vendors, each taken through its stages.
//!
//! 1. record it, and pick a fault;
//! 2. delay it, or end it with a fault of the stage `BeforeHandler`;
//! 3. authenticate, check the rate limit, validate against the bundle, and call the vendor's handler;
//! 4. alter or replace the reply by a fault of the stage `AfterHandler`.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::response::Response;
use bytes::Bytes;
use http::{Method, Request};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::dispatcher::Dispatcher;
use crate::faults::{Fault, InjectableCall};
use crate::ids::seeded_hash;
use crate::mutex::lock;
use crate::rate_limiter::RateLimiter;
use crate::request_journal::RecordedRequest;
use crate::spec::{self, Bundle, Operation, Rejection, Reply, RouteMatch};
use crate::vendors::{FILES, HandlerContext, ValidRequest, Vendor, Zapsign};

/// Largest request body that is read; a larger one is answered with 413.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// API that the files belong to.
const FILES_OF: &str = "zapsign";

/// HTTP request with its whole body.
struct IncomingRequest {
    /// Index of the API that the path belongs to.
    api: Option<usize>,
    route: RouteMatch<'static>,
    head: http::request::Parts,
    body: Bytes,
}

/// Request that has no response yet. It is dropped with its number if the client closes the connection.
struct Unanswered<'d> {
    dispatcher: &'d Dispatcher,
    number: Option<u64>,
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            lock(&self.dispatcher.journal).record_cancelled(number);
        }
    }
}

impl Dispatcher {
    /// Handles a request. Returns `None` if a fault resets the connection.
    pub(crate) async fn handle(&self, request: Request<Body>) -> Option<Response> {
        let (head, body) = request.into_parts();
        let api = Bundle::index_of_path(&self.bundles, head.uri.path());
        let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
            return Some(Reply::text(413, "the sandbox takes no body of more than 64 MiB").into());
        };
        let route = |api: usize| self.bundles[api].route(&head.method, head.uri.path());
        let request = IncomingRequest { api, route: api.map_or(RouteMatch::NotFound, route), head, body };
        let (number, fault) = self.record_request(&request);
        let mut unanswered = Unanswered { dispatcher: self, number: Some(number) };
        if let Some(Fault::Delay { milliseconds }) = &fault {
            tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
        }
        let handled = if fault.as_ref().is_none_or(Fault::reaches_handler) {
            let reply = self.dispatch(request).await;
            let faulted = fault.as_ref().is_some_and(Fault::changes_response);
            lock(&self.journal).record_answer(number, &reply, faulted);
            Some(reply)
        } else {
            None
        };
        unanswered.number = None;
        match fault {
            Some(fault) => fault.response(handled),
            None => handled.map(Response::from),
        }
    }

    /// Records the request in the journal and picks its fault. Returns its number and the fault.
    fn record_request(&self, request: &IncomingRequest) -> (u64, Option<Fault>) {
        let IncomingRequest { api, route, head, body } = request;
        let operation = match route {
            RouteMatch::Operation(operation, _) => Some(operation.id.clone()),
            _ => None,
        };
        let is_file = head.uri.path().starts_with(FILES);
        let fault = match &operation {
            Some(operation) => self.pick_fault(request, operation),
            // No operation has this name, so only the rules for all operations are met.
            None if is_file => self.pick_fault(request, ""),
            None => None,
        };
        let recorded = RecordedRequest {
            number: 0,
            time: self.clock.now().into(),
            vendor: match api {
                Some(api) => Some(&self.bundles[*api].name),
                None => is_file.then_some(FILES_OF),
            },
            operation,
            method: head.method.clone(),
            uri: head.uri.clone(),
            headers: head.headers.clone(),
            body: body.clone(),
            fault: fault.clone(),
            served: false,
            status: None,
            answer: None,
            cancelled: false,
        };
        (lock(&self.journal).record(recorded), fault)
    }

    /// Picks the fault of a request for an operation or a file, if a rule applies.
    fn pick_fault(&self, request: &IncomingRequest, operation: &str) -> Option<Fault> {
        let IncomingRequest { api, head, body, .. } = request;
        let account = if lock(&self.fault_injector).needs_account() {
            api.and_then(|api| {
                self.with_api(api, |vendor, _, context| vendor.authenticate(&head.headers, context.now).ok())
            })
        } else {
            None
        };
        let uri = head.uri.to_string();
        // The link to a file, and the folders in its path, tell the time, so that its name alone is the same in another run.
        let resource = if api.is_none() { head.uri.path().rsplit('/').next().unwrap_or_default() } else { &uri };
        // A repeated request has the same hash, so that the injector can count its attempts.
        let hash = seeded_hash(0, (head.method.as_str(), resource, body.as_ref()));
        let path = percent_decode_str(&uri).decode_utf8_lossy();
        let call = InjectableCall { operation, path: &path, account: account.as_deref(), hash };
        let fault = lock(&self.fault_injector).pick(call);
        if fault.is_some() {
            self.revisions.next();
        }
        fault
    }

    /// Calls the operation of the request, or reads the file.
    async fn dispatch(&self, request: IncomingRequest) -> Reply {
        let Some(api) = request.api else {
            return self.read_file(request.head).await;
        };
        let reply = self.with_api(api, |vendor, limiter, context| match &request.route {
            RouteMatch::NotFound => vendor.error_response(None, &Rejection::NotFound, context),
            RouteMatch::MethodNotAllowed(methods) => {
                let methods: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
                let reply = vendor.error_response(None, &Rejection::MethodNotAllowed, context);
                reply.header("allow", methods.join(", "))
            }
            RouteMatch::Operation(operation, path) => {
                self.run_operation(&request, operation, path, vendor, limiter, context)
            }
        });
        if request.head.method != Method::GET {
            self.revisions.record_state();
        }
        reply
    }

    /// Reads a file of ZapSign. While the file is made, which may take long, the state is not locked, and the runtime goes on.
    async fn read_file(&self, head: http::request::Parts) -> Reply {
        let is_file = head.uri.path().starts_with(FILES);
        let found = is_file.then(|| self.with_vendor(|zapsign: &mut Zapsign, context| zapsign.file(&head, context)));
        match found.flatten() {
            Some(Ok(file)) => tokio::task::spawn_blocking(move || file.reply(&head.headers))
                .await
                .unwrap_or_else(|_| Reply::text(500, "the file cannot be made")),
            Some(Err(refusal)) => refusal.reply(),
            None => Reply::text(404, "no API of the sandbox has this path"),
        }
    }

    /// Authenticates, checks the rate limit, validates and handles a request for one operation.
    fn run_operation(
        &self,
        request: &IncomingRequest,
        operation: &Operation,
        path: &[(String, String)],
        vendor: &mut dyn Vendor,
        limiter: &mut RateLimiter,
        context: &mut HandlerContext<'_>,
    ) -> Reply {
        let IncomingRequest { head, body, .. } = request;
        let caller = match operation.authenticated.then(|| vendor.authenticate(&head.headers, context.now)) {
            None => String::new(),
            Some(Ok(caller)) => caller,
            Some(Err(rejection)) => return vendor.error_response(Some(operation), &rejection, context),
        };
        let quota = if limiter.is_enforcing() {
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            limiter.check(operation, &caller, path, &body, self.started + self.clock.elapsed())
        } else {
            None
        };
        let reply = if quota.as_ref().is_some_and(|quota| quota.exceeded) {
            vendor.error_response(Some(operation), &Rejection::TooManyRequests, context)
        } else {
            let query = head.uri.query().unwrap_or_default();
            spec::validate(operation, path, query, &head.headers, body)
                .and_then(|parameters| vendor.handle(&ValidRequest { operation, caller: &caller, parameters }, context))
                .unwrap_or_else(|rejection| vendor.error_response(Some(operation), &rejection, context))
        };
        match quota {
            Some(quota) => quota.write_headers(reply),
            None => reply,
        }
    }
}
