//! Changes of requests, deliveries, state, fault rules and clock, for those who look on.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::dispatcher::Dispatcher;
use crate::delivery::Delivery;
use crate::mutex::lock;
use crate::request_journal::RecordedRequest;
use crate::revisions::{ChangeRange, Changed, Latest};

impl Dispatcher {
    /// Returns a receiver of the revisions, that is told of each change.
    pub(crate) fn revisions(&self) -> watch::Receiver<Latest> {
        self.revisions.subscribe()
    }

    /// Returns the newest `limit` requests that match and changed within these revisions, and the number of the others.
    pub(crate) fn changed_requests(
        &self,
        range: ChangeRange,
        limit: usize,
        matches: impl Fn(&RecordedRequest) -> bool,
    ) -> Changed<Arc<RecordedRequest>> {
        lock(&self.journal).changed(range, limit, matches)
    }

    /// Returns the newest `limit` deliveries that match and changed within these revisions, and the number of the others.
    pub(crate) fn changed_deliveries(
        &self,
        range: ChangeRange,
        limit: usize,
        matches: impl Fn(&Delivery) -> bool,
    ) -> Changed<Delivery> {
        self.deliveries.changed(range, limit, matches)
    }

    /// Returns the oldest `limit` requests kept that match, with a larger number than this one.
    pub(crate) fn requests_after(
        &self,
        number: u64,
        limit: usize,
        matches: impl Fn(&RecordedRequest) -> bool,
    ) -> Vec<Arc<RecordedRequest>> {
        let journal = lock(&self.journal);
        journal.after(number).filter(|request| matches(request)).take(limit).cloned().collect()
    }

    /// Returns the request with this number, if it is kept.
    pub(crate) fn request(&self, number: u64) -> Option<Arc<RecordedRequest>> {
        lock(&self.journal).get(number)
    }

    /// Returns the number of requests recorded, including those no longer kept.
    pub(crate) fn request_count(&self) -> u64 {
        lock(&self.journal).count()
    }

    /// Returns what each vendor has, without secrets.
    pub(crate) fn overview(&self) -> Value {
        let state = lock(&self.state);
        let vendors = self.bundles.iter().zip(&state.vendors);
        vendors.map(|(bundle, vendor)| (bundle.name.clone(), vendor.overview())).collect::<Map<String, Value>>().into()
    }

    /// Returns all events that can be triggered.
    pub(crate) fn events(&self) -> Vec<Value> {
        let events =
            self.bundles.iter().flat_map(|bundle| bundle.events.iter().map(|event| (&bundle.name, &event.name)));
        events.map(|(vendor, event)| json!({"vendor": vendor, "event": event})).collect()
    }
}
