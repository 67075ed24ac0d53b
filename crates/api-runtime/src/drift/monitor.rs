use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde_json::Value;

use super::report::{Drift, DriftKind, JsonType};
use super::table::SchemaTable;
use super::walk::{Differences, MAX_FINDINGS, compare};
use crate::operation::Operation;
use crate::wire::RawResponse;
use crate::wire::{DECODE_LIMIT, decode_limit};

/// Number of bodies of each operation and event that are compared before sampling starts.
const DEFAULT_SAMPLE_FIRST: u64 = 20;
/// Interval of sampling: one in this many bodies.
const DEFAULT_SAMPLE_EVERY: u64 = 100;

/// Collector of differences between what a vendor sends and what the spec says. Clones share their findings, so that
/// one monitor can serve several clients and a webhook receiver.
///
/// The first 20 bodies of each operation and event are compared with the spec, then one in 100; the status of every
/// response is. Each difference is reported once, to the callback and, with the feature `tracing`, as an event of level
/// `WARN`; later occurrences are counted. At most 256 differences are kept.
///
/// A body that is not JSON, or that would take more than 128 MiB when decoded, is not compared.
#[derive(Clone, Default)]
pub struct DriftMonitor(Arc<Inner>);

type Callback = Box<dyn Fn(&Drift) + Send + Sync>;

/// State that the clones of a monitor share.
struct Inner {
    callback: Option<Callback>,
    sample_first: AtomicU64,
    sample_every: AtomicU64,
    state: Mutex<MonitorState>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            callback: None,
            sample_first: DEFAULT_SAMPLE_FIRST.into(),
            sample_every: DEFAULT_SAMPLE_EVERY.into(),
            state: Mutex::default(),
        }
    }
}

#[derive(Default)]
struct MonitorState {
    /// Number of bodies, by crate and by name of the operation or event.
    bodies: BTreeMap<(&'static str, &'static str), u64>,
    findings: Vec<Drift>,
    /// Number of occurrences of differences that are not kept.
    overflow: u64,
}

/// Origin of a body: an operation with a status, or an event.
#[derive(Clone, Copy)]
struct Origin {
    table: &'static SchemaTable,
    name: Option<&'static str>,
    status: Option<u16>,
}

impl DriftMonitor {
    /// Creates a monitor that calls `callback` once for each difference; `DriftMonitor::default()` is one without a
    /// callback.
    ///
    /// The callback runs in the task that received the body, so it should not block. A panic in it is caught.
    pub fn new(callback: impl Fn(&Drift) + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner { callback: Some(Box::new(callback)), ..Inner::default() }))
    }

    /// Sets the number of bodies of each operation and event that are compared before sampling starts; default 20.
    /// Applies to clones, too.
    #[must_use]
    pub fn sample_first(self, bodies: u64) -> Self {
        self.0.sample_first.store(bodies, Ordering::Relaxed);
        self
    }

    /// Sets the interval of sampling after the first bodies: one in `bodies` is compared, none with 0; default 100.
    /// Applies to clones, too.
    #[must_use]
    pub fn sample_every(self, bodies: u64) -> Self {
        self.0.sample_every.store(bodies, Ordering::Relaxed);
        self
    }

    /// Returns the differences found so far with their current counts, in the order in which they were found; at most
    /// 256.
    pub fn findings(&self) -> Vec<Drift> {
        self.lock().findings.clone()
    }

    /// Returns the number of occurrences of differences that are not kept, because 256 others are.
    pub fn overflow(&self) -> u64 {
        self.lock().overflow
    }

    /// Compares a response with the spec: its status, and its body if it is sampled. Clients that were built with the
    /// monitor do this themselves. An operation that the table does not have is ignored.
    pub fn observe_response(&self, table: &'static SchemaTable, operation: &str, status: u16, body: &[u8]) {
        let Some(row) = table.operation(operation) else { return };
        let origin = Origin { table, name: Some(row.id), status: Some(status) };
        let listed = row.response(status);
        if listed.is_none() {
            self.record_one(origin, String::new(), DriftKind::UndocumentedStatus, None);
        }
        let is_sampled = self.is_sampled(origin);
        let listed = listed.or_else(|| row.success().filter(|_| (200..300).contains(&status)));
        if let Some(schema) = listed.and_then(|row| row.body).filter(|_| is_sampled)
            && decode_limit::fits(body, DECODE_LIMIT)
            && let Ok(value) = serde_json::from_slice::<Value>(body)
        {
            self.record(origin, compare(schema, &value));
        }
    }

    /// Compares a webhook delivery with the spec: one event, or a list of them, each of which is sampled by itself.
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
                if self.is_sampled(origin) {
                    self.record(origin, compare(row.body, event));
                }
            }
        }
    }

    /// Counts a body. Returns `true` if it is to be compared.
    fn is_sampled(&self, origin: Origin) -> bool {
        let first = self.0.sample_first.load(Ordering::Relaxed);
        let every = self.0.sample_every.load(Ordering::Relaxed);
        let mut state = self.lock();
        let bodies = state.bodies.entry((origin.table.crate_name, origin.name.unwrap_or_default())).or_default();
        *bodies += 1;
        match bodies.checked_sub(first) {
            None | Some(0) => true,
            Some(after) => every > 0 && after % every == 0,
        }
    }

    fn record_one(&self, origin: Origin, pointer: String, kind: DriftKind, json_type: Option<JsonType>) {
        let by_location = BTreeMap::from([((pointer, kind), json_type)]);
        self.record(origin, Differences { by_location, overflow: 0 });
    }

    /// Counts the differences of one body, and reports those that are new.
    fn record(&self, origin: Origin, differences: Differences) {
        if differences.by_location.is_empty() {
            return;
        }
        let mut new_findings = Vec::new();
        let mut state = self.lock();
        state.overflow += differences.overflow;
        for ((pointer, kind), json_type) in differences.by_location {
            let now = SystemTime::now();
            let is_same = |finding: &&mut Drift| {
                (finding.crate_name, finding.operation, finding.status, finding.kind)
                    == (origin.table.crate_name, origin.name, origin.status, kind)
                    && finding.pointer == pointer
            };
            if let Some(finding) = state.findings.iter_mut().find(is_same) {
                finding.count += 1;
                finding.last_seen = now;
            } else if state.findings.len() < MAX_FINDINGS {
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
                new_findings.push(drift.clone());
                state.findings.push(drift);
            } else {
                state.overflow += 1;
            }
        }
        // A callback may use the monitor, so it runs without the lock.
        drop(state);
        new_findings.iter().for_each(|drift| self.report(origin.table, drift));
    }

    fn report(&self, table: &SchemaTable, drift: &Drift) {
        (table.record)(drift);
        if let Some(callback) = &self.0.callback {
            // A panic in a callback must not cost the caller the response.
            let _ = catch_unwind(AssertUnwindSafe(|| callback(drift)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, MonitorState> {
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

/// Monitor of a client, and the table that its responses are compared with.
#[derive(Clone)]
pub(crate) struct Observer {
    pub(crate) monitor: DriftMonitor,
    pub(crate) table: &'static SchemaTable,
}

impl Observer {
    /// Compares a response with the spec. Of an incomplete one only the status is compared.
    #[cold]
    pub(crate) fn response(&self, operation: &Operation, response: &RawResponse) {
        let body: &[u8] = if response.complete { &response.body } else { &[] };
        self.monitor.observe_response(self.table, operation.id, response.status.as_u16(), body);
    }
}
