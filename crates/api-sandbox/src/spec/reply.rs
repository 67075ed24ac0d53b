//! Replies of the sandbox.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::operation::DocumentedResponse;

/// HTTP response with its body in memory, so that a fault can change it.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    /// Creates a reply. An empty media type sets no `Content-Type`.
    pub(crate) fn new(status: u16, media: &str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        if let (false, Ok(media)) = (media.is_empty(), HeaderValue::from_str(media)) {
            headers.insert(CONTENT_TYPE, media);
        }
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, headers, body: body.into() }
    }

    /// Creates a reply with a JSON body.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// Creates a reply with status 200 and a JSON body.
    pub(crate) fn ok(body: &Value) -> Self {
        Self::json(200, body)
    }

    /// Creates a reply with a plain text body.
    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", text.to_owned())
    }

    /// Creates a reply from the example of a documented response.
    pub(crate) fn example(response: &DocumentedResponse) -> Self {
        match (&response.example, response.media_type.as_str()) {
            (_, "") => Self::new(response.status, "", Bytes::new()),
            (example, "application/json") => Self::json(response.status, example),
            (Value::String(text), media) => Self::new(response.status, media, text.clone()),
            (Value::Null, media) => Self::new(response.status, media, Bytes::new()),
            (example, _) => Self::json(response.status, example),
        }
    }

    /// Sets a header. A value that HTTP does not allow is left out.
    pub(crate) fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }
}

impl From<Reply> for Response {
    fn from(reply: Reply) -> Self {
        let mut response = Self::new(Body::from(reply.body));
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        response
    }
}
