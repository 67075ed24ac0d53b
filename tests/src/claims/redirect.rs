use std::collections::BTreeMap;

use api_runtime::check_segment;
use dialog360_api::onboarding::Redirect;
use url::{Url, form_urlencoded};

/// Returns `true` if a text has the form of the vendor's ids.
fn is_id(text: &str) -> bool {
    check_segment(text).is_ok() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

const KNOWN: [&str; 3] = ["client", "channels", "revoked"];

/// Claims for the redirect of the hosted sign-up: every id that is parsed is valid and comes from the input, every
/// other parameter is kept, and a query parses the same alone and in a URL. An error names the parameter and shows no
/// value.
pub fn redirect(text: &str) {
    let query = text.split('#').next().unwrap_or_default();
    let parameters: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let read = Redirect::parse(&format!("?{text}"));
    match &read {
        Ok(redirect) => {
            let of = |wanted: &'static str| {
                parameters.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| value)
            };
            for (name, ids) in [("channels", &redirect.channels), ("revoked", &redirect.revoked)] {
                let items: usize = of(name).map(|value| value.split(',').count()).sum();
                assert!(ids.len() <= items, "{} of {items} {name}", ids.len());
                assert!(ids.iter().all(|id| is_id(id.as_str()) && of(name).any(|v| v.contains(id.as_str()))));
            }
            let client = redirect.client.as_ref().map(|id| id.as_str());
            assert_eq!(client, of("client").filter(|value| !value.is_empty()).map(AsRef::as_ref).next());
            assert!(client.is_none_or(is_id));
            assert!(KNOWN.into_iter().all(|name| of(name).count() < 2));
            let other = parameters.iter().filter(|(name, _)| !KNOWN.contains(&name.as_ref()));
            let other: BTreeMap<_, _> = other.map(|(name, value)| (name.to_string(), value.to_string())).collect();
            assert_eq!(redirect.other, other);
        }
        Err(fault) => {
            let text = fault.to_string();
            assert!(KNOWN.iter().any(|name| text.contains(&format!("`{name}`"))), "{text}");
            assert!(text.len() < 100, "{text}");
        }
    }
    // An input that begins with a name is a query.
    if query
        .find(['?', '=', '&'])
        .is_some_and(|at| at > 0 && !query[at..].starts_with('?') && !query[..at].contains('/'))
    {
        assert_eq!(Redirect::parse(text), read);
    }
    // A URL parser may change an address, such as by dropping tabs, so only one that it leaves unchanged can be
    // compared. One without a host is no page that a browser was sent to: `client:=?` is a query.
    if let Ok(url) = Url::parse(text)
        && url.has_host()
        && url.as_str() == text
        && let Some(query) = url.query()
    {
        assert_eq!(Redirect::parse(text), Redirect::parse(&format!("?{query}")));
    }
}
