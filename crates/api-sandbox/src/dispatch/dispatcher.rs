//! Dispatcher: the state of the sandbox, and calls of the vendors with it.

use std::any::Any;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::behavior::Behaviors;
use crate::clock::Clock;
use crate::credentials::Credentials;
use crate::delivery::Delivery;
use crate::delivery_queue::DeliveryQueue;
use crate::faults::FaultInjector;
use crate::ids::IdGenerator;
use crate::inbox::Inboxes;
use crate::mutex::lock;
use crate::rate_limiter::{RateLimitSettings, RateLimiter};
use crate::request_journal::RequestJournal;
use crate::revisions::Revisions;
use crate::seed::Seed;
use crate::spec::Bundle;
use crate::vendors::{HandlerContext, SeedError, Vendor, vendor};

/// State of the sandbox behind the HTTP server, shared by all connections.
pub(crate) struct Dispatcher {
    /// `true` if events are delivered to other machines, too.
    pub(super) deliver_anywhere: bool,
    pub(super) deliveries: DeliveryQueue,
    pub(super) journal: Mutex<RequestJournal>,
    pub(super) fault_injector: Mutex<FaultInjector>,
    pub(crate) inboxes: Inboxes,
    pub(super) clock: Clock,
    /// Start of the clock as an `Instant`, which the rate limiters count in.
    pub(super) started: Instant,
    /// Bundles of the APIs that are served.
    pub(super) bundles: Vec<&'static Bundle>,
    pub(super) state: Mutex<ServerState>,
    /// State and fault rules after the start, to which a reset returns.
    pub(super) initial: (ServerState, FaultInjector),
    pub(super) url: String,
    /// Notified if the clock is moved, if something else is due next, and at the end of each attempt to deliver.
    pub(super) changed: Arc<Notify>,
    /// Counts what a page shows.
    pub(super) revisions: Revisions,
}

/// State that requests change. One lock, so that each request is handled as a whole.
#[derive(Clone)]
pub(super) struct ServerState {
    pub(super) behaviors: Behaviors,
    pub(super) ids: IdGenerator,
    /// One for each bundle, in the same order.
    pub(super) vendors: Vec<Box<dyn Vendor>>,
    /// One for each bundle, in the same order.
    pub(super) limiters: Vec<RateLimiter>,
}

impl ServerState {
    /// Returns the time at which something of a vendor is due next, and the index of its API.
    pub(super) fn next_due(&self) -> Option<(Timestamp, usize)> {
        let due = self.vendors.iter().enumerate().filter_map(|(api, vendor)| Some((vendor.next_due()?, api)));
        due.min()
    }
}

/// Settings of the sandbox at its start.
pub(crate) struct Settings {
    /// Seed of the ids.
    pub(crate) seed: u64,
    pub(crate) limits: RateLimitSettings,
    pub(crate) deliver_anywhere: bool,
    pub(crate) credentials: Credentials,
    pub(crate) behaviors: Behaviors,
    pub(crate) fault_injector: FaultInjector,
    /// State to load before the first request.
    pub(crate) loaded: Seed,
}

impl Dispatcher {
    /// Creates the dispatcher of these bundles with the first accounts and the seed. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// Returns the reason why the seed cannot be loaded.
    pub(crate) fn new(bundles: Vec<&'static Bundle>, url: &str, settings: Settings) -> Result<Self, SeedError> {
        let clock = Clock::start();
        let limits = Arc::new(settings.limits);
        let mut state = ServerState {
            behaviors: settings.behaviors,
            ids: IdGenerator::new(settings.seed),
            vendors: bundles.iter().map(|bundle| vendor(bundle, &settings.credentials)).collect(),
            limiters: bundles.iter().map(|bundle| RateLimiter::new(&bundle.name, Arc::clone(&limits))).collect(),
        };
        settings.loaded.load(&bundles, &mut state.vendors, &mut state.ids, clock.now(), url)?;
        let (changed, revisions) = (Arc::new(Notify::new()), Revisions::default());
        let dispatcher = Self {
            url: url.to_owned(),
            inboxes: Inboxes::default(),
            clock,
            started: Instant::now(),
            deliver_anywhere: settings.deliver_anywhere,
            deliveries: DeliveryQueue::start(url, settings.deliver_anywhere, Arc::clone(&changed), revisions.clone()),
            changed,
            journal: Mutex::new(RequestJournal::new(revisions.clone())),
            revisions,
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
        // No request is recorded between the removal of the others and the revision that tells of it.
        let mut journal = lock(&self.journal);
        journal.clear();
        self.inboxes.clear_all(self.deliveries.clear());
        self.revisions.record_reset();
        drop(journal);
        self.changed.notify_waiters();
    }

    /// Calls a closure with the vendor of this type and a context of its API, then queues the deliveries that it made. Returns
    /// `None` if no API has this vendor.
    pub(super) fn with_vendor<V: Vendor, T>(
        &self,
        call: impl FnOnce(&mut V, &mut HandlerContext<'_>) -> T,
    ) -> Option<T> {
        let is_vendor = |vendor: &dyn Any| vendor.is::<V>();
        let api = lock(&self.state).vendors.iter().position(|vendor| is_vendor(vendor.as_ref()))?;
        let outcome = self.with_api(api, |vendor, _, context| {
            let vendor: &mut dyn Any = vendor;
            vendor.downcast_mut().map(|vendor| call(vendor, context))
        });
        self.revisions.record_state();
        outcome
    }

    /// Calls a closure with the vendor, limiter and context of one API, then queues the deliveries that it made. Before and
    /// after it, does what is due.
    pub(super) fn with_api<T>(
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
    pub(super) fn call<T>(
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
    pub(super) fn call_vendor<T>(
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
}
