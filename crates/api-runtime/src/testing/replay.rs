use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::recorded_request::RecordedRequest;
use super::reply::Reply;
use crate::error::TransportErrorKind;
use crate::operation::Operation;

/// Transport that plays replies back instead of sending requests, and records the requests. Clones share both.
///
/// A request gets the first reply left for its operation, and otherwise the first one left for any operation. A login is a
/// request, too, and each attempt of a call is one.
///
/// # Panics
///
/// A call panics if no reply is left for its request; the text names the operation.
#[derive(Clone, Default)]
pub struct ReplayTransport(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    /// Replies left, each with the id of its operation, or for any.
    replies: Vec<(Option<&'static str>, Reply)>,
    requests: Vec<RecordedRequest>,
}

impl ReplayTransport {
    /// Makes a transport with these replies, for any operation and in this order.
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies = replies.into_iter().map(|reply| (None, reply)).collect();
        Self(Arc::new(Mutex::new(Script { replies, requests: Vec::new() })))
    }

    /// Adds a reply for an operation, such as `operations::GET_PLAN`.
    #[must_use]
    pub fn on(self, operation: &'static Operation, reply: Reply) -> Self {
        self.script(|script| script.replies.push((Some(operation.id), reply)));
        self
    }

    /// Returns the requests so far, the oldest first.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.script(|script| script.requests.clone())
    }

    /// Returns the number of replies that no request has got yet.
    pub fn unused(&self) -> usize {
        self.script(|script| script.replies.len())
    }

    /// Records a request, and returns its reply.
    pub(crate) fn reply(
        &self,
        operation: &Operation,
        request: &reqwest::Request,
    ) -> Result<reqwest::Response, TransportErrorKind> {
        let reply = self.script(|script| {
            script.requests.push(RecordedRequest::new(operation, request));
            let of = |id: Option<&str>| script.replies.iter().position(|(bound, _)| *bound == id);
            let found = of(Some(operation.id)).or_else(|| of(None));
            found.map(|index| script.replies.remove(index).1).ok_or((script.requests.len(), script.replies.len()))
        });
        match reply {
            Ok(reply) => reply.into_response(request.url().clone()),
            Err((number, left)) => panic!(
                "no reply is left for {}, which is request {number}; {left} replies are left for other operations",
                operation.id
            ),
        }
    }

    fn script<T>(&self, change: impl FnOnce(&mut Script) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for ReplayTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.script(|script| {
            f.debug_struct("ReplayTransport")
                .field("unused", &script.replies.len())
                .field("requests", &script.requests)
                .finish()
        })
    }
}
