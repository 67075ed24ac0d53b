//! Reader of server-sent events.

use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::Value;

/// Event as it came.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) id: u64,
    pub(super) data: Value,
}

/// Open stream.
pub(super) struct Events {
    pub(super) response: Response,
    text: String,
    /// All text that came.
    pub(super) all: String,
}

impl Events {
    /// Opens the stream with this query.
    pub(super) async fn open(url: &str, query: &str) -> Self {
        Self::resume(url, query, None).await
    }

    /// Opens the stream as a browser does that has lost it.
    pub(super) async fn resume(url: &str, query: &str, last_event_id: Option<u64>) -> Self {
        let mut request = Client::new().get(format!("{url}/sandbox/stream{query}"));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new(), all: String::new() }
    }

    /// Returns the next event.
    pub(super) async fn next(&mut self) -> Event {
        // Comments come every 15 seconds.
        tokio::time::timeout(Duration::from_secs(20), self.read()).await.expect("an event comes")
    }

    async fn read(&mut self) -> Event {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                if let Some(data) = field("data") {
                    return Event {
                        name: field("event").expect("a name").to_owned(),
                        id: field("id").expect("an id").parse().expect("a revision"),
                        data: serde_json::from_str(data).expect("json"),
                    };
                }
                continue;
            }
            let chunk = self.response.chunk().await.expect("it is whole").expect("it has no end");
            let chunk = std::str::from_utf8(&chunk).expect("text");
            self.text.push_str(chunk);
            self.all.push_str(chunk);
        }
    }

    /// Returns the events up to the first that fits, which is the last of them.
    pub(super) async fn until(&mut self, fits: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let event = self.next().await;
            let last = fits(&event);
            events.push(event);
            if last {
                return events;
            }
        }
    }

    /// Returns the events of the first page, the clock as the last.
    pub(super) async fn first_page(&mut self) -> Vec<Event> {
        self.until(|event| event.name == "clock").await
    }
}

/// Returns the names of the events.
pub(super) fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}
