//! HTTP client of `fetch`: sequential requests, TLS except on loopback, and Markdown responses only.

use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use ureq::http::header::{
    ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, LOCATION, RETRY_AFTER,
};
use ureq::http::{Response, StatusCode};
use ureq::typestate::WithoutBody;
use ureq::{Agent, Body, RequestBuilder};
use url::{Host, Url};

use super::cache::Record;
use crate::diagnostic::{Diagnostic, Result};

const MAX_BODY_BYTES: u64 = 16 << 20;
const MAX_REDIRECTS: usize = 5;
const MAX_ATTEMPTS: u32 = 3;
const MAX_RETRY_DELAY: Duration = Duration::from_secs(60);
const DEFAULT_PAUSE: Duration = Duration::from_millis(500);
const USER_AGENT: &str = "partner-apis-fetch (cargo xtask fetch)";

/// Client that downloads pages.
pub struct Client {
    agent: Agent,
    /// Delay between two requests to a host; the default if `None`.
    pause: Option<Duration>,
    last: Option<Host<String>>,
}

/// Result of a download.
pub struct Fetched {
    /// The page; `None` if it has not changed.
    pub page: Option<Page>,
    /// URL after redirects, if it differs.
    pub redirected: Option<Url>,
}

/// A page, with its validators for conditional requests.
pub struct Page {
    pub text: String,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

impl Client {
    pub fn new(pause: Option<Duration>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(USER_AGENT)
            .timeout_connect(Some(Duration::from_secs(15)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_recv_body(Some(Duration::from_secs(120)));
        Self { agent: config.build().into(), pause, last: None }
    }

    /// Downloads a page, conditionally if there is a record with a validator.
    pub fn get(&mut self, url: &Url, known: Option<&Record>) -> Result<Fetched> {
        check_url(url)?;
        self.pause(url);
        // 304 is only valid for a conditional request.
        let known = known.filter(|known| known.etag.is_some() || known.last_modified.is_some());
        let mut at = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send_with_retries(&at, known)?;
            let redirected = (at != *url).then(|| at.clone());
            match response.status() {
                StatusCode::OK => return Ok(Fetched { page: Some(read_page(response)?), redirected }),
                StatusCode::NOT_MODIFIED if known.is_some() => return Ok(Fetched { page: None, redirected }),
                status if status.is_redirection() && status != StatusCode::NOT_MODIFIED => {
                    let next = redirect_target(&at, &response)?;
                    if is_loopback(&next) && !is_loopback(url) {
                        let message = format!("it redirects to {}, on this machine", redacted(&next));
                        return Err(Diagnostic::new(format!("{message}; correct its address")));
                    }
                    check_url(&next)
                        .map_err(|fault| Diagnostic::new(format!("it redirects to {}: {fault}", redacted(&next))))?;
                    at = next;
                }
                StatusCode::NOT_FOUND | StatusCode::GONE => {
                    return Err(status_error(
                        &response,
                        "the page has moved or is gone: look for it on the vendor's site and \
                                                correct its address",
                    ));
                }
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                    return Err(status_error(
                        &response,
                        &format!("it stayed so through {MAX_ATTEMPTS} attempts: fetch again later"),
                    ));
                }
                status if status.is_server_error() => return Err(status_error(&response, "fetch again later")),
                _ => return Err(status_error(&response, "open the page in a browser and correct its address")),
            }
        }
        Err(Diagnostic::new(format!("it redirects more than {MAX_REDIRECTS} times; correct its address")))
    }

    fn pause(&mut self, url: &Url) {
        let host = url.host().map(|host| host.to_owned());
        if host.is_some() && host == self.last {
            thread::sleep(self.pause.unwrap_or(if is_loopback(url) { Duration::ZERO } else { DEFAULT_PAUSE }));
        }
        self.last = host;
    }

    /// Sends a request, and retries it on 429 and 503.
    fn send_with_retries(&self, url: &Url, known: Option<&Record>) -> Result<Response<Body>> {
        let mut attempt = 1;
        loop {
            let response = self.send(url, known)?;
            let busy = matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
            if !busy || attempt == MAX_ATTEMPTS {
                return Ok(response);
            }
            thread::sleep(retry_delay(header(&response, RETRY_AFTER).as_deref(), Timestamp::now(), attempt));
            attempt += 1;
        }
    }

    /// Sends a request, and repeats it once if the connection breaks: a vendor may close a connection while it is idle, and
    /// the client can't tell before it uses it again.
    fn send(&self, url: &Url, known: Option<&Record>) -> Result<Response<Body>> {
        let mut result = self.request(url, known).call();
        if let Err(ureq::Error::Io(_)) = result {
            result = self.request(url, known).call();
        }
        result.map_err(|error| Diagnostic::new(format!("no answer: {error}; check the network and fetch again")))
    }

    fn request(&self, url: &Url, known: Option<&Record>) -> RequestBuilder<WithoutBody> {
        let mut request = self.agent.get(url.as_str()).header(ACCEPT, "text/markdown, text/plain;q=0.9, */*;q=0.1");
        for (name, value) in [
            (IF_NONE_MATCH, known.and_then(|known| known.etag.as_ref())),
            (IF_MODIFIED_SINCE, known.and_then(|known| known.last_modified.as_ref())),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        if is_loopback(url) {
            request = request.config().proxy(None).build();
        }
        request
    }
}

/// Returns a URL without query, fragment and user info, for output.
pub fn redacted(url: &Url) -> String {
    let mut url = url.clone();
    let hidden = url.query().map(|_| "?...").unwrap_or_default();
    url.set_query(None);
    url.set_fragment(None);
    // Fails for URLs that can't have user info.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    format!("{url}{hidden}")
}

fn check_url(url: &Url) -> Result<()> {
    match url.scheme() {
        _ if !url.username().is_empty() || url.password().is_some() => {
            Err(Diagnostic::new("the address holds a user or a password; take them out"))
        }
        "https" => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => Err(Diagnostic::new("plain http is for this machine only; give the https address")),
        scheme => Err(Diagnostic::new(format!("`{scheme}` is no scheme for pages; give an https address"))),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn header(response: &Response<Body>, name: HeaderName) -> Option<String> {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)
}

/// Returns a diagnostic for an unexpected status.
fn status_error(response: &Response<Body>, remedy: &str) -> Diagnostic {
    Diagnostic::new(format!("the answer is {}; {remedy}", response.status()))
}

fn redirect_target(url: &Url, response: &Response<Body>) -> Result<Url> {
    let location =
        header(response, LOCATION).ok_or_else(|| status_error(response, "it names no new address: correct it"))?;
    url.join(&location).map_err(|_| status_error(response, "its new address can't be read: correct it"))
}

/// Returns the delay before the next attempt: `Retry-After` as seconds or date, or else exponential; at most 60 s.
fn retry_delay(retry_after: Option<&str>, now: Timestamp, attempt: u32) -> Duration {
    let retry_after = retry_after.map(str::trim).and_then(|retry_after| {
        let seconds = retry_after.parse().ok().map(Duration::from_secs);
        seconds.or_else(|| {
            let date = DateTimeParser::new().parse_timestamp(retry_after).ok()?;
            Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
        })
    });
    retry_after.unwrap_or(Duration::from_secs(1) * 2_u32.saturating_pow(attempt)).min(MAX_RETRY_DELAY)
}

/// Reads the body.
///
/// # Errors
///
/// `Diagnostic` if it is too large, compressed, not UTF-8, HTML or empty.
fn read_page(mut response: Response<Body>) -> Result<Page> {
    let too_large =
        || Diagnostic::new(format!("the answer is larger than {} MiB; is it the page?", MAX_BODY_BYTES >> 20));
    let length: Option<u64> = header(&response, CONTENT_LENGTH).and_then(|length| length.parse().ok());
    if length.is_some_and(|length| length > MAX_BODY_BYTES) {
        return Err(too_large());
    }
    if let Some(encoding) = header(&response, CONTENT_ENCODING).filter(|encoding| encoding != "identity") {
        let message = format!("the answer is in `{encoding}`, which was not asked for; fetch again, or past the proxy");
        return Err(Diagnostic::new(message));
    }
    let kind = header(&response, CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    let bytes = response.body_mut().with_config().limit(MAX_BODY_BYTES).read_to_vec().map_err(|error| match error {
        ureq::Error::BodyExceedsLimit(_) => too_large(),
        error => Diagnostic::new(format!("the answer broke off: {error}; fetch again")),
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Diagnostic::new("the answer is not UTF-8; is it the Markdown of the page?"))?;
    let start: String = text.trim_start_matches('\u{feff}').trim_start().chars().take(9).collect();
    let start = start.to_ascii_lowercase();
    let is_html = ["text/html", "application/xhtml"].iter().any(|html| kind.starts_with(html));
    if is_html || start.starts_with("<!doctype") || start.starts_with("<html") {
        return Err(Diagnostic::new("the answer is HTML; give the address of the page's Markdown, which ends in .md"));
    }
    if start.is_empty() {
        return Err(Diagnostic::new("the answer is empty; open the page in a browser and correct its address"));
    }
    Ok(Page { text, etag: header(&response, ETAG), last_modified: header(&response, LAST_MODIFIED) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    #[test]
    fn what_a_vendor_asks_for_is_waited_for_within_bounds() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().expect("a time");
        for (retry_after, attempt, expected) in [
            (Some("0"), 1, 0),
            (Some(" 7 "), 1, 7),
            (Some("3600"), 1, 60),
            (Some("99999999999999999999999"), 1, 2),
            (Some("-1"), 1, 2),
            (Some("Mon, 23 Nov 2026 10:00:09 GMT"), 1, 9),
            (Some("Mon, 23 Nov 2026 12:00:00 GMT"), 1, 60),
            (Some("Mon, 23 Nov 2026 09:00:00 GMT"), 1, 0),
            (Some("soon"), 2, 4),
            (None, 1, 2),
            (None, 40, 60),
        ] {
            assert_eq!(
                retry_delay(retry_after, now, attempt),
                Duration::from_secs(expected),
                "{retry_after:?}, {attempt}"
            );
        }
    }

    #[test]
    fn only_tls_or_this_machine_is_allowed() {
        for allowed in ["https://docs.example/a.md", "http://127.0.0.1:1/", "http://[::1]/", "http://localhost/"] {
            assert!(check_url(&url(allowed)).is_ok(), "{allowed}");
        }
        for refused in [
            "http://docs.example/a.md",
            "http://127.0.0.1.docs.example/",
            "http://localhost.example/",
            "http://10.0.0.1/",
            "ftp://docs.example/",
            "file:///etc/hostname",
            "https://user:word@docs.example/",
        ] {
            let status_error = check_url(&url(refused)).expect_err(refused).to_string();
            assert!(!status_error.contains("word@"), "{status_error}");
        }
    }

    #[test]
    fn an_address_is_shown_without_what_may_be_secret() {
        assert_eq!(redacted(&url("https://user:word@docs.example/a.md?key=1#b")), "https://docs.example/a.md?...");
        assert_eq!(redacted(&url("https://docs.example/a.md")), "https://docs.example/a.md");
    }
}
