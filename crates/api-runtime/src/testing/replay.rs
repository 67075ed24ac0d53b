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
/// A call panics if no reply is left for its request, and nothing [makes](Self::respond_with) one; the text names the operation.
#[derive(Clone, Default)]
pub struct ReplayTransport(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    /// Replies left, each with the id of its operation, or for any.
    replies: Vec<(Option<&'static str>, Reply)>,
    requests: Vec<RecordedRequest>,
    responder: Option<Responder>,
}

/// Maker of replies.
type Responder = Arc<dyn Fn(&RecordedRequest) -> Reply + Send + Sync>;

impl ReplayTransport {
    /// Makes a transport with these replies, for any operation and in this order.
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies = replies.into_iter().map(|reply| (None, reply)).collect();
        Self(Arc::new(Mutex::new(Script { replies, ..Script::default() })))
    }

    /// Adds a reply for an operation, such as `operations::GET_PLAN`.
    #[must_use]
    pub fn on(self, operation: &'static Operation, reply: Reply) -> Self {
        self.script(|script| script.replies.push((Some(operation.id), reply)));
        self
    }

    /// Sets a function that makes the reply to each request for which none is left. The transport does not record these
    /// requests, so that a test may send any number of them.
    #[must_use]
    pub fn respond_with(self, responder: impl Fn(&RecordedRequest) -> Reply + Send + Sync + 'static) -> Self {
        self.script(|script| script.responder = Some(Arc::new(responder)));
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

    /// Records a request, and returns its reply when it comes.
    pub(crate) async fn reply(
        &self,
        operation: &Operation,
        request: &reqwest::Request,
    ) -> Result<reqwest::Response, TransportErrorKind> {
        let reply = self.reply_to(operation, RecordedRequest::new(operation, request));
        reply.wait().await;
        reply.into_response(request.url().clone())
    }

    fn reply_to(&self, operation: &Operation, request: RecordedRequest) -> Reply {
        let (reply, responder) = self.script(|script| (script.take_reply(operation), script.responder.clone()));
        if let (None, Some(responder)) = (&reply, responder) {
            return responder(&request);
        }
        let (number, left) = self.script(|script| {
            script.requests.push(request);
            (script.requests.len(), script.replies.len())
        });
        reply.unwrap_or_else(|| {
            panic!(
                "no reply is left for {}, which is request {number}; {left} replies are left for other operations",
                operation.id
            )
        })
    }

    fn script<T>(&self, change: impl FnOnce(&mut Script) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Script {
    fn take_reply(&mut self, operation: &Operation) -> Option<Reply> {
        let of = |id: Option<&str>| self.replies.iter().position(|(bound, _)| *bound == id);
        let index = of(Some(operation.id)).or_else(|| of(None))?;
        Some(self.replies.remove(index).1)
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
