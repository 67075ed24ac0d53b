//! Delivery queue: posts events to the registered webhooks, and repeats a delivery that fails.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue};
use serde_json::Value;
use tokio::sync::mpsc;
use url::{Host, Url};

use crate::mutex::lock;

/// Attempts per delivery. The vendors try for longer.
const MAX_ATTEMPTS: u32 = 3;
/// Pause between two attempts.
const RETRY_INTERVAL: Duration = Duration::from_millis(200);
/// Time-out of one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// Delivery of one event to one webhook.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Delivery {
    /// Name of the event.
    pub event: String,
    /// URL of the webhook.
    pub url: String,
    /// Headers registered for the webhook, or the signature of the body.
    pub headers: Vec<(String, String)>,
    /// JSON body.
    pub body: Value,
    /// Outcome; `None` while the delivery is in progress.
    pub outcome: Option<DeliveryOutcome>,
    /// Delay between the event and its delivery.
    pub(crate) delay: Duration,
}

/// Outcome of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveryOutcome {
    /// Status of the last response.
    Answered(u16),
    /// No response to the last attempt.
    Unreachable,
    /// Not sent: the host is another machine, and `deliver_anywhere` is off.
    NotOnThisMachine,
}

/// Omits URL, headers and body, which may hold secrets.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("event", &self.event).field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

impl Delivery {
    /// Creates a delivery without delay.
    pub(crate) fn new(event: &str, url: &str, headers: Vec<(String, String)>, body: Value) -> Self {
        Self { event: event.to_owned(), url: url.to_owned(), headers, body, outcome: None, delay: Duration::ZERO }
    }

    /// Delays the delivery.
    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// Returns the reason why a delivery cannot carry this header, or `None` if it can.
pub(crate) fn invalid_header(name: &str, value: &str) -> Option<&'static str> {
    let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
        return Some("A name of a header has a character that it can't have.");
    };
    if [HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION].contains(&name) {
        return Some("A header is set by HTTP itself.");
    }
    HeaderValue::from_str(value).is_err().then_some("A value of a header has a character that it can't have.")
}

/// Queue of deliveries. Those to one URL are sent one after the other, those to different URLs concurrently.
#[derive(Clone)]
pub(crate) struct DeliveryQueue {
    /// All deliveries, sent ones included.
    deliveries: Arc<Mutex<Vec<Delivery>>>,
    /// Indices of deliveries to send.
    queue: mpsc::UnboundedSender<usize>,
}

impl DeliveryQueue {
    /// Starts the sending task, which starts another one for each URL, so that no receiver waits for another. They end with
    /// the last clone of the queue.
    pub(crate) fn start(deliver_anywhere: bool) -> Self {
        let (queue, mut indices) = mpsc::unbounded_channel::<usize>();
        let deliveries = Arc::new(Mutex::new(Vec::<Delivery>::new()));
        let weak = Arc::downgrade(&deliveries);
        tokio::spawn(async move {
            let http = reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(ATTEMPT_TIMEOUT)
                .no_proxy()
                .build();
            let Ok(http) = http else { return };
            let mut receivers: HashMap<String, mpsc::UnboundedSender<usize>> = HashMap::new();
            while let Some(index) = indices.recv().await {
                let Some(url) = weak.upgrade().and_then(|deliveries| Some(lock(&deliveries).get(index)?.url.clone()))
                else {
                    return;
                };
                let receiver = receivers.entry(url).or_insert_with(|| {
                    let (queue, indices) = mpsc::unbounded_channel();
                    tokio::spawn(deliver_to_receiver(http.clone(), deliver_anywhere, Weak::clone(&weak), indices));
                    queue
                });
                // The task receives as long as this sender lives, so sending does not fail.
                let _ = receiver.send(index);
            }
        });
        Self { deliveries, queue }
    }

    /// Adds a delivery.
    pub(crate) fn push(&self, delivery: Delivery) {
        let mut deliveries = lock(&self.deliveries);
        deliveries.push(delivery);
        // This fails only while the runtime shuts down, when nothing is to be delivered any more.
        let _ = self.queue.send(deliveries.len() - 1);
    }

    /// Returns all deliveries, the oldest first.
    pub(crate) fn all(&self) -> Vec<Delivery> {
        lock(&self.deliveries).clone()
    }
}

/// Returns `true` if the host of the URL is this machine by name or address, without resolving it.
fn is_on_this_machine(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        // A resolver may map names below `localhost` to another machine.
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Sends the deliveries to one URL, in order.
async fn deliver_to_receiver(
    http: reqwest::Client,
    deliver_anywhere: bool,
    weak: Weak<Mutex<Vec<Delivery>>>,
    mut indices: mpsc::UnboundedReceiver<usize>,
) {
    while let Some(index) = indices.recv().await {
        let Some(delivery) = weak.upgrade().and_then(|deliveries| lock(&deliveries).get(index).cloned()) else {
            return;
        };
        let outcome = if deliver_anywhere || is_on_this_machine(&delivery.url) {
            deliver(&http, &delivery).await
        } else {
            DeliveryOutcome::NotOnThisMachine
        };
        let Some(deliveries) = weak.upgrade() else { return };
        if let Some(delivery) = lock(&deliveries).get_mut(index) {
            delivery.outcome = Some(outcome);
        }
    }
}

/// Posts a delivery, up to [`MAX_ATTEMPTS`] times, until the receiver answers with a 2xx status.
async fn deliver(http: &reqwest::Client, delivery: &Delivery) -> DeliveryOutcome {
    let mut outcome = DeliveryOutcome::Unreachable;
    for attempt in 0..MAX_ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
        let mut request = http.post(&delivery.url).header("content-type", "application/json");
        for (name, value) in &delivery.headers {
            request = request.header(name, value);
        }
        match request.body(delivery.body.to_string()).send().await {
            Ok(answer) => {
                let status = answer.status();
                outcome = DeliveryOutcome::Answered(status.as_u16());
                if status.is_success() {
                    break;
                }
            }
            Err(_) => outcome = DeliveryOutcome::Unreachable,
        }
    }
    outcome
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
