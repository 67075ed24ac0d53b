//! Check of `Host` and `Origin`. Refuses requests under other names than those of this machine (DNS rebinding), and requests for
//! control endpoints and pages by pages of another origin.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName};

use crate::spec::Reply;

/// Accepted host names besides those of this machine.
pub(crate) type AllowedHosts = Arc<Vec<String>>;

/// Paths of control endpoints and pages.
const OWN_PATHS: [&str; 4] = ["/sandbox/", "/verificar/", "/dashboard/", "/onboarding/"];

/// Origin of the page that a browser makes a request for, compared with the one that is asked.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Way in which a browser uses the response.
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Middleware that answers 403 to a request of another host name or origin.
pub(crate) async fn guard(State(allowed): State<AllowedHosts>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    // A browser always sends `Host`, so a request without it is not from a page.
    if let Some(host) = header_text(headers, HOST)
        && !is_allowed_host(host_name(host), &allowed)
    {
        return Reply::text(403, "this name does not lead to this machine; start the sandbox with --allow-host NAME")
            .into();
    }
    if is_own_path(request.uri().path()) && is_from_elsewhere(headers) {
        return Reply::text(403, "a page of another origin may neither read nor change the sandbox").into();
    }
    next.run(request).await
}

/// Returns `true` for paths of control endpoints and pages, which are of no vendor's API.
pub(super) fn is_own_path(path: &str) -> bool {
    path == "/" || OWN_PATHS.iter().any(|own| path.starts_with(own))
}

/// Returns `true` for a request by a page of another origin. A link to a page here, and a frame with one, are none.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let is_part_of_other_page = header_text(headers, SEC_FETCH_SITE).is_some_and(|site| site.ends_with("-site"))
        && header_text(headers, SEC_FETCH_MODE) != Some("navigate");
    is_part_of_other_page
        || header_text(headers, ORIGIN).is_some_and(|origin| !is_same_origin(origin, header_text(headers, HOST)))
}

fn header_text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    // A value that is not text matches no name.
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

/// Returns a host without its port.
fn host_name(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Returns `true` for names and addresses of this machine, and for the names that were allowed.
fn is_allowed_host(name: &str, allowed: &[String]) -> bool {
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        || allowed.iter().any(|known| known.eq_ignore_ascii_case(&name))
}

/// Returns `true` if the origin is the host that was called, port included.
fn is_same_origin(origin: &str, host: Option<&str>) -> bool {
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
            assert!(is_allowed_host(host_name(host), &["CI".to_owned()]), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "10.0.0.1", "0.0.0.0", "[::2]", "", "ci.example"] {
            assert!(!is_allowed_host(host_name(host), &["CI".to_owned()]), "{host}");
        }
    }

    #[test]
    fn an_origin_is_the_host_itself() {
        assert!(is_same_origin("http://localhost:4360", Some("localhost:4360")));
        for origin in ["http://localhost:4361", "null", "https://evil.example", "http://localhost:4360.evil.example"] {
            assert!(!is_same_origin(origin, Some("localhost:4360")), "{origin}");
        }
        assert!(!is_same_origin("http://localhost", None));
    }
}
