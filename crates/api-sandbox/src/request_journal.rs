//! Request journal: records every request, so that a test can count effects.

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};

use crate::faults::Fault;

/// Largest number of requests kept; the oldest are removed first.
const MAX_REQUESTS: usize = 100_000;
/// Largest number of bytes of request bodies kept; the oldest requests are removed first.
const MAX_BODY_BYTES: usize = 256 * 1024 * 1024;

/// Request as it arrived, with its fault and the outcome.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Sequence number, starting at 1.
    pub number: u64,
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
}

/// Omits headers, body and path, which may hold secrets or ids.
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

/// Log of the latest requests, bounded in number and in bytes.
#[derive(Default)]
pub(crate) struct RequestJournal {
    requests: VecDeque<RecordedRequest>,
    /// Number of requests recorded so far, removed ones included.
    count: u64,
    body_bytes: usize,
}

impl RequestJournal {
    /// Records a request and returns its number.
    pub(crate) fn record(&mut self, mut request: RecordedRequest) -> u64 {
        self.count += 1;
        request.number = self.count;
        self.body_bytes += request.body.len();
        self.requests.push_back(request);
        while self.requests.len() > MAX_REQUESTS || self.body_bytes > MAX_BODY_BYTES {
            let Some(oldest) = self.requests.pop_front() else { break };
            self.body_bytes -= oldest.body.len();
        }
        self.count
    }

    /// Records the status of the handler's response to a request.
    pub(crate) fn record_response(&mut self, number: u64, status: u16) {
        let newer = self.count - number;
        let index = usize::try_from(newer).ok().and_then(|newer| self.requests.len().checked_sub(newer + 1));
        if let Some(request) = index.and_then(|index| self.requests.get_mut(index)) {
            request.served = true;
            request.status = Some(status);
        }
    }

    /// Removes the requests kept. The numbers go on.
    pub(crate) fn clear(&mut self) {
        self.requests.clear();
        self.body_bytes = 0;
    }

    /// Returns the requests kept, the oldest first.
    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.requests.iter().cloned().collect()
    }

    /// Returns the number of requests recorded, including those no longer kept.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}
