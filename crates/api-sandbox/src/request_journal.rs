//! Request journal: records every request, so that a test can count effects and a page can show them.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};

use crate::faults::Fault;
use crate::revisions::{ChangeIndex, ChangeRange, Changed, Revisions};
use crate::spec::Reply;

/// Largest number of requests kept; the oldest are removed first.
const MAX_REQUESTS: usize = 100_000;
/// Largest number of bytes kept of headers and bodies, those of answers included; the oldest requests are removed first.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// Request as it arrived, with its fault and its answer.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Sequence number, starting at 1.
    pub number: u64,
    /// Time of arrival, by the sandbox's clock.
    pub time: SystemTime,
    /// Name of the API, such as `zapsign`; `None` if the path belongs to none.
    pub vendor: Option<&'static str>,
    /// Id of the operation; `None` if the method and path belong to none.
    pub operation: Option<String>,
    /// HTTP method.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// Headers, including the credential.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// Fault that was injected.
    pub fault: Option<Fault>,
    /// `true` if the request reached its handler. It took effect then, although a fault may have lost the response.
    pub served: bool,
    /// Status of the handler's response, before a fault changed it; `None` if the request did not reach the handler.
    pub status: Option<u16>,
    /// Handler's response, before a fault changed it; `None` if the request did not reach the handler, or is in progress.
    pub answer: Option<RecordedAnswer>,
}

/// Response of the handler of a request.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedAnswer {
    /// Status.
    pub status: u16,
    /// Headers, without those of the connection.
    pub headers: HeaderMap,
    /// Body. It may hold a key or a token that the request has created.
    pub body: Bytes,
    /// `true` if a fault changed the response, or lost it.
    pub faulted: bool,
}

/// Omits headers, bodies and path, which may hold secrets or ids.
impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("number", &self.number)
            .field("operation", &self.operation)
            .field("method", &self.method.as_str())
            .field("fault", &self.fault)
            .field("served", &self.served)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Omits headers and body, which may hold secrets.
impl fmt::Debug for RecordedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedAnswer")
            .field("status", &self.status)
            .field("faulted", &self.faulted)
            .finish_non_exhaustive()
    }
}

impl RecordedRequest {
    /// Returns the bytes that it counts for in the journal.
    fn bytes(&self) -> usize {
        let answer = self.answer.as_ref();
        let answer = answer.map_or(0, |answer| header_bytes(&answer.headers) + answer.body.len());
        header_bytes(&self.headers) + self.body.len() + answer
    }
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// Log of the latest requests, bounded in number and in bytes.
pub(crate) struct RequestJournal {
    /// Requests without gaps between their numbers, each with the revision of its latest change.
    requests: VecDeque<(u64, Arc<RecordedRequest>)>,
    /// Number of requests recorded so far, removed ones included.
    count: u64,
    bytes: usize,
    changes: ChangeIndex,
    revisions: Revisions,
}

impl RequestJournal {
    /// Creates an empty journal, the changes of which are counted by `revisions`.
    pub(crate) fn new(revisions: Revisions) -> Self {
        Self { requests: VecDeque::new(), count: 0, bytes: 0, changes: ChangeIndex::default(), revisions }
    }

    /// Records a request and returns its number.
    pub(crate) fn record(&mut self, mut request: RecordedRequest) -> u64 {
        self.count += 1;
        request.number = self.count;
        self.bytes += request.bytes();
        let revision = self.revisions.next();
        self.changes.record(self.count, 0, revision);
        self.requests.push_back((revision, Arc::new(request)));
        self.remove_oldest();
        self.count
    }

    /// Records the handler's response to a request.
    pub(crate) fn record_answer(&mut self, number: u64, reply: &Reply, faulted: bool) {
        let Some((revision, request)) = self.index(number).and_then(|index| self.requests.get_mut(index)) else {
            return;
        };
        // A reader may hold the request without its answer.
        let request = Arc::make_mut(request);
        self.bytes -= request.bytes();
        request.served = true;
        request.status = Some(reply.status.as_u16());
        request.answer = Some(RecordedAnswer {
            status: reply.status.as_u16(),
            headers: reply.headers.clone(),
            body: reply.body.clone(),
            faulted,
        });
        self.bytes += request.bytes();
        let last = std::mem::replace(revision, self.revisions.next());
        self.changes.record(number, last, *revision);
        self.remove_oldest();
    }

    /// Removes the requests kept. The numbers go on.
    pub(crate) fn clear(&mut self) {
        self.requests.clear();
        self.changes.clear();
        self.bytes = 0;
    }

    /// Returns the request with this number, if it is kept.
    pub(crate) fn get(&self, number: u64) -> Option<Arc<RecordedRequest>> {
        self.requests.get(self.index(number)?).map(|(_, request)| Arc::clone(request))
    }

    /// Returns the requests kept with a larger number than this one, the oldest first.
    pub(crate) fn after(&self, number: u64) -> impl Iterator<Item = &Arc<RecordedRequest>> {
        let first = self.requests.front().map_or(0, |(_, oldest)| oldest.number);
        let skipped = usize::try_from(number.saturating_add(1).saturating_sub(first)).unwrap_or(usize::MAX);
        self.requests.range(skipped.min(self.requests.len())..).map(|(_, request)| request)
    }

    /// Returns the newest `limit` requests that match and changed within these revisions, and the number of the others.
    pub(crate) fn changed(
        &self,
        range: ChangeRange,
        limit: usize,
        matches: impl Fn(&RecordedRequest) -> bool,
    ) -> Changed<Arc<RecordedRequest>> {
        self.changes.within(range, limit, |number| {
            let (_, request) = self.requests.get(self.index(number)?)?;
            matches(request).then(|| Arc::clone(request))
        })
    }

    /// Returns the number of requests recorded, including those no longer kept.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Returns the index of a request. Numbers have no gaps.
    fn index(&self, number: u64) -> Option<usize> {
        let (_, first) = self.requests.front()?;
        usize::try_from(number.checked_sub(first.number)?).ok()
    }

    fn remove_oldest(&mut self) {
        while self.requests.len() > MAX_REQUESTS || self.bytes > MAX_BYTES {
            let Some((revision, oldest)) = self.requests.pop_front() else { break };
            self.changes.remove(revision);
            self.bytes -= oldest.bytes();
        }
    }
}
