//! Delivery queue: posts events to the registered webhooks, and tries again by the sandbox's clock.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderName, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::Instant;
use url::{Host, Url};

use crate::clock::later;
use crate::delivery::{Delivery, DeliveryAttempt, DeliveryOutcome, DeliveryRule};
use crate::delivery_log::{AttemptReason, DeliveryLog};
use crate::inbox::{DELIVERY_ID, INBOXES};
use crate::mutex::lock;
use crate::revisions::{ChangeRange, Changed, Revisions};

/// Time-out of one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest number of bytes kept of a response body.
const MAX_RESPONSE_BODY_BYTES: usize = 64 * 1024;
/// Headers kept of a response.
static RESPONSE_HEADERS: [HeaderName; 4] =
    [CONTENT_TYPE, LOCATION, RETRY_AFTER, HeaderName::from_static("x-request-id")];

/// Queue of deliveries. Those to one URL are sent one after the other, those to different URLs concurrently.
pub(crate) struct DeliveryQueue {
    log: Arc<Mutex<DeliveryLog>>,
    sender: Arc<Sender>,
    runtime: Handle,
}

/// Attempt that waits for its turn.
struct QueuedAttempt {
    id: u64,
    reason: AttemptReason,
    /// Time at which it was due by the sandbox's clock.
    due: Timestamp,
    /// Time at which it was queued.
    queued: Instant,
}

/// Sender of deliveries, with a task for each URL to which something is sent.
struct Sender {
    /// Attempts that wait for their turn. A URL is here as long as it has a task.
    waiting: Mutex<HashMap<String, VecDeque<QueuedAttempt>>>,
    /// HTTP client, which the first attempt builds.
    http: OnceLock<Option<reqwest::Client>>,
    /// Port of the sandbox itself.
    own_port: Option<u16>,
    deliver_anywhere: bool,
    log: Weak<Mutex<DeliveryLog>>,
    changed: Arc<Notify>,
}

impl DeliveryQueue {
    /// Creates an empty queue of the sandbox with this URL, which sends by tasks of the current runtime. They end with the queue.
    /// `changed` is notified at the end of each attempt, and the changes of deliveries are counted by `revisions`.
    pub(crate) fn start(own_url: &str, deliver_anywhere: bool, changed: Arc<Notify>, revisions: Revisions) -> Self {
        let log = Arc::new(Mutex::new(DeliveryLog::new(revisions)));
        let weak = Arc::downgrade(&log);
        let sender = Sender {
            waiting: Mutex::default(),
            http: OnceLock::new(),
            own_port: Url::parse(own_url).ok().and_then(|url| url.port_or_known_default()),
            deliver_anywhere,
            log: weak,
            changed,
        };
        Self { log, sender: Arc::new(sender), runtime: Handle::current() }
    }

    /// Adds the delivery of an event at this time.
    pub(crate) fn push(&self, delivery: Delivery, vendor: &str, rule: &'static DeliveryRule, now: Timestamp) {
        let mut log = lock(&self.log);
        let id = log.add(delivery, vendor, rule, now);
        self.queue(&mut log, id, AttemptReason::Vendor { failed: 0 }, now);
    }

    /// Delivers an event again, once. Returns `false` if there is no such delivery.
    pub(crate) fn replay(&self, id: u64, now: Timestamp) -> bool {
        self.queue(&mut lock(&self.log), id, AttemptReason::Replay, now)
    }

    /// Queues the retries that are due by now.
    pub(crate) fn run_due(&self, now: Timestamp) {
        let mut log = lock(&self.log);
        while let Some((id, failed, due)) = log.take_retry(now) {
            self.queue(&mut log, id, AttemptReason::Vendor { failed }, due);
        }
    }

    /// Queues an attempt. Returns `false` if there is no such delivery.
    fn queue(&self, log: &mut DeliveryLog, id: u64, reason: AttemptReason, due: Timestamp) -> bool {
        let Some(delivery) = log.get(id) else { return false };
        let url = delivery.url.clone();
        log.record_queued(id);
        if self.sender.add(&url, QueuedAttempt { id, reason, due, queued: Instant::now() }) {
            self.runtime.spawn(Arc::clone(&self.sender).send_all(url));
        }
        true
    }

    /// Removes all deliveries and their retries. An attempt that is in progress may still arrive. Returns the id of the last
    /// delivery so far.
    pub(crate) fn clear(&self) -> u64 {
        lock(&self.log).clear()
    }

    /// Returns the time at which the next retry is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        lock(&self.log).next_due()
    }

    /// Returns `true` if no attempt is queued or in progress.
    pub(crate) fn is_idle(&self) -> bool {
        lock(&self.log).is_idle()
    }

    /// Returns the first `limit` deliveries kept with a larger id than this one, the oldest first.
    pub(crate) fn after(&self, id: u64, limit: usize) -> Vec<Delivery> {
        lock(&self.log).iter().filter(|delivery| delivery.id > id).take(limit).cloned().collect()
    }

    /// Returns the delivery with this id, if it is kept.
    pub(crate) fn get(&self, id: u64) -> Option<Delivery> {
        lock(&self.log).get(id).cloned()
    }

    /// Returns the newest `limit` deliveries that match and changed within these revisions, and the number of the others.
    pub(crate) fn changed(
        &self,
        range: ChangeRange,
        limit: usize,
        matches: impl Fn(&Delivery) -> bool,
    ) -> Changed<Delivery> {
        lock(&self.log).changed(range, limit, matches)
    }

    /// Returns the ids of the deliveries that failed, without those in progress.
    pub(crate) fn failed(&self) -> Vec<u64> {
        let has_failed = |delivery: &&Delivery| !delivery.is_delivered() && !delivery.is_in_progress();
        lock(&self.log).iter().filter(has_failed).map(|delivery| delivery.id).collect()
    }
}

impl Sender {
    /// Adds an attempt. Returns `true` if no task sends to the URL yet.
    fn add(&self, url: &str, attempt: QueuedAttempt) -> bool {
        let mut waiting = lock(&self.waiting);
        if let Some(attempts) = waiting.get_mut(url) {
            attempts.push_back(attempt);
            return false;
        }
        waiting.insert(url.to_owned(), VecDeque::from([attempt]));
        true
    }

    /// Removes the next attempt to this URL and returns it. If there is none, the URL has no task any more.
    fn take_next(&self, url: &str) -> Option<QueuedAttempt> {
        let mut waiting = lock(&self.waiting);
        let next = waiting.get_mut(url)?.pop_front();
        if next.is_none() {
            waiting.remove(url);
        }
        next
    }

    /// Makes the attempts to this URL in order, until none is left or the queue is dropped.
    async fn send_all(self: Arc<Self>, url: String) {
        while let Some(QueuedAttempt { id, reason, due, queued }) = self.take_next(&url) {
            let Some(log) = self.log.upgrade() else { return };
            let delivery = lock(&log).get(id).map(|delivery| (delivery.headers.clone(), delivery.text.clone()));
            drop(log);
            // The clock may have been moved since the attempt was due, and its receiver was not slower for that.
            let time = later(due, queued.elapsed());
            let attempt = match delivery {
                Some((headers, body)) => {
                    let (outcome, response_headers, response_body) = self.send(id, &url, &headers, body).await;
                    let replay = reason == AttemptReason::Replay;
                    Some(DeliveryAttempt { time: time.into(), outcome, response_headers, response_body, replay })
                }
                None => None,
            };
            let Some(log) = self.log.upgrade() else { return };
            lock(&log).record_attempt(id, reason, attempt, later(due, queued.elapsed()));
            self.changed.notify_waiters();
        }
    }

    /// Posts an event. Returns the outcome, and the headers and the first bytes of the response.
    async fn send(
        &self,
        id: u64,
        url: &str,
        headers: &[(String, String)],
        body: Bytes,
    ) -> (DeliveryOutcome, HeaderMap, Bytes) {
        let failed = |outcome| (outcome, HeaderMap::new(), Bytes::new());
        if !self.deliver_anywhere && !is_on_this_machine(url) {
            return failed(DeliveryOutcome::NotOnThisMachine);
        }
        let own_path = self.own_path(url);
        let is_own_inbox = own_path.as_ref().is_some_and(|path| path.starts_with(INBOXES));
        if own_path.is_some() && !is_own_inbox {
            return failed(DeliveryOutcome::OwnEndpoint);
        }
        let Some(http) = self.http.get_or_init(http_client) else { return failed(DeliveryOutcome::Unreachable) };
        let mut request = http.post(url);
        if !headers.iter().any(|(name, _)| CONTENT_TYPE.as_str().eq_ignore_ascii_case(name)) {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if is_own_inbox {
            request = request.header(DELIVERY_ID, id);
        }
        let mut response = match request.body(body).send().await {
            Ok(response) => response,
            Err(error) if error.is_timeout() => return failed(DeliveryOutcome::TimedOut),
            Err(_) => return failed(DeliveryOutcome::Unreachable),
        };
        let kept = RESPONSE_HEADERS.iter().flat_map(|name| {
            let values = response.headers().get_all(name).iter().cloned();
            values.map(move |value: HeaderValue| (name.clone(), value))
        });
        let (outcome, kept) = (DeliveryOutcome::Answered(response.status().as_u16()), kept.collect());
        let mut body = BytesMut::new();
        // The status counts even if the body breaks off.
        while let Ok(Some(chunk)) = response.chunk().await {
            let rest = MAX_RESPONSE_BODY_BYTES - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(rest)]);
            if body.len() == MAX_RESPONSE_BODY_BYTES {
                break;
            }
        }
        (outcome, kept, body.freeze())
    }

    /// Returns the path of a URL that leads to this sandbox.
    fn own_path(&self, url: &str) -> Option<String> {
        let parsed = Url::parse(url).ok().filter(|url| url.port_or_known_default() == self.own_port)?;
        let is_other_name = |host: &str| ["0.0.0.0", "[::]"].contains(&host) || host.ends_with(".localhost");
        let is_here = is_on_this_machine(url) || parsed.host_str().is_some_and(is_other_name);
        is_here.then(|| parsed.path().to_owned())
    }
}

/// Returns the client of all deliveries; `None` if TLS cannot be set up.
fn http_client() -> Option<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(ATTEMPT_TIMEOUT)
        // No connection outlives its attempt: a receiver that waits for the end of all of them does not wait for ever.
        .pool_max_idle_per_host(0)
        .no_proxy();
    builder.build().ok()
}

/// Returns `true` if the host of the URL is this machine by name or address, without resolving it.
pub(crate) fn is_on_this_machine(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        // A resolver may map names below `localhost` to another machine.
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_on_this_machine;

    #[test]
    fn nothing_leaves_this_machine_by_itself() {
        for url in ["http://localhost:1/x", "http://127.0.0.1", "http://[::1]:2/"] {
            assert!(is_on_this_machine(url), "{url}");
        }
        for url in [
            "https://hooks.example/",
            "http://10.0.0.1/",
            "http://hooks.localhost/",
            "http://localhost.example/",
            "localhost",
            "",
        ] {
            assert!(!is_on_this_machine(url), "{url}");
        }
    }
}
