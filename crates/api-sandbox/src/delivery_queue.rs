//! Deliveries to the webhooks that were registered: over HTTP, again until the receiver takes them.

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

/// How often a delivery is tried. The vendors try for longer.
const MAX_ATTEMPTS: u32 = 3;
const RETRY_INTERVAL: Duration = Duration::from_millis(200);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// An event on its way to a webhook.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Delivery {
    /// Name of the event.
    pub event: String,
    /// The address that was registered.
    pub url: String,
    /// The headers that were registered, or that sign the body.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
    /// How it went; missing as long as it is under way.
    pub outcome: Option<DeliveryOutcome>,
    /// Time from what happened to its delivery.
    pub(crate) delay: Duration,
}

/// How a delivery went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveryOutcome {
    /// The receiver answered so, at last.
    Answered(u16),
    /// Nobody answered.
    Unreachable,
    /// The address is not on this machine, and the sandbox was not told to deliver elsewhere.
    NotOnThisMachine,
}

/// Shows neither address nor headers, which may hold a secret, nor the body.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("event", &self.event).field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

impl Delivery {
    pub(crate) fn new(event: &str, url: &str, headers: Vec<(String, String)>, body: Value) -> Self {
        Self { event: event.to_owned(), url: url.to_owned(), headers, body, outcome: None, delay: Duration::ZERO }
    }

    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// Says why a header can't be sent along with deliveries, if it can't.
pub(crate) fn invalid_header(name: &str, value: &str) -> Option<&'static str> {
    let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
        return Some("A name of a header has a character that it can't have.");
    };
    if [HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION].contains(&name) {
        return Some("A header is set by HTTP itself.");
    }
    HeaderValue::from_str(value).is_err().then_some("A value of a header has a character that it can't have.")
}

/// Sends deliveries, those to one receiver one after the other, and remembers them.
#[derive(Clone)]
pub(crate) struct DeliveryQueue {
    deliveries: Arc<Mutex<Vec<Delivery>>>,
    queue: mpsc::UnboundedSender<usize>,
}

impl DeliveryQueue {
    /// Starts the task that sends, with one more for each receiver, so that none waits for another. They end with the last
    /// clone of the `Post`.
    pub(crate) fn start(deliver_anywhere: bool) -> Self {
        let (queue, mut waiting) = mpsc::unbounded_channel::<usize>();
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
            while let Some(index) = waiting.recv().await {
                let Some(url) = weak.upgrade().and_then(|deliveries| Some(lock(&deliveries).get(index)?.url.clone()))
                else {
                    return;
                };
                let receiver = receivers.entry(url).or_insert_with(|| {
                    let (queue, waiting) = mpsc::unbounded_channel();
                    tokio::spawn(deliver_to_receiver(http.clone(), deliver_anywhere, Weak::clone(&weak), waiting));
                    queue
                });
                // It reads as long as this holds the other end.
                let _ = receiver.send(index);
            }
        });
        Self { deliveries, queue }
    }

    pub(crate) fn push(&self, delivery: Delivery) {
        let mut deliveries = lock(&self.deliveries);
        deliveries.push(delivery);
        // Nobody reads any more when the runtime ends, and then nothing is to be delivered.
        let _ = self.queue.send(deliveries.len() - 1);
    }

    pub(crate) fn all(&self) -> Vec<Delivery> {
        lock(&self.deliveries).clone()
    }
}

fn is_on_this_machine(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        // A resolver may place what is below it on another machine.
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Sends what is for one receiver.
async fn deliver_to_receiver(
    http: reqwest::Client,
    deliver_anywhere: bool,
    weak: Weak<Mutex<Vec<Delivery>>>,
    mut waiting: mpsc::UnboundedReceiver<usize>,
) {
    while let Some(index) = waiting.recv().await {
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
