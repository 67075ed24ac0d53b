use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use serde::Serialize;

use super::raw_operation::raw_operation;
use crate::error::{Error, ErrorBody, InvalidRequest};
use crate::operation::Operation;
use crate::pipeline::Pipeline;
use crate::request::RequestBuilder;
use crate::response::{RawBody, Response};
use crate::retry::RetryPolicy;
use crate::wire::MultipartForm;

/// Request whose parts are given one by one, with the client's credential, retries and errors: for an endpoint that the client
/// has no method for, or for an [`Operation`] that a program chooses while it runs.
///
/// One of an endpoint is repeated by its HTTP method: an idempotent one, such as GET, PUT or DELETE, after any failure that may
/// pass; POST and PATCH only after a failed connection, a 429 or a 503. No published rate limit applies to it. One of an
/// operation is repeated as the operation's method of the client is, and keeps the same limits; its body is not checked here.
pub struct RawRequest<'t, E> {
    pipeline: &'t Pipeline,
    call: RequestBuilder,
    error: PhantomData<fn() -> E>,
}

static READ: Operation = Operation::new("request", Method::GET, "", true);
static IDEMPOTENT: Operation = Operation::new("request", Method::PUT, "", true);
static NOT_IDEMPOTENT: Operation = Operation::new("request", Method::POST, "", false);

/// Parts of a request that differ from call to call. `Debug` shows neither the URL nor the body, which may hold secrets.
#[derive(Clone)]
#[non_exhaustive]
pub struct RequestPreview {
    /// HTTP method.
    pub method: Method,
    /// URL with its query.
    pub url: String,
    /// Headers of the request itself, the media type of the body included.
    pub headers: HeaderMap,
    /// Encoded body, if there is one.
    pub body: Option<Bytes>,
}

impl fmt::Debug for RequestPreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestPreview").field("method", &self.method).finish_non_exhaustive()
    }
}

impl<'t, E: ErrorBody> RawRequest<'t, E> {
    /// Starts a request. `path` begins with a slash, and its segments are percent-encoded here, so it can hold no
    /// query: use [`query`](Self::query). An invalid path is an error of [`send`](Self::send).
    ///
    /// A slash in an id would be one of the path, and an empty id leads to the path before it: check what comes from
    /// outside with [`check_segment`](crate::check_segment).
    pub fn new(pipeline: &'t Pipeline, method: Method, path: &str) -> Self {
        let operation = match (method.is_safe(), method.is_idempotent()) {
            (true, _) => &READ,
            (false, true) => &IDEMPOTENT,
            (false, false) => &NOT_IDEMPOTENT,
        };
        let mut call = pipeline.request(operation);
        call.written_path(method, path);
        Self { pipeline, call, error: PhantomData }
    }

    /// Starts a request of an operation. The parameters of its path are given with [`path`](Self::path), before those of the
    /// query.
    pub fn of_operation(pipeline: &'t Pipeline, operation: &'static Operation) -> Self {
        Self { pipeline, call: pipeline.request(operation), error: PhantomData }
    }

    /// Sets the next parameter of an operation's path, in the order of the path. It is checked as ids are, and percent-encoded
    /// here. One too many or too few is an error of [`send`](Self::send).
    #[must_use]
    pub fn path(mut self, value: &str) -> Self {
        self.call.next_path(value);
        self
    }

    /// Sets the name of the request in errors and traces; default `request`. It is a name as `create_document` is one:
    /// without ids, so that the calls of one endpoint share it.
    #[must_use]
    pub fn name(mut self, name: &'static str) -> Self {
        let like = self.call.operation;
        self.call.rename(raw_operation(name, like.path, like));
        self
    }

    /// Sets the path template of the request in traces, such as `/x/{id}`; default: none. It is not sent, and holds no ids.
    #[must_use]
    pub fn template(mut self, template: &'static str) -> Self {
        let like = self.call.operation;
        self.call.rename(raw_operation(like.id, template, like));
        self
    }

    /// Adds a query parameter. Name and value are encoded here.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl Display) -> Self {
        self.call.query(name, Some(&value));
        self
    }

    /// Adds a header. One may replace `Accept`, but not the credential or the user agent. A value that a header can't
    /// carry, and `host`, `content-length` and `transfer-encoding`, are errors of [`send`](Self::send).
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.call.options.add_header(name, value);
        self
    }

    /// Sets the body, encoded as JSON, and the content type `application/json`.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        self.call.json(body);
        self
    }

    /// Sets the body, encoded as a form of texts and files, and the content type `multipart/form-data`.
    #[must_use]
    pub fn form(mut self, form: MultipartForm) -> Self {
        self.call.form(form);
        self
    }

    /// Returns what an attempt sends, without the credential and the headers that the client adds to every request. Nothing is
    /// sent.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`] if the request can't be sent.
    pub fn preview(&mut self) -> Result<RequestPreview, Box<InvalidRequest>> {
        self.call.finish()?;
        let call = &self.call;
        let mut headers: HeaderMap = call.headers.iter().chain(call.options.headers()).cloned().collect();
        let body = call.body.as_ref().map(|(body, media_type)| {
            headers.insert(CONTENT_TYPE, media_type.clone());
            body.clone()
        });
        Ok(RequestPreview { method: call.method.clone(), url: call.url.clone(), headers, body })
    }

    /// Sets the retry policy of this request; default: the client's.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.call.options.set_retry(policy);
        self
    }

    /// Sets the maximum duration of one attempt, from connecting to the last byte of the response; default: the
    /// client's.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.call.options.set_attempt_timeout(timeout);
        self
    }

    /// Sets the time limit of the request as a whole, its deadline: all attempts, all waits and a login that it needs;
    /// default: the client's.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.call.options.set_time_limit(limit);
        self
    }

    /// Sets the maximum wait before an attempt, for `Retry-After` or the backoff; default: the client's.
    #[must_use]
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.call.options.set_max_wait(wait);
        self
    }

    /// Sets the check that each attempt of this request needs to be sent. It is called after all waits, and again once a new
    /// connection is open; `false` ends the request with its last attempt, or with a retryable [`Error::InvalidRequest`].
    #[must_use]
    pub fn send_if(mut self, check: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.call.options.set_send_check(check);
        self
    }

    /// Sends the request, and returns the body of a 2xx response as it is; [`RawBody::decode`] decodes it.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidRequest`] if the path, a header or the body can't be sent. Nothing was sent.
    /// - [`Error::Transport`] if no complete response arrived.
    /// - [`Error::Api`] if the status is not 2xx.
    /// - [`Error::Decode`] if the body exceeds the client's maximum size, or a login that the request needs got a response
    ///   without a token.
    pub async fn send(mut self) -> Result<Response<RawBody>, Error<E>> {
        self.pipeline.send::<E>(&mut self.call).await?.raw()
    }
}
