//! Rate limit that takes the place of a published one.

use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;

use crate::similar_name::{hint, most_similar};
use crate::spec::{Bundle, Operation, RateLimitRule, RateLimitScope};

/// Form of a rate limit as text.
const FORM: &str = "write it as `zapsign=40/2s` or `create_client=1/500ms`";

/// Rate limit that takes the place of the published one of an API or an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimit {
    name: String,
    requests: u32,
    per: Duration,
}

impl RateLimit {
    /// Creates a limit of this many requests in any time of this length.
    ///
    /// `name` is that of an API, such as `zapsign`: its requests are counted for each credential, those of all operations
    /// together. Or it is an operation, a row of a client's table of operations or its id as text: its requests are counted by
    /// the same value as for its first published limit, or for each credential if it has none of its own.
    ///
    /// [`SandboxBuilder::start`](crate::SandboxBuilder::start) panics if there is no API and no operation of this name, or if
    /// one of the numbers is zero.
    #[must_use]
    pub fn new(name: impl AsRef<str>, requests: u32, per: Duration) -> Self {
        Self { name: name.as_ref().to_owned(), requests, per }
    }

    /// Checks that the limit can be enforced.
    ///
    /// # Errors
    ///
    /// Returns a message if a number is zero, or there is nothing of that name.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.requests == 0 || self.per.is_zero() {
            return Err(format!(
                "the rate limit of `{}` has a zero in it: give at least 1 request and 1 ms",
                self.name
            ));
        }
        let bundles = Bundle::all().iter();
        let operations = bundles.clone().flat_map(|bundle| &bundle.operations).map(|operation| &*operation.id);
        let names = bundles.map(|bundle| &*bundle.name).chain(operations);
        if names.clone().any(|name| name == self.name) {
            return Ok(());
        }
        Err(format!("there is no API and no operation `{}`{}", self.name, hint(most_similar(&self.name, names))))
    }

    /// Returns the rule of an operation that this limit replaces, if it is a limit of this operation.
    pub(super) fn of_operation(&self, operation: &Operation) -> Option<RateLimitRule> {
        (self.name == operation.id).then(|| {
            let published = operation.rate_limits.iter().find(|rule| !rule.shared);
            self.rule(published.map_or(RateLimitScope::Credential, |rule| rule.scope.clone()), false)
        })
    }

    /// Returns the rule that all operations of an API share, if it is a limit of this API.
    pub(super) fn of_api(&self, api: &str) -> Option<RateLimitRule> {
        (self.name == api).then(|| self.rule(RateLimitScope::Credential, true))
    }

    fn rule(&self, scope: RateLimitScope, shared: bool) -> RateLimitRule {
        RateLimitRule { requests: self.requests as usize, per: self.per, scope, shared }
    }
}

/// Reads `NAME=REQUESTS/TIME`, such as `zapsign=40/2s`.
impl FromStr for RateLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(name, limit)| Some((name, limit.split_once('/')?)));
        let Some((name, (requests, per))) = parts else {
            return Err(FORM.to_owned());
        };
        let requests = requests.parse().map_err(|_| format!("`{requests}` is no number of requests: {FORM}"))?;
        let per = per.parse().ok().and_then(|per: SignedDuration| Duration::try_from(per).ok());
        let limit = Self::new(name, requests, per.ok_or_else(|| format!("the time can't be read: {FORM}"))?);
        limit.check()?;
        Ok(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_in_units_of_time() {
        for (text, limit) in [
            ("zapsign=40/2s", RateLimit::new("zapsign", 40, Duration::from_secs(2))),
            ("create_client=1/500ms", RateLimit::new("create_client", 1, Duration::from_millis(500))),
            ("dialog360=600/1m", RateLimit::new("dialog360", 600, Duration::from_secs(60))),
        ] {
            assert_eq!(text.parse(), Ok(limit));
        }
    }

    #[test]
    fn a_limit_that_can_not_be_enforced_is_refused_with_the_cause() {
        let error = |text: &str| text.parse::<RateLimit>().expect_err("it is refused");
        for text in ["zapsign", "zapsign=40", "40/2s", "zapsign=/"] {
            assert!(error(text).ends_with(FORM), "{text}: {}", error(text));
        }
        assert_eq!(error("zapsign=-1/2s"), format!("`-1` is no number of requests: {FORM}"));
        for text in ["zapsign=40/2", "zapsign=40/-2s", "zapsign=40/soon"] {
            assert_eq!(error(text), format!("the time can't be read: {FORM}"), "{text}");
        }
        for text in ["zapsign=0/2s", "zapsign=40/0s"] {
            let zero = "the rate limit of `zapsign` has a zero in it: give at least 1 request and 1 ms";
            assert_eq!(error(text), zero, "{text}");
        }
        assert_eq!(
            error("zapsing=40/2s"),
            "there is no API and no operation `zapsing`; the most similar one is `zapsign`"
        );
        assert!(error("creat_client=1/1s").ends_with("; the most similar one is `create_client`"));
    }
}
