//! The way of a request: written down, faults before, credential, limits, bundle, vendor, faults after.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::response::Response;
use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use serde_json::Value;

use crate::api::Api;
use crate::behavior::Behaviors;
use crate::clock::Clock;
use crate::credentials::Credentials;
use crate::delivery_queue::{Delivery, DeliveryQueue};
use crate::faults::{Fault, FaultInjector};
use crate::ids::{IdGenerator, seeded_hash};
use crate::mutex::lock;
use crate::rate_limiter::RateLimiter;
use crate::request_journal::{RecordedRequest, RequestJournal};
use crate::spec::{self, Bundle, Operation, Rejection, Reply, RouteMatch};
use crate::vendors::{Dialog360, HandlerContext, ValidRequest, Vendor, Zapsign};

/// Largest body that is read.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

pub(crate) struct Dispatcher {
    /// Whether published limits are enforced.
    enforce_limits: bool,
    deliveries: DeliveryQueue,
    pub(crate) journal: Mutex<RequestJournal>,
    pub(crate) fault_injector: Mutex<FaultInjector>,
    pub(crate) behaviors: Mutex<Behaviors>,
    clock: Clock,
    /// When the clock started, for limits.
    started: Instant,
    state: Mutex<ServerState>,
    weak_self: Weak<Self>,
    url: String,
}

struct ServerState {
    ids: IdGenerator,
    dialog360: Dialog360,
    zapsign: Zapsign,
    dialog360_limiter: RateLimiter,
    zapsign_limiter: RateLimiter,
    /// Events that are delivered from a time on.
    scheduled: Vec<(Timestamp, Delivery)>,
}

/// A request, read to its end.
struct IncomingRequest {
    api: Option<Api>,
    head: http::request::Parts,
    body: Bytes,
}

impl Dispatcher {
    pub(crate) fn new(
        url: &str,
        seed: u64,
        enforce_limits: bool,
        deliver_anywhere: bool,
        credentials: &Credentials,
    ) -> Arc<Self> {
        Arc::new_cyclic(|weak_self| Self {
            weak_self: Weak::clone(weak_self),
            url: url.to_owned(),
            behaviors: Mutex::default(),
            clock: Clock::start(),
            started: Instant::now(),
            enforce_limits,
            deliveries: DeliveryQueue::start(deliver_anywhere),
            journal: Mutex::default(),
            fault_injector: Mutex::new(FaultInjector::new(seed)),
            state: Mutex::new(ServerState {
                ids: IdGenerator::new(seed),
                dialog360: Dialog360::new(credentials),
                zapsign: Zapsign::new(credentials),
                dialog360_limiter: RateLimiter::default(),
                zapsign_limiter: RateLimiter::default(),
                scheduled: Vec::new(),
            }),
        })
    }

    /// Answers a request, or has its connection reset.
    pub(crate) async fn handle(&self, request: Request<Body>) -> Option<Response> {
        let (head, body) = request.into_parts();
        let api = Api::of_path(head.uri.path());
        let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
            return Some(Reply::text(413, "the sandbox takes no body of more than 64 MiB").into());
        };
        let request = IncomingRequest { api, head, body };
        let (number, fault) = self.record_request(&request);
        if let Some(Fault::Delay { milliseconds }) = &fault {
            tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
        }
        let handled = fault.as_ref().is_none_or(Fault::reaches_handler).then(|| self.dispatch(&request));
        if let Some(reply) = &handled {
            lock(&self.journal).record_response(number, reply.status.as_u16());
        }
        match fault {
            Some(fault) => fault.response(handled),
            None => handled.map(Response::from),
        }
    }

    fn record_request(&self, request: &IncomingRequest) -> (u64, Option<Fault>) {
        let operation = match request.route() {
            RouteMatch::Operation(operation, _) => Some(operation.id.clone()),
            _ => None,
        };
        let IncomingRequest { head, body, .. } = request;
        let call = seeded_hash(0, (head.method.as_str(), head.uri.to_string(), body.as_ref()));
        let fault = operation.as_deref().and_then(|operation| lock(&self.fault_injector).pick(operation, call));
        let recorded = RecordedRequest {
            number: 0,
            operation,
            method: head.method.clone(),
            uri: head.uri.clone(),
            headers: head.headers.clone(),
            body: body.clone(),
            fault: fault.clone(),
            served: false,
            status: None,
        };
        (lock(&self.journal).record(recorded), fault)
    }

    fn dispatch(&self, request: &IncomingRequest) -> Reply {
        let Some(api) = request.api else {
            return Reply::text(404, "the sandbox serves /api/v1/ for ZapSign and /api/v2/ for 360dialog");
        };
        self.deliver_due();
        let mut outbox = Vec::new();
        let behaviors = lock(&self.behaviors).clone();
        let mut state = lock(&self.state);
        let ServerState { ids, dialog360, zapsign, dialog360_limiter, zapsign_limiter, .. } = &mut *state;
        let (vendor, limiter): (&mut dyn Vendor, _) = match api {
            Api::Dialog360 => (dialog360, dialog360_limiter),
            Api::Zapsign => (zapsign, zapsign_limiter),
        };
        let now = self.clock.now();
        let mut context = HandlerContext {
            bundle: Bundle::of(api),
            ids,
            now,
            url: &self.url,
            behaviors: &behaviors,
            outbox: &mut outbox,
        };
        let reply = match request.route() {
            RouteMatch::NotFound => vendor.error_response(None, &Rejection::NotFound, &mut context),
            RouteMatch::MethodNotAllowed(methods) => {
                let methods: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
                let reply = vendor.error_response(None, &Rejection::MethodNotAllowed, &mut context);
                reply.header("allow", methods.join(", "))
            }
            RouteMatch::Operation(operation, path) => {
                self.run_operation(request, operation, &path, vendor, limiter, &mut context)
            }
        };
        drop(state);
        self.deliver(outbox);
        reply
    }

    /// Delivers events, each when it is time.
    fn deliver(&self, outbox: Vec<Delivery>) {
        for delivery in outbox {
            let delay = delivery.delay;
            if delay.is_zero() {
                self.deliveries.push(delivery);
                continue;
            }
            let due = self.clock.now().saturating_add(delay).unwrap_or(Timestamp::MAX);
            lock(&self.state).scheduled.push((due, delivery));
            let dispatcher = Weak::clone(&self.weak_self);
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                if let Some(dispatcher) = dispatcher.upgrade() {
                    dispatcher.deliver_due();
                }
            });
        }
    }

    /// Delivers the events whose time has come.
    fn deliver_due(&self) {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let (mut due, scheduled) =
            std::mem::take(&mut state.scheduled).into_iter().partition::<Vec<_>, _>(|(at, _)| *at <= now);
        state.scheduled = scheduled;
        drop(state);
        due.sort_by_key(|(at, _)| *at);
        due.into_iter().for_each(|(_, delivery)| self.deliveries.push(delivery));
    }

    /// The time that the sandbox goes by.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the time ahead, and delivers what is due by then.
    pub(crate) fn advance(&self, by: Duration) -> Timestamp {
        self.clock.advance(by);
        self.deliver_due();
        self.clock.now()
    }

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
        let quota = if self.enforce_limits {
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            limiter.check(operation, &caller, path, &body, self.started + self.clock.since_start())
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

    /// What a person does by hand at the vendor's: signing a document.
    pub(crate) fn sign(&self, signer_token: &str) -> Option<Value> {
        self.with_vendors(Api::Zapsign, |_, zapsign, context| zapsign.sign(signer_token, context))
    }

    /// What Meta's review does to a number of 360dialog's.
    pub(crate) fn set_channel_status(&self, channel_id: &str, status: &str) -> bool {
        self.with_vendors(Api::Dialog360, |dialog360, _, context| {
            dialog360.set_channel_status(channel_id, status, context)
        })
    }

    fn with_vendors<T>(
        &self,
        api: Api,
        act: impl FnOnce(&mut Dialog360, &mut Zapsign, &mut HandlerContext<'_>) -> T,
    ) -> T {
        let mut outbox = Vec::new();
        let behaviors = lock(&self.behaviors).clone();
        let mut state = lock(&self.state);
        let ServerState { ids, dialog360, zapsign, .. } = &mut *state;
        let (bundle, now, url) = (Bundle::of(api), self.clock.now(), self.url.as_str());
        let mut context = HandlerContext { bundle, ids, now, url, behaviors: &behaviors, outbox: &mut outbox };
        let outcome = act(dialog360, zapsign, &mut context);
        drop(state);
        self.deliver(outbox);
        outcome
    }

    /// A file that was uploaded, by the token of its document or attachment.
    pub(crate) fn file(&self, token: &str) -> Option<Bytes> {
        lock(&self.state).zapsign.file(token)
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.deliveries.all()
    }
}

impl IncomingRequest {
    fn route(&self) -> RouteMatch<'static> {
        match self.api {
            Some(api) => Bundle::of(api).route(&self.head.method, self.head.uri.path()),
            None => RouteMatch::NotFound,
        }
    }
}
