use api_runtime::RateLimit;
use http::{HeaderMap, HeaderValue};

/// Largest integer of RFC 9651.
const LARGEST: u64 = 999_999_999_999_999;

/// Claims for `RateLimit-Policy` in one or several lines, separated by `\n`: it has no more policies than the text has
/// items and no number that the format does not allow, and the other headers do not change it.
pub fn rate_limit(lines: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append("ratelimit-policy", value);
        }
    }
    let items: usize =
        headers.values().map(|line| line.as_bytes().iter().filter(|byte| **byte == b',').count() + 1).sum();
    // Lines are joined by a comma and a space, which a quoted name may contain.
    let longest: usize = headers.values().map(|line| line.len() + 2).sum();
    let policies = RateLimit::from_headers(&headers).map(|limit| limit.policies).unwrap_or_default();
    assert!(policies.len() <= items, "{policies:?} from {items} items");
    for policy in &policies {
        assert!(policy.limit.is_none_or(|limit| limit <= LARGEST), "{policy:?}");
        assert!(policy.window.is_none_or(|window| window.as_secs() <= LARGEST), "{policy:?}");
        assert!(policy.name.as_ref().is_none_or(|name| name.len() <= longest), "{policy:?}");
    }
    let first = headers.get("ratelimit-policy").cloned().unwrap_or_else(|| HeaderValue::from_static(""));
    for name in ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"] {
        headers.insert(name, first.clone());
    }
    let number: Option<u64> = first.to_str().ok().and_then(|text| text.trim().parse().ok());
    let limit = RateLimit::from_headers(&headers);
    assert_eq!(limit.as_ref().and_then(|limit| limit.limit), number);
    assert_eq!(limit.as_ref().and_then(|limit| limit.reset).map(|reset| reset.as_secs()), number);
    assert_eq!(limit.map(|limit| limit.policies).unwrap_or_default(), policies);
}
