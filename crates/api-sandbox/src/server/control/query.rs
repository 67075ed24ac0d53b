//! Queries of control endpoints.

use axum::extract::{FromRequestParts, Query};
use axum::response::Response;
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::spec::Reply;

/// Query of a request, the refusal of which has its reason in JSON.
pub(super) struct ControlQuery<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for ControlQuery<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        let query = Query::try_from_uri(&parts.uri).map(|Query(query)| Self(query));
        query.map_err(|error| {
            let error = format!("not a query of this endpoint: {}; write `?after=7`", error.body_text());
            Reply::json(400, &json!({"error": error})).into()
        })
    }
}

/// Choice of those with a number above one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    /// Number of the last one to leave out.
    #[serde(default)]
    pub(super) after: u64,
}
