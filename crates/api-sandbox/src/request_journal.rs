//! Request journal: records every request, so that a test can count effects and a page can show them.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, Uri};

use crate::faults::Fault;
use crate::revisions::{ChangeIndex, ChangeRange, Changed, Revisions};
use crate::spec::Reply;

/// Largest number of requests kept; the oldest are removed first.
const MAX_REQUESTS: usize = 100_000;
/// Largest number of bytes of memory that requests and answers take; the oldest requests are removed first.
const MAX_BYTES: usize = 256 * 1024 * 1024;
/// Bytes that a request counts for besides its path, headers and bodies.
const REQUEST_BYTES: usize = 1024;
/// Bytes that a header counts for besides its name and value.
const HEADER_BYTES: usize = 128;
/// Largest number of bytes of a body that may be a part of the buffer that it was read into.
const MAX_BUFFERED: usize = 512 * 1024;

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
    /// `true` if the client closed the connection before there was a response.
    pub cancelled: bool,
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
            .field("cancelled", &self.cancelled)
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
    /// Returns the status that the client gets, which a fault may have changed; `None` if there is no response, or not yet.
    pub(crate) fn client_status(&self) -> Option<u16> {
        self.fault.as_ref().map_or(self.status, |fault| fault.client_status(self.status))
    }

    /// Returns the bytes that it counts for in the journal.
    fn bytes(&self) -> usize {
        let answer = self.answer.as_ref();
        let answer = answer.map_or(0, |answer| header_bytes(&answer.headers) + answer.body.len());
        let path = self.uri.path_and_query().map_or(0, |path| path.as_str().len());
        let fault = self.fault.as_ref().map_or(0, Fault::bytes);
        REQUEST_BYTES + path + header_bytes(&self.headers) + self.body.len() + fault + answer
    }
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| HEADER_BYTES + name.as_str().len() + value.len()).sum()
}

/// Copies what was read into one buffer, which is much larger than a request and as long there as a part of it.
fn compact(request: &mut RecordedRequest) {
    let mut buffer = BytesMut::new();
    request.headers.values().for_each(|value| buffer.extend_from_slice(value.as_bytes()));
    let path = request.uri.to_string();
    buffer.extend_from_slice(path.as_bytes());
    let has_small_body = request.body.len() <= MAX_BUFFERED;
    if has_small_body {
        buffer.extend_from_slice(&request.body);
    }
    let mut rest = buffer.freeze();
    for value in request.headers.values_mut() {
        let is_sensitive = value.is_sensitive();
        // The bytes are those of a value and of a path, so that neither is refused.
        if let Ok(copy) = HeaderValue::from_maybe_shared(rest.split_to(value.len())) {
            *value = copy;
            value.set_sensitive(is_sensitive);
        }
    }
    if let Ok(copy) = Uri::from_maybe_shared(rest.split_to(path.len())) {
        request.uri = copy;
    }
    if has_small_body {
        request.body = rest;
    }
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
        compact(&mut request);
        self.bytes += request.bytes();
        let revision = self.revisions.next();
        self.changes.record(self.count, 0, revision);
        self.requests.push_back((revision, Arc::new(request)));
        self.remove_oldest();
        self.count
    }

    /// Records the handler's response to a request.
    pub(crate) fn record_answer(&mut self, number: u64, reply: &Reply, faulted: bool) {
        self.change(number, |request| {
            request.served = true;
            request.status = Some(reply.status.as_u16());
            request.answer = Some(RecordedAnswer {
                status: reply.status.as_u16(),
                headers: reply.headers.clone(),
                body: reply.body.clone(),
                faulted,
            });
        });
    }

    /// Records that the client closed the connection before there was a response.
    pub(crate) fn record_cancelled(&mut self, number: u64) {
        self.change(number, |request| request.cancelled = true);
    }

    fn change(&mut self, number: u64, change: impl FnOnce(&mut RecordedRequest)) {
        let Some((revision, request)) = self.index(number).and_then(|index| self.requests.get_mut(index)) else {
            return;
        };
        // A reader may hold the request as it was.
        let request = Arc::make_mut(request);
        self.bytes -= request.bytes();
        change(request);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&'static str, Bytes)], uri: Bytes, body: Bytes) -> RecordedRequest {
        let value = |value: &Bytes| HeaderValue::from_maybe_shared(value.clone()).expect("a value");
        RecordedRequest {
            number: 0,
            time: SystemTime::UNIX_EPOCH,
            vendor: Some("zapsign"),
            operation: None,
            method: Method::POST,
            uri: Uri::from_maybe_shared(uri).expect("a path"),
            headers: headers.iter().map(|(name, bytes)| (name.parse().expect("a name"), value(bytes))).collect(),
            body,
            fault: None,
            served: false,
            status: None,
            answer: None,
            cancelled: false,
        }
    }

    #[test]
    fn a_request_keeps_nothing_of_the_buffer_that_it_was_read_into() {
        let mut buffer = BytesMut::from(&b"/docs/?page=1application/jsonsecrettwo{}"[..]);
        buffer.reserve(1 << 20);
        let mut rest = buffer.freeze();
        let mut take = |length| rest.split_to(length);
        let (uri, kind, secret, two) = (take(13), take(16), take(6), take(3));
        let headers = [("content-type", kind), ("authorization", secret.clone()), ("x-a", secret), ("x-a", two)];
        let read = request(&headers, uri, rest.clone());
        drop(headers);
        let mut journal = RequestJournal::new(Revisions::default());
        let number = journal.record(read.clone());
        let kept = journal.get(number).expect("it is kept");
        assert!(*kept == RecordedRequest { number, ..read });
        assert_eq!(kept.uri, "/docs/?page=1");
        assert!(rest.is_unique(), "what is kept has no part of it");
    }

    #[test]
    fn answers_are_bounded_too() {
        let mut journal = RequestJournal::new(Revisions::default());
        let whole = Reply::new(200, "text/plain", vec![b'x'; MAX_BYTES / 2]);
        for number in 1..=4 {
            let recorded = request(&[], Bytes::from_static(b"/"), Bytes::new());
            assert_eq!(journal.record(recorded), number);
            journal.record_answer(number, &whole, false);
        }
        assert_eq!(journal.after(0).map(|request| request.number).collect::<Vec<_>>(), [4]);
        journal.record_answer(3, &whole, false);
        assert!(journal.get(3).is_none() && journal.get(5).is_none());
        let answer = journal.get(4).and_then(|request| request.answer.clone()).expect("an answer");
        assert_eq!((answer.status, answer.body.len()), (200, MAX_BYTES / 2));
        let all = ChangeRange { since: 0, until: u64::MAX };
        assert_eq!(journal.changed(all, 9, |_| true).rows.len(), 1, "what is removed has not changed");
        journal.clear();
        assert_eq!((journal.bytes, journal.changed(all, 9, |_| true).rows.len()), (0, 0));
    }
}
