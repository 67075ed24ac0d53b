//! Destination: the address that calls are sent to, and the rule which credentials may be sent there.

use url::Url;

use super::credential;
use super::environment;
use super::profile_section::ProfileSection;
use super::source::Source;
use crate::command::SharedOptions;
use crate::failure::Failure;
use crate::spec::Api;

/// Address that calls are sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    /// Base URL.
    pub(crate) url: String,
    /// Name of the vendor's environment, if the address is one.
    pub(crate) environment: Option<String>,
    pub(crate) source: Source,
}

impl Destination {
    /// Chooses the destination: `--url` or `--environment`, else `PARTNER_URL` or `PARTNER_ENVIRONMENT`, else that of the
    /// profile, else production. That of a profile that is named by an option goes before the variables.
    pub(super) fn choose(
        api: &'static Api,
        options: &SharedOptions,
        variables: &dyn Fn(&str) -> Option<String>,
        profile: Option<&ProfileSection>,
    ) -> Result<Self, Failure> {
        let named = |name: &'static str| variables(name).filter(|value| !value.is_empty());
        let of_profile = |key: &str| profile.and_then(|profile| profile.get(key)).map(str::to_owned);
        let profile_source = Source::Profile(profile.map(|profile| profile.profile.clone()).unwrap_or_default());
        let mut levels = [
            (options.url.clone(), Source::Option("url"), options.environment.clone(), Source::Option("environment")),
            (
                named("PARTNER_URL"),
                Source::Variable("PARTNER_URL".to_owned()),
                named("PARTNER_ENVIRONMENT"),
                Source::Variable("PARTNER_ENVIRONMENT".to_owned()),
            ),
            (of_profile("url"), profile_source.clone(), of_profile("environment"), profile_source),
        ];
        if options.profile.is_some() {
            levels.swap(1, 2);
        }
        for (url, url_source, name, name_source) in levels {
            match (url, name) {
                (Some(_), Some(_)) => {
                    return Err(Failure::usage(format!(
                        "{url_source} and {name_source} both say where to send to; give one of them"
                    )));
                }
                (Some(url), None) => return Ok(Self::of_url(api, url, url_source)),
                (None, Some(name)) => {
                    let found = environment::find_environment(api, &name);
                    let found = found.map_err(|fault| Failure::usage(format!("{name_source} {fault}")))?;
                    return Ok(Self { url: found.url, environment: Some(found.name), source: name_source });
                }
                (None, None) => {}
            }
        }
        let production = environment::environments(api).into_iter().next();
        let production = production.ok_or_else(|| Failure::usage("the API has no server"))?;
        Ok(Self { url: production.url, environment: Some(production.name), source: Source::Default })
    }

    fn of_url(api: &'static Api, url: String, source: Source) -> Self {
        let same = |environment: &environment::Environment| is_same(&environment.url, &url);
        let environment = environment::environments(api).into_iter().find(same).map(|environment| environment.name);
        Self { url, environment, source }
    }

    /// Refuses to send a credential of a profile to an address that the profile does not have: whoever sets `PARTNER_URL`, or
    /// makes somebody paste a `--url`, would have it sent to a host of theirs. The vendor's own addresses and this machine are
    /// allowed.
    pub(super) fn check(&self, profile: &ProfileSection) -> Result<(), Failure> {
        let own = profile.get("url").is_some_and(|own| is_same(own, &self.url));
        if own || self.environment.is_some() || is_this_machine(&self.url) {
            return Ok(());
        }
        let Self { source, .. } = self;
        let ProfileSection { profile, api, .. } = profile;
        Err(Failure::usage(format!(
            "{source} is another address than that of profile {profile:?}, whose credential is not sent there; make a \
             profile for the address with `partner profile set NAME {} --url ..`, or give its credential with \
             --token-stdin or {}",
            api.name,
            credential::variables(api).join(" or ")
        )))
    }

    /// Returns the address as it may be shown: without a path, a user and a query, which may hold secrets.
    pub(crate) fn shown(&self) -> String {
        let origin = Url::parse(&self.url).map(|url| url.origin().ascii_serialization());
        origin.unwrap_or_else(|_| "an address that is no url".to_owned())
    }
}

/// Returns `true` if two base URLs are the same.
fn is_same(one: &str, other: &str) -> bool {
    let parse = |text: &str| Url::parse(text.trim_end_matches('/')).ok();
    parse(one).is_some_and(|one| parse(other) == Some(one))
}

/// Returns `true` if the host is this machine, without a question to a resolver.
pub(crate) fn is_this_machine(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_compared_as_a_whole() {
        assert!(is_same("https://API.example/", "https://api.example:443"));
        for other in ["http://api.example", "https://api.example.evil.example", "https://api.example/x", "no url"] {
            assert!(!is_same("https://api.example", other), "{other}");
        }
        for url in ["http://127.0.0.1:9", "http://localhost/", "http://[::1]:4"] {
            assert!(is_this_machine(url), "{url}");
        }
        for url in ["http://localhost.evil.example", "http://127.0.0.1.evil.example", "http://10.0.0.1", "no url"] {
            assert!(!is_this_machine(url), "{url}");
        }
    }
}
