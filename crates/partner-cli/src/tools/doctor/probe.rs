//! Probe of a server: a request without a credential, which tells of the connection and the clock.

use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use http::header::DATE;
use reqwest::tls::Version;
use url::Url;

use crate::credentials::is_this_machine;
use crate::send::USER_AGENT;

/// Connection to a server.
pub(super) struct Probe {
    /// Version of TLS; `None` without TLS.
    pub(super) tls: Option<&'static str>,
    /// Seconds by which this machine's clock is ahead of the server's; `None` if the server does not tell its own.
    pub(super) clock_ahead: Option<i64>,
}

/// Stage of a connection that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Address,
    Dns,
    Proxy,
    Connect,
    Tls,
    Answer,
}

impl Stage {
    /// Returns what it is, and what to look at.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Address => "the address can't be used",
            Self::Dns => "the host's name can't be resolved; check the address and the resolver",
            Self::Proxy => "the proxy makes no connection to the host; check HTTPS_PROXY and NO_PROXY",
            Self::Connect => "no connection to the host can be made; check the address, the firewall and the proxy",
            Self::Tls => {
                "the host was reached, and TLS failed: check its certificate, the clock, and proxies that open TLS"
            }
            Self::Answer => "the host was reached, and did not answer as an HTTP server does",
        }
    }
}

/// Sends a HEAD request. The error has the cause.
pub(super) async fn probe(url: &str, timeout: Duration) -> Result<Probe, (Stage, String)> {
    let address = Url::parse(url).map_err(|error| (Stage::Address, error.to_string()))?;
    if !address.username().is_empty() || address.password().is_some() {
        return Err((Stage::Address, "it holds a user name or password, which would be sent with it".to_owned()));
    }
    if address.scheme() != "https" && !is_this_machine(url) {
        return Err((Stage::Address, "it would have the credential sent unencrypted: use https".to_owned()));
    }
    if address.scheme() != "https" {
        let clock_ahead = head(&address, Version::TLS_1_2, timeout).await?;
        return Ok(Probe { tls: None, clock_ahead });
    }
    match head(&address, Version::TLS_1_3, timeout).await {
        Ok(clock_ahead) => Ok(Probe { tls: Some("1.3"), clock_ahead }),
        Err((Stage::Tls, _)) => {
            let clock_ahead = head(&address, Version::TLS_1_2, timeout).await?;
            Ok(Probe { tls: Some("1.2"), clock_ahead })
        }
        Err(fault) => Err(fault),
    }
}

async fn head(address: &Url, lowest: Version, timeout: Duration) -> Result<Option<i64>, (Stage, String)> {
    let mut builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(timeout)
        .http1_only();
    if address.scheme() == "https" {
        builder = builder.tls_version_min(lowest);
    }
    if is_this_machine(address.as_str()) {
        // As the clients do.
        builder = builder.no_proxy();
    }
    let client = builder.build().map_err(|error| (Stage::Tls, cause(&error)))?;
    let answer = client.head(address.clone()).send().await;
    let answer = answer.map_err(|error| (stage(address, &error), cause(&error)))?;
    let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
    Ok(date.and_then(|date| httpdate::parse_http_date(date).ok()).map(|date| seconds_between(date, SystemTime::now())))
}

fn seconds_between(earlier: SystemTime, later: SystemTime) -> i64 {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match later.duration_since(earlier) {
        Ok(ahead) => seconds(ahead),
        Err(behind) => -seconds(behind.duration()),
    }
}

fn stage(address: &Url, error: &reqwest::Error) -> Stage {
    if error.is_dns() {
        return Stage::Dns;
    }
    let refused = [
        ErrorKind::ConnectionRefused,
        ErrorKind::TimedOut,
        ErrorKind::NetworkUnreachable,
        ErrorKind::HostUnreachable,
        ErrorKind::AddrNotAvailable,
        ErrorKind::PermissionDenied,
    ];
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    let mut is_unreachable = error.is_timeout();
    while let Some(error) = cause {
        // The library has a type for it that nobody else can name.
        if error.to_string().contains("tunnel") {
            return Stage::Proxy;
        }
        let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        is_unreachable |= kind.is_some_and(|kind| refused.contains(&kind));
        cause = error.source();
    }
    match (error.is_connect(), is_unreachable) {
        (true, true) => Stage::Connect,
        (true, false) if address.scheme() == "https" => Stage::Tls,
        (true, false) => Stage::Connect,
        (false, _) => Stage::Answer,
    }
}

/// Returns the innermost cause: the outer ones repeat the address.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
