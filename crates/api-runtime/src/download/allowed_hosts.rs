use reqwest::Url;

use crate::client::is_loopback;
use crate::error::MAX_URL_BYTES;

/// Hosts that a link may lead to: those that are named, and that of the client's base URL.
pub(super) struct AllowedHosts {
    base: Url,
    named: Vec<NamedHost>,
}

/// Host, with a port if it is not that of the link's scheme.
struct NamedHost {
    host: String,
    port: Option<u16>,
}

/// Fault of a link, or of an address that it redirects to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LinkFault {
    /// Text that continues "the link".
    Invalid(&'static str),
    /// Host, with its port if it is not that of the scheme.
    Host(String),
}

impl AllowedHosts {
    pub(super) fn new(base: &Url) -> Self {
        Self { base: base.clone(), named: Vec::new() }
    }

    /// Adds `host` or `host:port`. Any other text names no host, so no link leads there.
    pub(super) fn add(&mut self, host: &str) {
        let Ok(url) = Url::parse(&format!("https://{host}")) else { return };
        let is_host = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && !has_user(&url);
        if let (true, Some(name)) = (is_host, url.host_str()) {
            self.named.push(NamedHost { host: name.to_owned(), port: url.port() });
        }
    }

    /// Parses a link, and checks it.
    ///
    /// # Errors
    ///
    /// As for [`AllowedHosts::check`]; [`LinkFault::Invalid`] if the text is no URL.
    pub(super) fn parse(&self, link: &str) -> Result<Url, LinkFault> {
        let Ok(mut url) = Url::parse(link) else { return Err(LinkFault::Invalid("is not a url")) };
        self.check(&url)?;
        url.set_fragment(None);
        Ok(url)
    }

    /// Checks the address of a link or of a redirect, before anything is sent there.
    ///
    /// # Errors
    ///
    /// [`LinkFault::Invalid`] if it is not `https`, or `http` to where the client's calls go, or to this machine if the calls go
    /// there, too; if it holds a user or a password, or is too long. [`LinkFault::Host`] if its host is not allowed.
    pub(super) fn check(&self, url: &Url) -> Result<(), LinkFault> {
        let Some(host) = url.host_str() else { return Err(LinkFault::Invalid("names no host")) };
        match url.scheme() {
            "https" => {}
            // Beside any other base URL, the HTTP client may have a proxy, which would get the link.
            "http" if self.is_base(url) || is_loopback(&self.base) && is_loopback(url) => {}
            _ => return Err(LinkFault::Invalid("is not https")),
        }
        if has_user(url) {
            return Err(LinkFault::Invalid("holds a user name or password"));
        }
        if url.as_str().len() > MAX_URL_BYTES {
            return Err(LinkFault::Invalid("is longer than can be sent"));
        }
        if self.is_base(url) || self.named.iter().any(|named| named.matches(url)) {
            return Ok(());
        }
        Err(LinkFault::Host(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))))
    }

    /// Returns `true` for the origin that the client's calls go to. This machine has several names.
    fn is_base(&self, url: &Url) -> bool {
        let is_here = is_loopback(&self.base)
            && is_loopback(url)
            && self.base.scheme() == url.scheme()
            && self.base.port_or_known_default() == url.port_or_known_default();
        is_here || self.base.origin() == url.origin()
    }
}

impl NamedHost {
    fn matches(&self, url: &Url) -> bool {
        let is_port = match self.port {
            Some(port) => url.port_or_known_default() == Some(port),
            None => url.port().is_none(),
        };
        is_port && url.host_str() == Some(&self.host)
    }
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(base: &str, named: &[&str]) -> AllowedHosts {
        let mut hosts = AllowedHosts::new(&Url::parse(base).expect("a url"));
        named.iter().for_each(|host| hosts.add(host));
        hosts
    }

    #[test]
    fn a_link_leads_to_a_named_host_or_to_that_of_the_calls() {
        let hosts = hosts("https://api.example/v1", &["files.example", "Mirror.Example:8443"]);
        for link in [
            "https://files.example/a?Signature=b",
            "https://FILES.example:443/a",
            "https://mirror.example:8443/a",
            "https://api.example/files/a",
        ] {
            assert!(hosts.parse(link).is_ok(), "{link}");
        }
        for (link, host) in [
            ("https://files.example:444/a", "files.example:444"),
            ("https://mirror.example/a", "mirror.example"),
            ("https://x.files.example/a", "x.files.example"),
            ("https://files.example./a", "files.example."),
            ("https://files.example.evil.example/a", "files.example.evil.example"),
            ("https://evil.example/files.example?secret", "evil.example"),
            ("https://evil.example\\@files.example/", "evil.example"),
            ("https://localhost:81/a", "localhost:81"),
        ] {
            assert_eq!(hosts.parse(link).expect_err(link), LinkFault::Host(host.to_owned()));
        }
    }

    #[test]
    fn a_link_is_https_unless_the_calls_are_not() {
        let hosts = hosts("https://api.example", &["files.example", "127.0.0.1:81"]);
        for (link, reason) in [
            ("/files/a", "is not a url"),
            ("http://files.example/a", "is not https"),
            ("http://api.example/a", "is not https"),
            ("http://127.0.0.1:81/a", "is not https"),
            ("ftp://files.example/a", "is not https"),
            ("file:///etc/passwd", "names no host"),
            ("data:text/plain,a", "names no host"),
            ("https://me:secret@files.example/a", "holds a user name or password"),
            ("https://files.example@evil.example/a", "holds a user name or password"),
        ] {
            assert_eq!(hosts.parse(link).expect_err(link), LinkFault::Invalid(reason), "{link}");
        }
        let long = format!("https://files.example/{}", "a".repeat(MAX_URL_BYTES));
        assert_eq!(hosts.parse(&long).expect_err("long"), LinkFault::Invalid("is longer than can be sent"));
    }

    #[test]
    fn this_machine_has_several_names_and_each_port_is_a_server_of_its_own() {
        let hosts = hosts("http://127.0.0.1:82", &["127.0.0.1:81"]);
        for link in ["http://127.0.0.1:82/a", "http://localhost:82/a", "http://[::1]:82/a", "http://127.0.0.1:81/a"] {
            assert!(hosts.parse(link).is_ok(), "{link}");
        }
        for link in ["http://127.0.0.1:83/a", "https://127.0.0.1:82/a", "http://localhost/a", "http://localhost:81/a"] {
            assert!(matches!(hosts.parse(link), Err(LinkFault::Host(_))), "{link}");
        }
        // A server in the same private network, allowed by `allow_plain_http`.
        let hosts = self::hosts("http://sandbox:82", &[]);
        assert!(hosts.parse("http://sandbox:82/a").is_ok());
        assert!(hosts.parse("http://other:82/a").is_err());
    }

    #[test]
    fn what_names_no_host_allows_nothing() {
        for text in ["", "https://files.example", "files.example/a", "me@files.example", "files.example?a", "*.example"]
        {
            let hosts = hosts("https://api.example", &[text]);
            assert!(hosts.parse("https://files.example/a").is_err(), "{text}");
        }
    }
}
