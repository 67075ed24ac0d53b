//! The headers of a request.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};

use crate::auth::Credential;
use crate::request::Call;

/// What a client sends with every call.
pub(crate) struct DefaultHeaders {
    anonymous: HeaderMap,
    authenticated: HeaderMap,
}

impl DefaultHeaders {
    pub(crate) fn new(user_agent: HeaderValue, credential: Option<&Credential>) -> Self {
        let mut anonymous = HeaderMap::new();
        anonymous.insert(USER_AGENT, user_agent);
        anonymous.insert(ACCEPT, HeaderValue::from_static("application/json, */*;q=0.5"));
        let mut authenticated = anonymous.clone();
        if let Some(Credential::Header(header)) = credential {
            authenticated.insert(header.name.clone(), header.value.clone());
        }
        Self { anonymous, authenticated }
    }

    /// The headers of an attempt.
    pub(crate) fn of(&self, call: &Call, token: Option<&HeaderValue>) -> HeaderMap {
        let mut headers = if call.operation.authenticated { &self.authenticated } else { &self.anonymous }.clone();
        if let Some((_, media)) = &call.body {
            headers.append(CONTENT_TYPE, media.clone());
        }
        if let Some(token) = token {
            headers.append(AUTHORIZATION, token.clone());
        }
        if !call.headers.is_empty() || !call.options.headers().is_empty() {
            add_own(&mut headers, call);
        }
        headers
    }
}

/// Adds the headers of a call. They replace each other and the media type that is asked for, and nothing else.
#[cold]
fn add_own(headers: &mut HeaderMap, call: &Call) {
    let kept = headers.clone();
    for (name, value) in call.headers.iter().chain(call.options.headers()) {
        if name == ACCEPT || !kept.contains_key(name) {
            headers.insert(name.clone(), value.clone());
        }
    }
}
