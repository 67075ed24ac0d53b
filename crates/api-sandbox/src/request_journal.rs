//! Every request that came, so that a test can count effects.

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};

use crate::faults::Fault;

/// How many requests are kept; the oldest go first.
const KEPT: usize = 100_000;
/// How many bytes of bodies are kept.
const KEPT_BYTES: usize = 256 * 1024 * 1024;

/// A request as it arrived, and what became of it.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Received {
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
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
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
pub(crate) struct Journal {
    received: VecDeque<Received>,
    numbered: u64,
    bytes: usize,
}

impl Journal {
    /// Writes a request down and gives its number.
    pub(crate) fn arrived(&mut self, mut request: Received) -> u64 {
        self.numbered += 1;
        request.number = self.numbered;
        self.bytes += request.body.len();
        self.received.push_back(request);
        while self.received.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.received.pop_front() else { break };
            self.bytes -= oldest.body.len();
        }
        self.numbered
    }

    /// Writes down what the vendor answered.
    pub(crate) fn served(&mut self, number: u64, status: u16) {
        let newer = self.numbered - number;
        let index = usize::try_from(newer).ok().and_then(|newer| self.received.len().checked_sub(newer + 1));
        if let Some(request) = index.and_then(|index| self.received.get_mut(index)) {
            request.served = true;
            request.status = Some(status);
        }
    }

    pub(crate) fn all(&self) -> Vec<Received> {
        self.received.iter().cloned().collect()
    }

    /// How many have come, those that are no longer kept included.
    pub(crate) fn count(&self) -> u64 {
        self.numbered
    }
}
