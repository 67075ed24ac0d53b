use std::convert::Infallible;
use std::time::Duration;

use http::{HeaderMap, HeaderName};
use sfv::visitor::{EntryVisitor, Ignored, InnerListVisitor, ItemVisitor, ListVisitor, ParameterVisitor};
use sfv::{BareItemFromInput, KeyRef, Parser};

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Quota of the caller as the response reports it in the `RateLimit-*` headers. A header that is absent or can't be
/// parsed gives `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests allowed in the current window of the tightest policy.
    pub limit: Option<u64>,
    /// Requests left in that window.
    pub remaining: Option<u64>,
    /// Time until that window ends, to the second.
    pub reset: Option<Duration>,
    /// Policies that the vendor applies; empty if `RateLimit-Policy` is absent or invalid.
    pub policies: Vec<RateLimitPolicy>,
}

/// One policy of the `RateLimit-Policy` header.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimitPolicy {
    /// Name of the policy, if it has one.
    pub name: Option<String>,
    /// Requests allowed in a window.
    pub limit: Option<u64>,
    /// Length of the window, to the second.
    pub window: Option<Duration>,
}

impl RateLimit {
    /// Parses the headers; `None` if none is present and valid.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let rate_limit = Self {
            limit: number(headers, LIMIT),
            remaining: number(headers, REMAINING),
            reset: Self::reset_of(headers),
            policies: policies(headers),
        };
        let empty = rate_limit.limit.is_none()
            && rate_limit.remaining.is_none()
            && rate_limit.reset.is_none()
            && rate_limit.policies.is_empty();
        (!empty).then_some(rate_limit)
    }

    pub(crate) fn reset_of(headers: &HeaderMap) -> Option<Duration> {
        number(headers, RESET).map(Duration::from_secs)
    }

    /// Returns the time until the window ends, if no request is left in it.
    pub(crate) fn exhausted_for(headers: &HeaderMap) -> Option<Duration> {
        (number(headers, REMAINING)? == 0).then(|| Self::reset_of(headers)).flatten()
    }
}

fn number(headers: &HeaderMap, name: HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// Parses both forms that drafts of the header define: `100;w=60` and `"name";q=100;w=60`. Invalid parts are left out.
fn policies(headers: &HeaderMap) -> Vec<RateLimitPolicy> {
    let mut text = Vec::new();
    for value in headers.get_all(POLICY) {
        if !text.is_empty() {
            text.extend_from_slice(b", ");
        }
        text.extend_from_slice(value.as_bytes());
    }
    let mut policies = Policies::default();
    match Parser::new(&text).parse_list_with_visitor(&mut policies) {
        Ok(()) => policies.0.into_iter().flatten().collect(),
        Err(_) => Vec::new(),
    }
}

/// Entries of the list; `None` for one that is not a policy.
#[derive(Default)]
struct Policies(Vec<Option<RateLimitPolicy>>);

struct Policy<'p>(&'p mut Option<RateLimitPolicy>);

impl<'t> ListVisitor<'t> for Policies {
    type Error = Infallible;

    fn entry(&mut self) -> Result<impl EntryVisitor<'t>, Infallible> {
        self.0.push(None);
        Ok(self.0.last_mut().map(Policy))
    }
}

impl<'t> ItemVisitor<'t> for Policy<'_> {
    type Error = Infallible;

    fn bare_item(self, item: BareItemFromInput<'t>) -> Result<impl ParameterVisitor<'t>, Infallible> {
        let (name, limit) = match item {
            BareItemFromInput::Integer(limit) => (None, unsigned(limit)),
            BareItemFromInput::String(name) => (Some(name.as_str().to_owned()), None),
            BareItemFromInput::Token(name) => (Some(name.as_str().to_owned()), None),
            _ => (None, None),
        };
        *self.0 = Some(RateLimitPolicy { name, limit, window: None });
        Ok(self)
    }
}

impl<'t> EntryVisitor<'t> for Policy<'_> {
    fn inner_list(self) -> Result<impl InnerListVisitor<'t>, Infallible> {
        Ok(Ignored)
    }
}

impl<'t> ParameterVisitor<'t> for Policy<'_> {
    type Error = Infallible;

    fn parameter(&mut self, key: &'t KeyRef, value: BareItemFromInput<'t>) -> Result<(), Infallible> {
        let number = if let BareItemFromInput::Integer(number) = value { unsigned(number) } else { None };
        match (key.as_str(), self.0.as_mut()) {
            ("w", Some(policy)) => policy.window = number.map(Duration::from_secs),
            // In the first form the item itself is the limit, and `q` has no meaning.
            ("q", Some(policy)) if policy.name.is_some() => policy.limit = number,
            _ => {}
        }
        Ok(())
    }
}

fn unsigned(number: sfv::Integer) -> Option<u64> {
    u64::try_from(i64::from(number)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(policy: &str) -> Vec<(Option<String>, Option<u64>, Option<u64>)> {
        let mut headers = HeaderMap::new();
        headers.insert("ratelimit-policy", policy.parse().expect("a header"));
        RateLimit::from_headers(&headers)
            .map(|limit| limit.policies)
            .unwrap_or_default()
            .into_iter()
            .map(|policy| (policy.name, policy.limit, policy.window.map(|window| window.as_secs())))
            .collect()
    }

    #[test]
    fn reads_both_forms_of_policies() {
        assert_eq!(read("1;w=5, 400;w=60"), [(None, Some(1), Some(5)), (None, Some(400), Some(60))]);
        assert_eq!(read(r#""burst";q=100;w=60"#), [(Some("burst".to_owned()), Some(100), Some(60))]);
        assert_eq!(read(r#"1;w=5;comment="per e-mail""#), [(None, Some(1), Some(5))]);
    }

    #[test]
    fn what_is_no_structured_field_is_left_out() {
        for odd in ["1;w=", "(1 2)", "\"open", "-1;w=-5"] {
            let policies = read(odd);
            assert!(
                policies.iter().all(|(_, limit, window)| limit.is_none() && window.is_none()),
                "{odd}: {policies:?}"
            );
        }
    }
}
