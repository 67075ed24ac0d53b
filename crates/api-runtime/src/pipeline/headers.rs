//! Headers of a request: those of the client, of the operation, and of the request.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};

use crate::auth::Credential;
use crate::request::RequestBuilder;

/// Headers that a client sends with every request.
#[derive(Clone)]
pub(crate) struct DefaultHeaders {
    anonymous: HeaderMap,
    /// The same with the static credential, if the client has one.
    authenticated: HeaderMap,
}

impl DefaultHeaders {
    pub(crate) fn new(user_agent: HeaderValue, credential: Option<&Credential>) -> Self {
        let mut anonymous = HeaderMap::new();
        anonymous.insert(USER_AGENT, user_agent);
        anonymous.insert(ACCEPT, HeaderValue::from_static("application/json, */*;q=0.5"));
        let mut headers = Self { authenticated: anonymous.clone(), anonymous };
        if let Some(credential) = credential {
            headers.set_credential(credential);
        }
        headers
    }

    /// Replaces the static credential.
    pub(crate) fn set_credential(&mut self, credential: &Credential) {
        self.authenticated.clone_from(&self.anonymous);
        if let Credential::Header(header) = credential {
            self.authenticated.insert(header.name.clone(), header.value.clone());
        }
    }

    /// Returns the user agent.
    #[cfg(feature = "download")]
    pub(crate) fn user_agent(&self) -> Option<&HeaderValue> {
        self.anonymous.get(USER_AGENT)
    }

    /// Returns the headers of an attempt, with `token` as its `Authorization`.
    pub(crate) fn for_attempt(&self, request: &RequestBuilder, token: Option<&HeaderValue>) -> HeaderMap {
        let mut headers = if request.operation.authenticated { &self.authenticated } else { &self.anonymous }.clone();
        if let Some((_, media)) = &request.body {
            headers.append(CONTENT_TYPE, media.clone());
        }
        if let Some(token) = token {
            headers.append(AUTHORIZATION, token.clone());
        }
        if !request.headers.is_empty() || !request.options.headers().is_empty() {
            add_call_headers(&mut headers, request);
        }
        headers
    }
}

/// Adds the headers of a request. A later one replaces an earlier one of the same name, and one may replace `Accept`, but
/// none of the others that the client sends.
#[cold]
fn add_call_headers(headers: &mut HeaderMap, request: &RequestBuilder) {
    let client_headers = headers.clone();
    for (name, value) in request.headers.iter().chain(request.options.headers()) {
        if name == ACCEPT || !client_headers.contains_key(name) {
            headers.insert(name.clone(), value.clone());
        }
    }
}
