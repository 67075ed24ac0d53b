//! Who may call: programs and pages of this machine. A name elsewhere that leads here (DNS rebinding) is refused, and so is a
//! page of another origin that would change something.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName};

use crate::spec::Reply;

/// Names that the sandbox may be called by, beside those of this machine.
pub(crate) type AllowedHosts = Arc<Vec<String>>;

pub(crate) async fn guard(State(allowed): State<AllowedHosts>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    // A browser always names the host, so what does not is no page.
    if let Some(host) = text(headers, HOST)
        && !may_be_called(name_of(host), &allowed)
    {
        return Reply::text(403, "this name does not lead to this machine; start the sandbox with --allow-host NAME")
            .into();
    }
    let changes = request.uri().path().starts_with("/sandbox/") && !request.method().is_safe();
    if changes && text(headers, ORIGIN).is_some_and(|origin| !is_of(origin, text(headers, HOST))) {
        return Reply::text(403, "a page of another origin may not change the sandbox").into();
    }
    next.run(request).await
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    // What is no text is no name either.
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

/// The name of a host without its port.
fn name_of(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    }
}

fn may_be_called(name: &str, allowed: &[String]) -> bool {
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        || allowed.iter().any(|known| known.eq_ignore_ascii_case(&name))
}

fn is_of(origin: &str, host: Option<&str>) -> bool {
    origin.split_once("://").is_some_and(|(_, of)| host.is_some_and(|host| of.eq_ignore_ascii_case(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_lead_here() {
        for host in
            ["localhost", "LOCALHOST:4360", "127.0.0.1:1", "127.9.9.9", "[::1]:4360", "d360.localhost:80", "ci:4360"]
        {
            assert!(may_be_called(name_of(host), &["CI".to_owned()]), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "10.0.0.1", "0.0.0.0", "[::2]", "", "ci.example"] {
            assert!(!may_be_called(name_of(host), &["CI".to_owned()]), "{host}");
        }
    }

    #[test]
    fn an_origin_is_the_host_itself() {
        assert!(is_of("http://localhost:4360", Some("localhost:4360")));
        for origin in ["http://localhost:4361", "null", "https://evil.example", "http://localhost:4360.evil.example"] {
            assert!(!is_of(origin, Some("localhost:4360")), "{origin}");
        }
        assert!(!is_of("http://localhost", None));
    }
}
