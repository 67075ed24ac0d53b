//! Reader of a stream: the revision up to which it was told, and the next events for it.

use std::fmt::{Display, Write as _};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::filter::RowFilter;
use super::rows::{delivery_summary, request_summary, with_short_texts};
use crate::dispatch::Dispatcher;
use crate::revisions::{ChangeRange, Changed, Latest};

/// Largest number of requests, and of deliveries, that are sent at once.
const MAX_ROWS: usize = 200;
/// Shortest time between two looks at what has changed.
const STEP: Duration = Duration::from_millis(100);
/// Time after which a comment is sent if nothing has changed, so that a reader that has gone is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Milliseconds after which a browser connects again.
const RETRY: &str = "retry: 1000\n\n";

/// Reader of the stream.
pub(super) struct StreamReader {
    dispatcher: Arc<Dispatcher>,
    filter: RowFilter,
    revisions: watch::Receiver<Latest>,
    /// Revision up to which the reader was told; `None` before it was told anything.
    told: Option<u64>,
    /// Revision that the reader has read before it connected.
    last_event_id: Option<u64>,
    /// Hashes of the fault rules, the behaviors and the state that the reader was told last.
    told_faults: u64,
    told_behaviors: u64,
    told_state: u64,
}

impl StreamReader {
    /// Creates a reader of what passes the filter, and changed after `last_event_id`.
    pub(super) fn new(dispatcher: Arc<Dispatcher>, filter: RowFilter, last_event_id: Option<u64>) -> Self {
        let revisions = dispatcher.revisions();
        let (told_faults, told_behaviors, told_state) = (0, 0, 0);
        Self { dispatcher, filter, revisions, told: None, last_event_id, told_faults, told_behaviors, told_state }
    }

    /// Waits for changes, and returns the events that tell them. Returns `None` if the sandbox is gone.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(told) = self.told {
                sleep(STEP).await;
                match timeout(KEEP_ALIVE, self.revisions.wait_for(|latest| latest.any > told)).await {
                    Ok(changed) => drop(changed.ok()?),
                    Err(_) => return Some(Bytes::from_static(b": keep-alive\n\n")),
                }
            }
            let events = self.events();
            if !events.is_empty() {
                return Some(events.into());
            }
        }
    }

    /// Returns the events that tell what has changed.
    fn events(&mut self) -> String {
        let latest = *self.revisions.borrow_and_update();
        let is_first = self.told.is_none();
        let mut events = String::new();
        let mut since = match (self.told, self.last_event_id) {
            (Some(told), _) => told,
            // One of a sandbox that had this address before.
            (None, Some(id)) if id > latest.any => latest.reset.saturating_sub(1),
            (None, Some(id)) => id,
            (None, None) => latest.reset,
        };
        if is_first {
            events.push_str(RETRY);
        }
        if since < latest.reset {
            event(&mut events, "reset", latest.reset, json!({}));
            since = latest.reset;
        }
        // Before the reset, or the start, the reader has seen no row.
        let has_seen = since > latest.reset;
        self.write_rows(&mut events, ChangeRange { since, until: latest.any }, has_seen);
        let faults = with_short_texts(self.dispatcher.faults());
        write_if_new(&mut events, "faults", latest.any, &faults, &mut self.told_faults);
        let behaviors = json!(self.dispatcher.behaviors());
        write_if_new(&mut events, "behaviors", latest.any, &behaviors, &mut self.told_behaviors);
        // Rendering it takes the lock on it, so that is not done for requests that only read.
        if self.told.is_none_or(|told| told < latest.state) {
            let state = self.dispatcher.overview();
            write_if_new(&mut events, "state", latest.any, &state, &mut self.told_state);
        }
        if is_first || latest.clock > since {
            event(&mut events, "clock", latest.any, json!({"now": self.dispatcher.now().to_string()}));
        }
        self.told = Some(latest.any);
        events
    }

    /// Writes the requests and deliveries that changed, in the order of their changes, so that a reader that breaks off and
    /// resumes misses none. A reader that has seen rows is told of those, too, that no longer pass.
    fn write_rows(&self, events: &mut String, range: ChangeRange, has_seen: bool) {
        let passes = |request: &_| self.filter.passes_request(request);
        let requests = self.dispatcher.changed_requests(range, MAX_ROWS, passes);
        let passes = |delivery: &_| {
            self.filter.passes_delivery(delivery) || has_seen && self.filter.has_passed_delivery(delivery)
        };
        let deliveries = self.dispatcher.changed_deliveries(range, MAX_ROWS, passes);
        if requests.skipped + deliveries.skipped > 0 {
            let skipped = json!({"requests": requests.skipped, "deliveries": deliveries.skipped});
            event(events, "skipped", range.since, &skipped);
        }
        let mut rows = rendered("request", &requests, |request| request_summary(request));
        rows.extend(rendered("delivery", &deliveries, delivery_summary));
        rows.sort_by_key(|(revision, ..)| *revision);
        for (revision, name, row) in rows {
            event(events, name, revision, &row);
        }
    }
}

fn rendered<T>(
    name: &'static str,
    changed: &Changed<T>,
    render: impl Fn(&T) -> Value,
) -> Vec<(u64, &'static str, Value)> {
    changed.rows.iter().map(|(revision, row)| (*revision, name, render(row))).collect()
}

/// Writes an event if it is not the one that was told last.
fn write_if_new(events: &mut String, name: &str, id: u64, data: &Value, told: &mut u64) {
    let text = data.to_string();
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let hash = hasher.finish();
    if *told != hash {
        *told = hash;
        event(events, name, id, text);
    }
}

/// Writes an event. JSON has no line break, which would end the data.
fn event(events: &mut String, name: &str, id: u64, data: impl Display) {
    // Writing to a `String` does not fail.
    let _ = write!(events, "event: {name}\nid: {id}\ndata: {data}\n\n");
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::Request;
    use tokio::time::Instant;

    use super::super::filter::WrittenFilter;
    use super::*;
    use crate::credentials::Credentials;
    use crate::dispatch::Settings;
    use crate::faults::FaultInjector;
    use crate::spec::Bundle;

    fn reader() -> (Arc<Dispatcher>, StreamReader) {
        let settings = Settings {
            seed: 0,
            limits: Default::default(),
            deliver_anywhere: false,
            credentials: Credentials::default(),
            behaviors: Default::default(),
            fault_injector: FaultInjector::new(0),
            loaded: Default::default(),
        };
        let dispatcher = Dispatcher::new(Bundle::all().iter().collect(), "http://127.0.0.1:9", settings);
        let dispatcher = Arc::new(dispatcher.expect("an empty seed"));
        let filter = WrittenFilter { vendor: None, operation: None, status: None, text: None };
        let filter = filter.parse().unwrap_or_else(|error| panic!("{error}"));
        (Arc::clone(&dispatcher), StreamReader::new(dispatcher, filter, None))
    }

    async fn next(reader: &mut StreamReader) -> String {
        String::from_utf8(reader.next().await.expect("the sandbox is there").to_vec()).expect("text")
    }

    #[tokio::test(start_paused = true)]
    async fn a_comment_is_sent_while_nothing_changes() {
        let (_dispatcher, mut reader) = reader();
        assert!(next(&mut reader).await.starts_with("retry: 1000\n\nevent: faults\n"));
        let start = Instant::now();
        assert_eq!(next(&mut reader).await, ": keep-alive\n\n");
        assert!(start.elapsed() >= KEEP_ALIVE && start.elapsed() < KEEP_ALIVE + 2 * STEP);
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_has_the_newest_rows_each_once_and_the_number_of_the_others() {
        let (dispatcher, mut reader) = reader();
        next(&mut reader).await;
        let state = dispatcher.revisions().borrow().state;
        for _ in 0..500 {
            let request = Request::get("/api/v1/docs/").body(Body::empty()).expect("a request");
            dispatcher.handle(request).await.expect("an answer");
        }
        let start = Instant::now();
        let events = next(&mut reader).await;
        assert!(start.elapsed() >= STEP, "{:?}", start.elapsed());
        assert_eq!(events.matches("event: request\n").count(), MAX_ROWS);
        assert!(events.contains("data: {\"requests\":300,\"deliveries\":0}\n"), "{events}");
        assert!(events.contains("{\"number\":301,") && !events.contains("{\"number\":300,"));
        assert!(!events.contains("\"status\":null"), "the answer is told at once");
        assert_eq!(
            dispatcher.revisions().borrow().state,
            state,
            "a request that reads has the state rendered for nobody"
        );
        assert!(!events.contains("event: state\n"), "the state is as it was told");
        dispatcher
            .handle(Request::post("/api/v1/docs/").body(Body::empty()).expect("a request"))
            .await
            .expect("an answer");
        assert!(dispatcher.revisions().borrow().state > state);
    }
}
