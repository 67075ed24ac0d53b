use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method};
use url::form_urlencoded;

use crate::operation::Operation;

/// Request that a [`ReplayTransport`](super::ReplayTransport) was given.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Id of the operation, such as `create_document`.
    pub operation: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path, percent-encoded.
    pub path: String,
    /// Query without the question mark, percent-encoded.
    pub query: Option<String>,
    /// Headers, without those that are marked as sensitive: the credential is not kept.
    pub headers: HeaderMap,
    /// Body; empty if there is none.
    pub body: Bytes,
    /// `true` if the request carries the client's credential.
    pub is_authenticated: bool,
}

impl RecordedRequest {
    pub(super) fn new(operation: &Operation, request: &reqwest::Request) -> Self {
        let is_sensitive = request.headers().values().any(http::HeaderValue::is_sensitive);
        let mut headers = HeaderMap::new();
        for (name, value) in request.headers().iter().filter(|(_, value)| !value.is_sensitive()) {
            headers.append(name, value.clone());
        }
        Self {
            operation: operation.id,
            method: request.method().clone(),
            path: request.url().path().to_owned(),
            query: request.url().query().map(ToOwned::to_owned),
            headers,
            body: request.body().and_then(reqwest::Body::as_bytes).map(Bytes::copy_from_slice).unwrap_or_default(),
            is_authenticated: operation.authenticated && is_sensitive,
        }
    }

    /// Returns the first value of a query parameter, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut parameters = form_urlencoded::parse(self.query.as_deref().unwrap_or_default().as_bytes());
        parameters.find(|(parameter, _)| parameter == name).map(|(_, value)| value.into_owned())
    }

    /// Returns the body as JSON; `null` if it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Omits path, query, headers and body, which may hold secrets or ids.
impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("is_authenticated", &self.is_authenticated)
            .finish_non_exhaustive()
    }
}
