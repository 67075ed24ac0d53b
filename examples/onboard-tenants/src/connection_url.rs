//! URLs of the servers that processes share. One with a password comes from the environment.

use dialog360_api::Secret;

use crate::environment;

/// Kind of a server, with the places of its URL.
pub(crate) struct UrlSource {
    option: &'static str,
    variable: &'static str,
    example: &'static str,
    /// Parameters that others know and this URL does not.
    unknown: &'static str,
    /// Remedy for a password in the argument.
    remedy: &'static str,
    /// Returns `true` if the URL has a password, and `None` if it is none of such a server.
    has_password: fn(&str) -> Option<bool>,
}

/// The journal.
pub(crate) const JOURNAL: UrlSource = UrlSource {
    option: "--journal",
    variable: "ONBOARDING_JOURNAL",
    example: "postgres://user@host/database",
    unknown: "; `sslmode` is disable, prefer or require, which checks certificate and host name as libpq's verify-full, and \
              certificates of your own are in the file SSL_CERT_FILE, not in sslrootcert",
    remedy: "set PGPASSWORD, or the whole URL as ONBOARDING_JOURNAL",
    has_password: postgres_has_password,
};

/// The store of rate limits.
pub(crate) const RATE_LIMITS: UrlSource = UrlSource {
    option: "--rate-limits",
    variable: "ONBOARDING_RATE_LIMITS",
    example: "redis://host:6379",
    unknown: "",
    remedy: "set the whole URL as ONBOARDING_RATE_LIMITS",
    has_password: redis_has_password,
};

impl UrlSource {
    /// Returns the URL: the argument, or else that of the environment.
    ///
    /// # Errors
    ///
    /// A message that does not show the URL, if it is invalid, or an argument with a password.
    pub(crate) fn url(&self, argument: Option<&str>) -> Result<Option<Secret>, String> {
        self.choose(argument, environment::variable(self.variable))
    }

    fn choose(&self, argument: Option<&str>, variable: Option<String>) -> Result<Option<Secret>, String> {
        let Self { option, variable: name, example, unknown, remedy, has_password } = self;
        if let Some(url) = argument {
            return match has_password(url) {
                None => Err(format!("{option}: not a URL of such a server; write it as {example}{unknown}")),
                Some(true) => Err(format!(
                    "{option}: every user of the machine can see a password in an argument, and this one may have been seen; \
                     {remedy}"
                )),
                Some(false) => Ok(Some(Secret::new(url))),
            };
        }
        match variable {
            Some(url) if has_password(&url).is_none() => {
                Err(format!("{name}: not a URL of such a server; write it as {example}{unknown}"))
            }
            variable => Ok(variable.map(Secret::new)),
        }
    }
}

/// Returns `true` if a URL of Postgres has a password: then PGPASSWORD is not used.
pub(crate) fn postgres_has_password(url: &str) -> Option<bool> {
    // The client takes `key=value` settings, too, which are hard to tell from a mistake.
    if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
        return None;
    }
    let config: tokio_postgres::Config = url.parse().ok()?;
    Some(config.get_password().is_some())
}

fn redis_has_password(url: &str) -> Option<bool> {
    let url = url::Url::parse(url).ok()?;
    if !["redis", "rediss", "unix", "redis+unix"].contains(&url.scheme()) {
        return None;
    }
    // That of a socket has it in its query.
    let in_query = url.query_pairs().any(|(name, _)| name == "pass" || name == "password");
    Some(url.password().is_some() || in_query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_from_the_environment_only() {
        for (source, urls) in [
            (
                JOURNAL,
                &[
                    "postgres://app:hunter2@db/onboarding",
                    "postgresql://app:hunter2@one,two/onboarding",
                    "postgres://app@db/onboarding?password=hunter2",
                    "postgres://app@db/onboarding?pass%77ord=hunter2",
                ][..],
            ),
            (
                RATE_LIMITS,
                &[
                    "redis://:hunter2@cache:6379",
                    "rediss://app:hunter2@cache",
                    "unix:///run/redis.sock?pass=hunter2",
                    "unix:///run/redis.sock?db=1&p%61ss=hunter2",
                ],
            ),
        ] {
            for url in urls {
                let error = source.choose(Some(url), None).expect_err(url);
                assert!(error.contains(source.option) && error.contains(source.variable), "{error}");
                assert!(!error.contains("hunter2"), "{error}");
                let chosen = source.choose(None, Some((*url).to_owned())).expect("the environment is no argument");
                assert_eq!(chosen.expect("a URL").expose(), *url);
            }
        }
    }

    #[test]
    fn a_url_without_a_password_may_be_an_argument_and_comes_first() {
        for (source, urls) in [
            (JOURNAL, &["postgres://app@db/onboarding", "postgresql:///onboarding?host=/run/postgresql"][..]),
            (RATE_LIMITS, &["redis://cache:6379/1", "rediss://app@cache", "unix:///run/redis.sock?db=1"]),
        ] {
            for url in urls {
                let chosen = source.choose(Some(url), Some("redis://other".to_owned())).expect(url);
                assert_eq!(chosen.expect("a URL").expose(), *url);
            }
            assert!(source.choose(None, None).expect("nothing is asked for").is_none());
        }
    }

    #[test]
    fn the_modes_of_tls_are_named_where_libpq_has_others() {
        for url in ["postgres://db/a?sslmode=verify-full", "postgres://db/a?sslmode=require&sslrootcert=/ca.pem"] {
            let error = JOURNAL.choose(None, Some(url.to_owned())).expect_err(url);
            assert!(error.contains("require") && error.contains("SSL_CERT_FILE"), "{error}");
        }
    }

    #[test]
    fn an_invalid_url_is_not_shown() {
        for source in [JOURNAL, RATE_LIMITS] {
            for url in
                ["host=db password=hunter2", "https://a:hunter2@b", "hunter2", "postgres://a:hunter2@b:port/c", "redis"]
            {
                for error in [source.choose(Some(url), None), source.choose(None, Some(url.to_owned()))] {
                    let error = error.expect_err(url);
                    assert!(error.contains(source.example) && !error.contains("hunter2"), "{error}");
                }
            }
        }
    }
}
