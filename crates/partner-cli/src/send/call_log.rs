//! Log of calls for people: `--verbose`. It has what the clients tell `tracing`, which holds no secret, id, query or body.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber as _;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::hidden_texts::HiddenTexts;
use crate::printable::printable;

/// Crates that the log is of. What others trace may hold anything.
const TARGETS: [&str; 2] = ["dialog360_api", "zapsign_api"];

/// Waits for work, and writes what its calls do meanwhile, a line each. Ids of traces and names of fields are the vendor's, so
/// that anything may be in them.
pub(crate) async fn logged<T>(work: impl Future<Output = T>, hidden: &HiddenTexts, stderr: &mut dyn io::Write) -> T {
    let (sender, mut lines) = unbounded_channel();
    let work = work.with_subscriber(CallLog { sender, spans: Mutex::default(), last: AtomicU64::new(0) });
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            Some(line) = lines.recv() => write(stderr, hidden, line),
            result = &mut work => {
                rest(&mut lines, hidden, stderr);
                return result;
            }
        }
    }
}

fn rest(lines: &mut UnboundedReceiver<String>, hidden: &HiddenTexts, stderr: &mut dyn io::Write) {
    while let Ok(line) = lines.try_recv() {
        write(stderr, hidden, line);
    }
}

fn write(stderr: &mut dyn io::Write, hidden: &HiddenTexts, mut line: String) {
    hidden.hide(&mut line);
    // Nobody has to read the log.
    let _ = writeln!(stderr, "partner: {}", printable(&line, false));
}

/// Subscriber that makes a line of each event.
struct CallLog {
    sender: UnboundedSender<String>,
    /// Operations of the spans of calls that go on, by the span's id.
    spans: Mutex<HashMap<u64, String>>,
    last: AtomicU64,
}

impl CallLog {
    fn spans(&self) -> std::sync::MutexGuard<'_, HashMap<u64, String>> {
        self.spans.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Subscriber for CallLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        TARGETS.contains(&metadata.target())
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let mut fields = Fields::default();
        span.record(&mut fields);
        let text = ["otel.name", "http.request.method", "url.template"].map(|name| fields.get(name)).join(" ");
        let _ = self.sender.send(format!("{text}: begins"));
        self.spans().insert(id, fields.get("otel.name").to_owned());
        Id::from_u64(id)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let span = event.parent().and_then(|id| self.spans().get(&id.into_u64()).cloned());
        let operation = span.unwrap_or_else(|| fields.get("operation").to_owned());
        let _ = self.sender.send(format!("{operation}: {}", fields.line()));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}

    fn try_close(&self, id: Id) -> bool {
        self.spans().remove(&id.into_u64());
        true
    }
}

/// Fields of a span or an event, as texts.
#[derive(Default)]
struct Fields(HashMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl Fields {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Returns the line of an event.
    fn line(&self) -> String {
        match self.get("message") {
            "attempt" => self.attempt(),
            "drift" if self.get("pointer").is_empty() => {
                format!("the answer differs from the spec: {}", self.get("kind"))
            }
            "drift" => format!("the answer differs from the spec at {}: {}", self.get("pointer"), self.get("kind")),
            message if !self.get("wait_ms").is_empty() => format!("{message}, in {} ms", self.get("wait_ms")),
            message => message.to_owned(),
        }
    }

    fn attempt(&self) -> String {
        let number = self.get("http.request.resend_count").parse::<u32>().unwrap_or_default() + 1;
        let status = match self.get("http.response.status_code") {
            "" => self.get("error.type"),
            status => status,
        };
        let mut line = format!("attempt {number}: {status} after {} ms", self.get("duration_ms"));
        let trace_id = self.get("trace_id");
        if !trace_id.is_empty() {
            let _ = write!(line, ", trace id {trace_id}");
        }
        line
    }
}
