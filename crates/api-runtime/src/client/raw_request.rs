use std::fmt::Display;
use std::marker::PhantomData;
use std::time::Duration;

use http::Method;
use serde::Serialize;

use crate::error::{Error, ErrorBody};
use crate::operation::Operation;
use crate::pipeline::Transport;
use crate::request::Call;
use crate::response::{RawBody, ResponseValue};
use crate::retry::RetryPolicy;

/// A request for an endpoint that has no method of its own, with the same credentials, retries and errors.
pub struct Request<'t, E> {
    transport: &'t Transport,
    call: Call,
    error: PhantomData<fn() -> E>,
}

static IDEMPOTENT: Operation = Operation::unmodelled(Method::GET, true);
static NOT_IDEMPOTENT: Operation = Operation::unmodelled(Method::POST, false);

impl<'t, E: ErrorBody> Request<'t, E> {
    /// Starts a request. `path` begins with a slash and is not escaped yet; a fault in it comes out when it is sent.
    pub fn new(transport: &'t Transport, method: Method, path: &str) -> Self {
        let operation = if method.is_idempotent() { &IDEMPOTENT } else { &NOT_IDEMPOTENT };
        let mut call = transport.call(operation);
        call.written_path(method, path);
        Self { transport, call, error: PhantomData }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl Display) -> Self {
        self.call.query(name, Some(&value));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.call.options.add_header(name, value);
        self
    }

    /// Encodes the body.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        self.call.json(body);
        self
    }

    /// Another policy for sending the request again than the client's.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.call.options.set_retry(policy);
        self
    }

    /// Another time for one attempt than the client's.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.call.options.set_timeout(timeout);
        self
    }

    /// Sends the request. The body of the answer is handed over as it came.
    ///
    /// # Errors
    ///
    /// As for every call.
    pub async fn send(mut self) -> Result<ResponseValue<RawBody>, Error<E>> {
        self.transport.send::<E>(&mut self.call).await?.raw()
    }
}
