//! Every request that came, so that a test can count effects.

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};

use crate::faults::Fault;

/// How many requests are kept; the oldest go first.
const MAX_REQUESTS: usize = 100_000;
/// How many bytes of bodies are kept.
const MAX_BODY_BYTES: usize = 256 * 1024 * 1024;

/// A request as it arrived, and what became of it.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Its number, from 1 on.
    pub number: u64,
    /// Name of the operation; missing if there is none of this method and path.
    pub operation: Option<String>,
    /// HTTP method.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// Headers, the credential included.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// The fault that it met.
    pub fault: Option<Fault>,
    /// Whether the vendor served it: it had whatever effect it has, although the answer may have been lost.
    pub served: bool,
    /// Status of the answer that the vendor gave; missing if a fault came first.
    pub status: Option<u16>,
}

/// Shows no header and no body, and of the path no id.
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

#[derive(Default)]
pub(crate) struct RequestJournal {
    requests: VecDeque<RecordedRequest>,
    count: u64,
    body_bytes: usize,
}

impl RequestJournal {
    /// Writes a request down and gives its number.
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

    /// Writes down what the vendor answered.
    pub(crate) fn record_response(&mut self, number: u64, status: u16) {
        let newer = self.count - number;
        let index = usize::try_from(newer).ok().and_then(|newer| self.requests.len().checked_sub(newer + 1));
        if let Some(request) = index.and_then(|index| self.requests.get_mut(index)) {
            request.served = true;
            request.status = Some(status);
        }
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.requests.iter().cloned().collect()
    }

    /// How many have come, those that are no longer kept included.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}
