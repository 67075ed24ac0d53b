//! One attempt: a single HTTP exchange, from the check of the URL to the last byte of the response.

use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use reqwest::Url;
use tokio::time::{Instant, timeout_at};
use url::Position;

use super::config::PipelineConfig;
use super::connect_deadline;
use super::exchange_error::ExchangeError;
use crate::error::{InvalidRequestKind, TransportErrorKind};
use crate::operation::Operation;
use crate::request::RequestBuilder;
use crate::retry::AttemptOutcome;
use crate::wire::RawResponse;

/// Maximum memory that is reserved ahead for a body, in bytes. `Content-Length` is the server's claim; beyond this
/// bound, memory grows with the bytes received.
const MAX_RESERVED_BYTES: usize = 1024 * 1024;

/// Result of one HTTP exchange. Both `response` and `error` are set if the connection fails in the body.
pub(crate) struct AttemptResult {
    /// Response received so far; `None` if no status line arrived.
    pub(crate) response: Option<Box<RawResponse>>,
    /// Error that ended the exchange.
    pub(crate) error: Option<ExchangeError>,
    /// `true` for a 429 although this client's own count is below every limit.
    pub(crate) unexplained: bool,
}

impl AttemptResult {
    /// Returns the response if no error ended the exchange. Its body may be cut at the maximum size.
    pub(crate) fn response(&self) -> Option<&RawResponse> {
        if self.error.is_none() { self.response.as_deref() } else { None }
    }

    /// Classifies the attempt for the decision on a retry.
    pub(crate) fn outcome(&self, operation: &Operation) -> AttemptOutcome {
        match (&self.error, &self.response) {
            (None, Some(response)) => AttemptOutcome::of_response(operation, response),
            (Some(error), _) if error.kind == TransportErrorKind::Connect => AttemptOutcome::NotSent,
            (Some(error), _) if error.kind == TransportErrorKind::Redirected => AttemptOutcome::Redirected,
            _ => AttemptOutcome::Incomplete,
        }
    }
}

/// Sends a request once, with `token` as its access token if there is one. The attempt ends at `deadline`, with an
/// error of the kind `Timeout` in its result.
///
/// The timeout is enforced here and not by the HTTP client, which would allocate for it in each request.
///
/// # Errors
///
/// [`InvalidRequestKind::PathMismatch`] if the URL would reach another path than the one that was written.
pub(crate) async fn attempt(
    config: &PipelineConfig,
    request: &RequestBuilder,
    deadline: Instant,
    token: Option<&HeaderValue>,
) -> Result<AttemptResult, InvalidRequestKind> {
    let mut http_request = reqwest::Request::new(request.method.clone(), verify_url(config, request)?);
    *http_request.headers_mut() = config.headers.for_attempt(request, token);
    *http_request.body_mut() = request.body.as_ref().map(|(body, _)| body.clone().into());
    let mut partial = PartialResponse::default();
    let exchange = exchange(config, request, http_request, &mut partial);
    let exchange = connect_deadline::scope(deadline, request.options.send_check(), exchange);
    let result = timeout_at(deadline, exchange).await.unwrap_or(Err(ExchangeError::TIMED_OUT));
    Ok(AttemptResult { response: partial.into_response(), error: result.err(), unexplained: false })
}

/// Part of a response that has been received. It outlives the exchange, so that a timeout or a broken connection keeps
/// it.
#[derive(Default)]
struct PartialResponse {
    /// Status, headers, and the first chunk of the body.
    response: Option<Box<RawResponse>>,
    /// Body, if it has more than one chunk. Most bodies are a single chunk, which is not copied.
    joined: BytesMut,
}

impl PartialResponse {
    fn into_response(self) -> Option<Box<RawResponse>> {
        let mut response = self.response?;
        if !self.joined.is_empty() {
            response.body = self.joined.freeze();
        }
        Some(response)
    }
}

/// Sends a request and reads the response into `partial`, at most the maximum size of its body. A longer body is no error;
/// the response is not marked as complete. A response from another URL than that of the request is an error.
async fn exchange(
    config: &PipelineConfig,
    request: &RequestBuilder,
    http_request: reqwest::Request,
    partial: &mut PartialResponse,
) -> Result<(), ExchangeError> {
    let mut http_response = config.transport.execute(request.operation, http_request).await?;
    let (status, headers) = (http_response.status(), std::mem::take(http_response.headers_mut()));
    let head = RawResponse { status, headers, body: Bytes::new(), complete: false };
    partial.response = Some(Box::new(head));
    let is_redirected = http_response.url().as_str() != request.url;
    let result = read_body(http_response, config.max_response_bytes, partial).await;
    if is_redirected {
        return Err(ExchangeError::REDIRECTED);
    }
    result.map_err(|error| ExchangeError::new(error, TransportErrorKind::IncompleteBody))
}

/// Reads the body into `partial`, at most `max_bytes` of it.
async fn read_body(
    mut http_response: reqwest::Response,
    max_bytes: usize,
    partial: &mut PartialResponse,
) -> Result<(), reqwest::Error> {
    let PartialResponse { response: Some(response), joined } = partial else { return Ok(()) };
    while let Some(mut chunk) = http_response.chunk().await? {
        let capacity = max_bytes - response.body.len().max(joined.len());
        let exceeds_limit = chunk.len() > capacity;
        chunk.truncate(capacity);
        if response.body.is_empty() {
            response.body = chunk;
        } else {
            append_chunk(&response.body, joined, &chunk, http_response.content_length().unwrap_or(0));
        }
        if exceeds_limit {
            return Ok(());
        }
    }
    response.complete = true;
    Ok(())
}

/// Appends a chunk to the body. `content_length` is the length that the server claims, in bytes; 0 if unknown.
#[cold]
fn append_chunk(first: &[u8], joined: &mut BytesMut, chunk: &[u8], content_length: u64) {
    if joined.is_empty() {
        let reserved = usize::try_from(content_length).unwrap_or(MAX_RESERVED_BYTES).min(MAX_RESERVED_BYTES);
        joined.reserve(first.len() + chunk.len() + reserved);
        joined.extend_from_slice(first);
    }
    joined.extend_from_slice(chunk);
}

/// Parses the URL of a request, and checks that parsing leaves it as it was written.
///
/// A parser resolves dot segments, drops tabs and turns backslashes into slashes, any of which would send the call to
/// another path than the one that was written.
///
/// The host was parsed when the client was built, so only the part after it is parsed for each request.
///
/// # Errors
///
/// [`InvalidRequestKind::PathMismatch`] if the two differ, or the URL is not at the host of the client's base URL.
fn verify_url(config: &PipelineConfig, request: &RequestBuilder) -> Result<Url, InvalidRequestKind> {
    let written = &request.url;
    let base = config.base_url_for(request.operation);
    if !std::ptr::eq(base, config.base_url.as_str()) {
        let url = Url::parse(written).map_err(|_| InvalidRequestKind::PathMismatch)?;
        return if url.as_str() == written { Ok(url) } else { Err(InvalidRequestKind::PathMismatch) };
    }
    let origin = &config.parsed_base_url[..Position::BeforePath];
    let rest = written.strip_prefix(origin).ok_or(InvalidRequestKind::PathMismatch)?;
    let url = config.parsed_base_url.join(rest).map_err(|_| InvalidRequestKind::PathMismatch)?;
    if url.as_str() == written { Ok(url) } else { Err(InvalidRequestKind::PathMismatch) }
}
