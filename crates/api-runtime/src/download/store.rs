//! Requests to the store of a file: without the credential, to allowed hosts, redirects followed by hand.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, IF_RANGE, LOCATION, RANGE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::Url;
use tokio::time::{Instant, timeout_at};

use super::allowed_hosts::{AllowedHosts, LinkFault};
use crate::operation::Operation;
use crate::pipeline::{ExchangeError, Pipeline, connect_deadline};
use crate::time::saturating_add;
use crate::wire::RawResponse;

/// Row of the requests to a store, which no spec describes.
pub(super) static DOWNLOAD: Operation = Operation::new("download", Method::GET, "", true);

/// Maximum number of redirects that are followed.
const MAX_REDIRECTS: usize = 5;
/// Maximum size of a refusal that is kept, in bytes.
const MAX_REFUSAL_BYTES: usize = 1024;

/// Sender of requests for a file.
pub(super) struct Store {
    pub(super) pipeline: Pipeline,
    pub(super) hosts: AllowedHosts,
    /// Maximum time for a response to begin, and between two chunks of its body.
    pub(super) idle_timeout: Duration,
}

/// Reason for which there is no response to read.
pub(super) enum StoreFault {
    Link(LinkFault),
    Unexpected { status: StatusCode, reason: &'static str },
    Exchange(ExchangeError),
}

impl From<LinkFault> for StoreFault {
    fn from(fault: LinkFault) -> Self {
        Self::Link(fault)
    }
}

impl Store {
    /// Requests the file from its byte `start` on, if it is still the one that `if_range` tells. Returns the response that is
    /// no redirect, with its body not read yet.
    ///
    /// # Errors
    ///
    /// [`StoreFault`]; nothing was sent to an address that is not allowed.
    pub(super) async fn get(
        &self,
        link: &Url,
        start: u64,
        if_range: Option<&HeaderValue>,
    ) -> Result<reqwest::Response, StoreFault> {
        let mut headers = HeaderMap::new();
        headers.extend(self.pipeline.config().headers.user_agent().map(|agent| (USER_AGENT, agent.clone())));
        // The length and the ranges of a compressed body would be those of other bytes.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let (1.., Some(version)) = (start, if_range) {
            headers.insert(RANGE, range(start));
            headers.insert(IF_RANGE, version.clone());
        }
        let mut url = link.clone();
        for _ in 0..=MAX_REDIRECTS {
            self.hosts.check(&url)?;
            let response = self.exchange(&url, headers.clone()).await.map_err(StoreFault::Exchange)?;
            let status = response.status();
            if response.url().as_str() != url.as_str() {
                return Err(StoreFault::Exchange(ExchangeError::REDIRECTED));
            }
            if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                let encoding = response.headers().get(CONTENT_ENCODING).filter(|encoding| *encoding != "identity");
                if status.is_success() && encoding.is_some() {
                    return Err(StoreFault::Unexpected { status, reason: "is compressed, which was not asked for" });
                }
                return Ok(response);
            }
            let location = response.headers().get(LOCATION).and_then(|location| url.join(location.to_str().ok()?).ok());
            let Some(target) = location else {
                return Err(StoreFault::Unexpected { status, reason: "redirects to no address" });
            };
            url = target;
            url.set_fragment(None);
        }
        Err(StoreFault::Unexpected {
            status: StatusCode::FOUND,
            reason: "is the sixth redirect, and at most 5 are followed",
        })
    }

    async fn exchange(&self, url: &Url, headers: HeaderMap) -> Result<reqwest::Response, ExchangeError> {
        let mut request = reqwest::Request::new(Method::GET, url.clone());
        *request.headers_mut() = headers;
        let deadline = self.idle_deadline();
        let exchange = self.pipeline.config().transport.execute(&DOWNLOAD, request);
        timeout_at(deadline, connect_deadline::scope(deadline, None, exchange))
            .await
            .unwrap_or(Err(ExchangeError::TIMED_OUT))
    }

    /// Reads the beginning of a refusal, as much as arrives.
    pub(super) async fn refusal(&self, mut response: reqwest::Response) -> RawResponse {
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let (mut body, mut complete) = (Vec::new(), false);
        let deadline = self.idle_deadline();
        while body.len() < MAX_REFUSAL_BYTES {
            match timeout_at(deadline, response.chunk()).await {
                Ok(Ok(Some(chunk))) => {
                    body.extend_from_slice(&chunk[..chunk.len().min(MAX_REFUSAL_BYTES - body.len())])
                }
                ended => {
                    complete = matches!(ended, Ok(Ok(None)));
                    break;
                }
            }
        }
        RawResponse { status, headers, body: Bytes::from(body), complete }
    }

    fn idle_deadline(&self) -> Instant {
        saturating_add(Instant::now(), self.idle_timeout)
    }
}

fn range(start: u64) -> HeaderValue {
    // Digits are a header's value.
    HeaderValue::try_from(format!("bytes={start}-")).unwrap_or(HeaderValue::from_static("bytes=0-"))
}
