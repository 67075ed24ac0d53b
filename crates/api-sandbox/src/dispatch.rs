//! Dispatcher: takes a request through its stages.
//!
//! 1. record it, and pick a fault;
//! 2. delay it, or end it with a fault of the stage `BeforeHandler`;
//! 3. authenticate, check the rate limit, validate against the bundle, and call the vendor's handler;
//! 4. alter or replace the reply by a fault of the stage `AfterHandler`.

use std::any::Any;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::response::Response;
use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use tokio::sync::Notify;

use crate::behavior::Behaviors;
use crate::clock::{Clock, ClockError, later};
use crate::credentials::Credentials;
use crate::delivery::Delivery;
use crate::delivery_queue::DeliveryQueue;
use crate::faults::{Fault, FaultInjector, InjectableCall};
use crate::ids::{IdGenerator, seeded_hash};
use crate::inbox::Inboxes;
use crate::mutex::lock;
use crate::rate_limiter::RateLimiter;
use crate::request_journal::{RecordedRequest, RequestJournal};
use crate::seed::Seed;
use crate::spec::{self, Bundle, Operation, Rejection, Reply, RouteMatch, pointer};
use crate::trigger::{Trigger, TriggerError};
use crate::vendors::{
    Dialog360, FILES, HandlerContext, SeedError, SignerAction, SignerError, ValidRequest, Vendor, Zapsign, vendor,
};

/// Largest request body that is read; a larger one is answered with 413.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// State of the sandbox behind the HTTP server, shared by all connections.
pub(crate) struct Dispatcher {
    enforce_limits: bool,
    deliveries: DeliveryQueue,
    pub(crate) journal: Mutex<RequestJournal>,
    pub(crate) fault_injector: Mutex<FaultInjector>,
    pub(crate) inboxes: Inboxes,
    clock: Clock,
    /// Start of the clock as an `Instant`, which the rate limiters count in.
    started: Instant,
    /// Bundles of the APIs that are served.
    bundles: Vec<&'static Bundle>,
    state: Mutex<ServerState>,
    /// State and fault rules after the start, to which a reset returns.
    initial: (ServerState, FaultInjector),
    url: String,
    /// Notified if the clock is moved, if something else is due next, and at the end of each attempt to deliver.
    changed: Arc<Notify>,
}

/// State that requests change. One lock, so that each request is handled as a whole.
#[derive(Clone)]
struct ServerState {
    behaviors: Behaviors,
    ids: IdGenerator,
    /// One for each bundle, in the same order.
    vendors: Vec<Box<dyn Vendor>>,
    /// One for each bundle, in the same order.
    limiters: Vec<RateLimiter>,
}

impl ServerState {
    /// Returns the time at which something of a vendor is due next, and the index of its API.
    fn next_due(&self) -> Option<(Timestamp, usize)> {
        let due = self.vendors.iter().enumerate().filter_map(|(api, vendor)| Some((vendor.next_due()?, api)));
        due.min()
    }
}

/// Settings of the sandbox at its start.
pub(crate) struct Settings {
    /// Seed of the ids.
    pub(crate) seed: u64,
    pub(crate) enforce_limits: bool,
    pub(crate) deliver_anywhere: bool,
    pub(crate) credentials: Credentials,
    pub(crate) behaviors: Behaviors,
    pub(crate) fault_injector: FaultInjector,
    /// State to load before the first request.
    pub(crate) loaded: Seed,
}

/// HTTP request with its whole body.
struct IncomingRequest {
    /// Index of the API that the path belongs to.
    api: Option<usize>,
    route: RouteMatch<'static>,
    head: http::request::Parts,
    body: Bytes,
}

impl Dispatcher {
    /// Creates the dispatcher of these bundles with the first accounts and the seed. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// Returns the reason why the seed cannot be loaded.
    pub(crate) fn new(bundles: Vec<&'static Bundle>, url: &str, settings: Settings) -> Result<Self, SeedError> {
        let clock = Clock::start();
        let mut state = ServerState {
            behaviors: settings.behaviors,
            ids: IdGenerator::new(settings.seed),
            vendors: bundles.iter().map(|bundle| vendor(bundle, &settings.credentials)).collect(),
            limiters: bundles.iter().map(|_| RateLimiter::default()).collect(),
        };
        settings.loaded.load(&bundles, &mut state.vendors, &mut state.ids, clock.now(), url)?;
        let changed = Arc::new(Notify::new());
        let dispatcher = Self {
            url: url.to_owned(),
            inboxes: Inboxes::default(),
            clock,
            started: Instant::now(),
            enforce_limits: settings.enforce_limits,
            deliveries: DeliveryQueue::start(settings.deliver_anywhere, Arc::clone(&changed)),
            changed,
            journal: Mutex::default(),
            fault_injector: Mutex::new(settings.fault_injector.clone()),
            initial: (state.clone(), settings.fault_injector),
            state: Mutex::new(state),
            bundles,
        };
        dispatcher.skip_due(&mut lock(&dispatcher.state));
        Ok(dispatcher)
    }

    /// Returns to the state after the start, and forgets requests, deliveries and inboxes. Clock and numbers go on.
    pub(crate) fn reset(&self) {
        let (initial_state, initial_faults) = &self.initial;
        // No request is handled meanwhile.
        let mut state = lock(&self.state);
        state.clone_from(initial_state);
        self.skip_due(&mut state);
        lock(&self.fault_injector).clone_from(initial_faults);
        lock(&self.journal).clear();
        self.deliveries.clear();
        self.inboxes.clear_all();
        self.changed.notify_waiters();
    }

    /// Does what is due by now, and delivers nothing of it.
    fn skip_due(&self, state: &mut ServerState) {
        let (now, ids) = (self.clock.now(), state.ids.clone());
        while let Some((_, api)) = state.next_due().filter(|(due, _)| *due <= now) {
            self.call_vendor(state, api, now, |vendor, _, context| vendor.run_due(context));
        }
        state.ids = ids;
    }

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

    /// Records the request in the journal and picks its fault. Returns its number and the fault.
    fn record_request(&self, request: &IncomingRequest) -> (u64, Option<Fault>) {
        let IncomingRequest { route, head, body, .. } = request;
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
        // A repeated request has the same hash, so that the injector can count its attempts.
        let hash = seeded_hash(0, (head.method.as_str(), &uri, body.as_ref()));
        let path = percent_decode_str(&uri).decode_utf8_lossy();
        let call = InjectableCall { operation, path: &path, account: account.as_deref(), hash };
        lock(&self.fault_injector).pick(call)
    }

    /// Calls the operation of the request, or reads the file.
    fn dispatch(&self, request: &IncomingRequest) -> Reply {
        let Some(api) = request.api else {
            return self.read_file(&request.head);
        };
        self.with_api(api, |vendor, limiter, context| match &request.route {
            RouteMatch::NotFound => vendor.error_response(None, &Rejection::NotFound, context),
            RouteMatch::MethodNotAllowed(methods) => {
                let methods: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
                let reply = vendor.error_response(None, &Rejection::MethodNotAllowed, context);
                reply.header("allow", methods.join(", "))
            }
            RouteMatch::Operation(operation, path) => {
                self.run_operation(request, operation, path, vendor, limiter, context)
            }
        })
    }

    /// Reads a file of ZapSign. The state is not locked while the file is made.
    fn read_file(&self, head: &http::request::Parts) -> Reply {
        let is_file = head.uri.path().starts_with(FILES);
        let found = is_file.then(|| self.with_vendor(|zapsign: &mut Zapsign, context| zapsign.file(head, context)));
        match found.flatten() {
            Some(Ok(file)) => file.reply(&head.headers),
            Some(Err(refusal)) => refusal.reply(),
            None => Reply::text(404, "no API of the sandbox has this path"),
        }
    }

    /// Returns the current time of the sandbox's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock ahead, after all that is due by then, and returns the new time.
    pub(crate) fn advance(&self, by: Duration) -> Timestamp {
        let mut state = lock(&self.state);
        let time = later(self.clock.now(), by);
        self.move_clock(&mut state, time);
        time
    }

    /// Sets the clock, after all that is due by then.
    pub(crate) fn set_clock(&self, time: Timestamp) -> Result<(), ClockError> {
        let mut state = lock(&self.state);
        let now = self.clock.now();
        if time < now {
            return Err(ClockError { now, time });
        }
        self.move_clock(&mut state, time);
        Ok(())
    }

    fn move_clock(&self, state: &mut ServerState, time: Timestamp) {
        self.run_due(state, time);
        self.clock.reach(time);
        self.changed.notify_waiters();
    }

    /// Does what is due by this time, in the order of time.
    fn run_due(&self, state: &mut ServerState, by: Timestamp) {
        while let Some((due, api)) = state.next_due().filter(|(due, _)| *due <= by) {
            self.deliveries.run_due(due);
            self.call(state, api, due, |vendor, _, context| vendor.run_due(context));
        }
        self.deliveries.run_due(by);
    }

    /// Does what is due by now. Returns the time at which something is due next.
    fn run_due_now(&self) -> Option<Timestamp> {
        let mut state = lock(&self.state);
        self.run_due(&mut state, self.clock.now());
        let (of_vendors, of_deliveries) = (state.next_due().map(|(due, _)| due), self.deliveries.next_due());
        of_vendors.into_iter().chain(of_deliveries).min()
    }

    /// Does what becomes due while real time passes, until the future is dropped.
    pub(crate) async fn keep_time(&self) {
        loop {
            let changed = self.changed.notified();
            match self.run_due_now() {
                Some(due) => {
                    let wait = Duration::try_from(due.duration_since(self.clock.now())).unwrap_or_default();
                    // It elapses, or there is another time to wait for.
                    let _ = tokio::time::timeout(wait, changed).await;
                }
                None => changed.await,
            }
        }
    }

    /// Waits until no delivery is queued or in progress, without those that are due later.
    pub(crate) async fn delivered(&self) {
        loop {
            let changed = self.changed.notified();
            self.run_due_now();
            if self.deliveries.is_idle() {
                return;
            }
            changed.await;
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
        let quota = if self.enforce_limits {
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

    /// Acts as the signer of this token does on ZapSign's page. Returns the document.
    pub(crate) fn act_as_signer(&self, signer_token: &str, action: SignerAction) -> Result<Value, SignerError> {
        let act = |zapsign: &mut Zapsign, context: &mut HandlerContext<'_>| {
            zapsign.act_as_signer(signer_token, action, context)
        };
        self.with_vendor(act).unwrap_or(Err(SignerError::UnknownToken))
    }

    /// Delivers an event on demand. Returns the number of deliveries.
    pub(crate) fn trigger(&self, trigger: &Trigger) -> Result<usize, TriggerError> {
        let mut apis = self.bundles.iter().enumerate();
        let found = apis.find_map(|(api, bundle)| Some((api, bundle.event(&trigger.event)?)));
        let (api, event) = found.ok_or_else(|| {
            let events = self.bundles.iter().flat_map(|bundle| &bundle.events);
            TriggerError::unknown_event(&trigger.event, events.map(|event| event.name.clone()).collect())
        })?;
        trigger.require_valid_url()?;
        self.with_api(api, |vendor, _, context| {
            let mut body = vendor.event_body(event, trigger, context)?;
            for (pointer, value) in &trigger.set {
                if !trigger.unchecked {
                    event.check(&context.bundle.schemas, &body, pointer, value)?;
                }
                pointer::set(&mut body, pointer, value.clone())?;
            }
            let deliveries = vendor.event_deliveries(trigger, &body, context)?;
            let count = deliveries.len();
            context.outbox.extend(deliveries);
            Ok(count)
        })
    }

    /// Sets the status of a 360dialog channel. Returns `false` if there is no such channel.
    pub(crate) fn set_channel_status(&self, channel_id: &str, status: &str) -> bool {
        let set = |dialog360: &mut Dialog360, context: &mut HandlerContext<'_>| {
            dialog360.set_channel_status(channel_id, status, context)
        };
        self.with_vendor(set).unwrap_or_default()
    }

    /// Calls a closure with the vendor of this type and a context of its API, then queues the deliveries that it made. Returns
    /// `None` if no API has this vendor.
    fn with_vendor<V: Vendor, T>(&self, call: impl FnOnce(&mut V, &mut HandlerContext<'_>) -> T) -> Option<T> {
        let is_vendor = |vendor: &dyn Any| vendor.is::<V>();
        let api = lock(&self.state).vendors.iter().position(|vendor| is_vendor(vendor.as_ref()))?;
        self.with_api(api, |vendor, _, context| {
            let vendor: &mut dyn Any = vendor;
            vendor.downcast_mut().map(|vendor| call(vendor, context))
        })
    }

    /// Calls a closure with the vendor, limiter and context of one API, then queues the deliveries that it made. Before and
    /// after it, does what is due.
    fn with_api<T>(
        &self,
        api: usize,
        call: impl FnOnce(&mut dyn Vendor, &mut RateLimiter, &mut HandlerContext<'_>) -> T,
    ) -> T {
        let mut state = lock(&self.state);
        let now = self.clock.now();
        self.run_due(&mut state, now);
        let before = state.next_due();
        let outcome = self.call(&mut state, api, now, call);
        if state.next_due() != before {
            self.run_due(&mut state, now);
            self.changed.notify_waiters();
        }
        outcome
    }

    /// Calls a closure as [`Self::with_api`] does, with the clock at this time.
    fn call<T>(
        &self,
        state: &mut ServerState,
        api: usize,
        now: Timestamp,
        call: impl FnOnce(&mut dyn Vendor, &mut RateLimiter, &mut HandlerContext<'_>) -> T,
    ) -> T {
        let (outcome, outbox) = self.call_vendor(state, api, now, call);
        let (vendor, rule) = (&self.bundles[api].name, state.vendors[api].delivery_rule());
        outbox.into_iter().for_each(|delivery| self.deliveries.push(delivery, vendor, rule, now));
        outcome
    }

    /// Calls a closure as [`Self::call`] does, and returns the deliveries that it made.
    fn call_vendor<T>(
        &self,
        state: &mut ServerState,
        api: usize,
        now: Timestamp,
        call: impl FnOnce(&mut dyn Vendor, &mut RateLimiter, &mut HandlerContext<'_>) -> T,
    ) -> (T, Vec<Delivery>) {
        let mut outbox = Vec::new();
        let (bundle, url) = (self.bundles[api], self.url.as_str());
        let ServerState { behaviors, ids, vendors, limiters } = state;
        let mut context = HandlerContext { bundle, ids, now, url, behaviors, outbox: &mut outbox };
        (call(vendors[api].as_mut(), &mut limiters[api], &mut context), outbox)
    }

    /// Returns the base URL of the sandbox.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the bundles of the APIs that are served.
    pub(crate) fn bundles(&self) -> &[&'static Bundle] {
        &self.bundles
    }

    /// Returns the behaviors that are on.
    pub(crate) fn behaviors(&self) -> Behaviors {
        lock(&self.state).behaviors.clone()
    }

    /// Switches these behaviors on and all others off.
    pub(crate) fn set_behaviors(&self, behaviors: Behaviors) {
        lock(&self.state).behaviors = behaviors;
    }

    /// Returns the deliveries kept with a larger id than this one, the oldest first.
    pub(crate) fn deliveries_after(&self, id: u64) -> Vec<Delivery> {
        self.deliveries.after(id)
    }

    /// Returns the delivery with this id, if it is kept.
    pub(crate) fn delivery(&self, id: u64) -> Option<Delivery> {
        self.deliveries.get(id)
    }

    /// Delivers an event again, once. Returns `false` if there is no such delivery.
    pub(crate) fn replay_delivery(&self, id: u64) -> bool {
        let state = lock(&self.state);
        let Some(delivery) = self.deliveries.get(id) else { return false };
        let api = self.bundles.iter().position(|bundle| bundle.name == delivery.vendor);
        let headers = api.map(|api| state.vendors[api].replay_headers(&delivery));
        self.deliveries.replay(id, headers.unwrap_or(delivery.headers), self.clock.now())
    }

    /// Delivers every event again, once, that failed and is not in progress. Returns the ids of the deliveries.
    pub(crate) fn replay_failed(&self) -> Vec<u64> {
        let failed = self.deliveries.failed();
        failed.into_iter().filter(|id| self.replay_delivery(*id)).collect()
    }
}
