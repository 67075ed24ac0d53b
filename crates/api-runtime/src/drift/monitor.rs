use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde_json::Value;

use super::report::{Drift, DriftKind, JsonType};
use super::table::SchemaTable;
use super::walk::{Found, MOST, compare};
use crate::operation::Operation;
use crate::wire::Answer;
use crate::wire::{DECODE_LIMIT, decode_limit};

const FIRST: u64 = 20;
const EVERY: u64 = 100;

/// Handle that collects differences between what a vendor sends and what the spec says. Clones share what they collect, so
/// one monitor can serve several clients and a webhook's receiver.
///
/// Of each operation and of each event the first 20 bodies are compared with the spec, then one in 100; a status is looked at
/// each time. Each difference is told once, to the callback and, with the feature `tracing`, as an event of level `WARN`;
/// after that it is counted. At most 256 are kept.
///
/// A body that is not JSON, or has more values than 128 MiB hold, is not compared: the call itself says what is wrong with
/// it.
#[derive(Clone, Default)]
pub struct DriftMonitor(Arc<Shared>);

type Callback = Box<dyn Fn(&Drift) + Send + Sync>;

struct Shared {
    callback: Option<Callback>,
    first: AtomicU64,
    every: AtomicU64,
    state: Mutex<State>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { callback: None, first: FIRST.into(), every: EVERY.into(), state: Mutex::default() }
    }
}

#[derive(Default)]
struct State {
    /// Number of bodies, by crate and by name of the operation or event.
    bodies: BTreeMap<(&'static str, &'static str), u64>,
    findings: Vec<Drift>,
    overflow: u64,
}

/// What a body is of.
#[derive(Clone, Copy)]
struct Origin {
    table: &'static SchemaTable,
    name: Option<&'static str>,
    status: Option<u16>,
}

impl DriftMonitor {
    /// Creates a monitor that tells each difference to a callback, once. The callback runs where the body was received, so
    /// it should return soon. A panic in it ends there. A monitor without a callback is `DriftMonitor::default()`.
    pub fn new(callback: impl Fn(&Drift) + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared { callback: Some(Box::new(callback)), ..Shared::default() }))
    }

    /// Sets how many bodies of each operation and event are compared before sampling starts. 20 unless set; holds for
    /// clones, too.
    #[must_use]
    pub fn sample_first(self, bodies: u64) -> Self {
        self.0.first.store(bodies, Ordering::Relaxed);
        self
    }

    /// Sets that one in so many bodies is compared after the first ones; 0 for none. 100 unless set; holds for clones, too.
    #[must_use]
    pub fn sample_every(self, bodies: u64) -> Self {
        self.0.every.store(bodies, Ordering::Relaxed);
        self
    }

    /// Returns the differences found so far, with today's counts, in the order in which they were found.
    pub fn findings(&self) -> Vec<Drift> {
        self.lock().findings.clone()
    }

    /// Returns how often a difference was found that had no room, because 256 others were there already.
    pub fn overflow(&self) -> u64 {
        self.lock().overflow
    }

    /// Compares an answer with the spec, if its turn has come. Clients that were built with the monitor do this themselves.
    /// An operation that the table does not have is ignored.
    pub fn observe_answer(&self, table: &'static SchemaTable, operation: &str, status: u16, body: &[u8]) {
        let Some(row) = table.operation(operation) else { return };
        let origin = Origin { table, name: Some(row.id), status: Some(status) };
        let listed = row.answer(status);
        if listed.is_none() {
            self.record_one(origin, String::new(), DriftKind::UndocumentedStatus, None);
        }
        let is_due = self.is_due(origin);
        let listed = listed.or_else(|| row.success().filter(|_| (200..300).contains(&status)));
        if let Some(schema) = listed.and_then(|row| row.body).filter(|_| is_due)
            && decode_limit::fits(body, DECODE_LIMIT)
            && let Ok(value) = serde_json::from_slice::<Value>(body)
        {
            self.record(origin, compare(schema, &value));
        }
    }

    /// Compares a delivery to a webhook with the spec, if its turn has come: one event, or a list of them.
    pub fn observe_delivery(&self, table: &'static SchemaTable, body: &[u8]) {
        if !decode_limit::fits(body, DECODE_LIMIT) {
            return;
        }
        match serde_json::from_slice(body) {
            Ok(Value::Array(events)) => events.iter().for_each(|event| self.observe_event(table, event)),
            Ok(event) => self.observe_event(table, &event),
            Err(_) => {}
        }
    }

    fn observe_event(&self, table: &'static SchemaTable, event: &Value) {
        let unlisted = Origin { table, name: None, status: None };
        let pointer = format!("/{}", table.event_key);
        let Some(name) = event.get(table.event_key) else {
            return self.record_one(unlisted, pointer, DriftKind::MissingField, None);
        };
        match name.as_str().and_then(|name| table.event(name)) {
            None => self.record_one(unlisted, pointer, DriftKind::UnknownEvent, Some(JsonType::of(name))),
            Some(row) => {
                let origin = Origin { name: Some(row.name), ..unlisted };
                if self.is_due(origin) {
                    self.record(origin, compare(row.body, event));
                }
            }
        }
    }

    /// Counts a body, and says whether it is one to compare.
    fn is_due(&self, origin: Origin) -> bool {
        let (first, every) = (self.0.first.load(Ordering::Relaxed), self.0.every.load(Ordering::Relaxed));
        let mut state = self.lock();
        let bodies = state.bodies.entry((origin.table.crate_name, origin.name.unwrap_or_default())).or_default();
        *bodies += 1;
        match bodies.checked_sub(first) {
            None | Some(0) => true,
            Some(after) => every > 0 && after % every == 0,
        }
    }

    fn record_one(&self, origin: Origin, pointer: String, kind: DriftKind, json_type: Option<JsonType>) {
        self.record(origin, Found { places: BTreeMap::from([((pointer, kind), json_type)]), overflow: 0 });
    }

    /// Counts what was found in one body, and tells what was not found before.
    fn record(&self, origin: Origin, found: Found) {
        if found.places.is_empty() {
            return;
        }
        let mut unheard = Vec::new();
        let mut state = self.lock();
        state.overflow += found.overflow;
        for ((pointer, kind), json_type) in found.places {
            let now = SystemTime::now();
            let is_same = |known: &&mut Drift| {
                (known.crate_name, known.operation, known.status, known.kind)
                    == (origin.table.crate_name, origin.name, origin.status, kind)
                    && known.pointer == pointer
            };
            if let Some(known) = state.findings.iter_mut().find(is_same) {
                known.count += 1;
                known.last_seen = now;
            } else if state.findings.len() < MOST {
                let drift = Drift {
                    crate_name: origin.table.crate_name,
                    crate_version: origin.table.crate_version,
                    spec_revision: origin.table.spec_revision,
                    operation: origin.name,
                    status: origin.status,
                    pointer,
                    kind,
                    json_type,
                    count: 1,
                    first_seen: now,
                    last_seen: now,
                };
                unheard.push(drift.clone());
                state.findings.push(drift);
            } else {
                state.overflow += 1;
            }
        }
        drop(state);
        unheard.iter().for_each(|drift| self.tell(drift));
    }

    fn tell(&self, drift: &Drift) {
        #[cfg(feature = "tracing")]
        tracing::event!(
            tracing::Level::WARN,
            crate_name = drift.crate_name,
            crate_version = drift.crate_version,
            spec_revision = drift.spec_revision,
            operation = drift.operation,
            http.response.status_code = drift.status,
            pointer = drift.pointer,
            kind = drift.kind.name(),
            json_type = drift.json_type.map(JsonType::name),
            "drift"
        );
        if let Some(callback) = &self.0.callback {
            // An answer that has arrived is worth more than what a callback makes of a difference.
            let _ = catch_unwind(AssertUnwindSafe(|| callback(drift)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Fn(&Drift) + Send + Sync + 'static> From<F> for DriftMonitor {
    fn from(callback: F) -> Self {
        Self::new(callback)
    }
}

impl fmt::Debug for DriftMonitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DriftMonitor").field("findings", &self.findings()).finish_non_exhaustive()
    }
}

/// A client's monitor, and the table that its answers are compared with.
pub(crate) struct Observer {
    pub(crate) monitor: DriftMonitor,
    pub(crate) table: &'static SchemaTable,
}

impl Observer {
    /// Looks at an answer. Of one that is not whole only the status counts.
    #[cold]
    pub(crate) fn answer(&self, operation: &Operation, answer: &Answer) {
        let body: &[u8] = if answer.complete { &answer.body } else { &[] };
        self.monitor.observe_answer(self.table, operation.id, answer.status.as_u16(), body);
    }
}
