use std::collections::BTreeMap;
use std::fmt;

use crate::InvalidId;
use crate::types::{ChannelId, ClientId};

/// Address that the hosted sign-up sends a customer back to.
///
/// It comes from the customer's browser and proves nothing: anybody can call it with ids of others. Tell by
/// [`SignUpLink::state`](super::SignUpLink::state) which sign-up it belongs to, and ask 360dialog whose the client and the
/// channels are before acting on them.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redirect {
    /// The client that signed up. Missing if the customer gave up.
    pub client: Option<ClientId>,
    /// The channels that the client gave the partner leave for.
    pub channels: Vec<ChannelId>,
    /// The channels for which the client took it back.
    pub revoked: Vec<ChannelId>,
    /// Every other parameter, for example the `state` that the sign-up was started with.
    pub other: BTreeMap<String, String>,
}

/// A parameter of the redirect holds what is no id, or stands there twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidRedirect {
    parameter: &'static str,
    fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Id(InvalidId),
    Twice,
}

impl fmt::Display for InvalidRedirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parameter `{}` of the redirect", self.parameter)?;
        match self.fault {
            Fault::Id(fault) => write!(f, ": {fault}"),
            Fault::Twice => f.write_str(" stands there more than once"),
        }
    }
}

impl std::error::Error for InvalidRedirect {}

impl fmt::Debug for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirect")
            .field("channels", &self.channels.len())
            .field("revoked", &self.revoked.len())
            .finish_non_exhaustive()
    }
}

impl Redirect {
    /// Reads the address, or its query alone.
    ///
    /// The vendor writes lists in brackets and without quotes (`[a,b]`), which is no JSON. Quotes, spaces and missing
    /// brackets are read too.
    ///
    /// # Errors
    ///
    /// If an id is not letters and digits only, as those of 360dialog are, or one of the three parameters stands there more
    /// than once.
    pub fn parse(address: &str) -> Result<Self, InvalidRedirect> {
        let mut redirect = Self::default();
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(query(address).as_bytes()) {
            let Some(parameter) = PARAMETERS.into_iter().find(|known| *known == name) else {
                redirect.other.insert(name.into_owned(), value.into_owned());
                continue;
            };
            if seen.contains(&parameter) {
                return Err(InvalidRedirect { parameter, fault: Fault::Twice });
            }
            seen.push(parameter);
            match parameter {
                "channels" => redirect.channels = list(parameter, &value)?,
                "revoked" => redirect.revoked = list(parameter, &value)?,
                _ if value.is_empty() => {}
                _ => redirect.client = Some(id(parameter, &value, ClientId::new)?),
            }
        }
        Ok(redirect)
    }
}

/// Query parameters that the vendor adds to the partner's address.
const PARAMETERS: [&str; 3] = ["client", "channels", "revoked"];

/// The query of an address. In a query that comes alone a name comes first, and a question mark is part of a value.
fn query(address: &str) -> &str {
    let start = &address[..address.find(['?', '=', '&']).unwrap_or(address.len())];
    let alone = !start.starts_with('/') && !start.contains("://") && !address[start.len()..].starts_with('?');
    let query = if alone { address } else { address.split_once('?').map_or("", |(_, query)| query) };
    query.split('#').next().unwrap_or_default()
}

fn list(parameter: &'static str, value: &str) -> Result<Vec<ChannelId>, InvalidRedirect> {
    let inner = value.trim().trim_start_matches('[').trim_end_matches(']');
    let items = inner.split(',').map(|item| item.trim().trim_matches(['"', '\''])).filter(|item| !item.is_empty());
    items.map(|item| id(parameter, item, ChannelId::new)).collect()
}

fn id<T>(
    parameter: &'static str,
    value: &str,
    new: impl Fn(String) -> Result<T, InvalidId>,
) -> Result<T, InvalidRedirect> {
    let checked = new(value.to_owned()).and_then(|id| match value.chars().find(|c| !c.is_ascii_alphanumeric()) {
        Some(found) => Err(InvalidId::Character(found)),
        None => Ok(id),
    });
    checked.map_err(|fault| InvalidRedirect { parameter, fault: Fault::Id(fault) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channels(redirect: &Redirect) -> Vec<&str> {
        redirect.channels.iter().map(ChannelId::as_str).collect()
    }

    #[test]
    fn every_way_of_writing_a_list_is_read() {
        for query in [
            "client=exmpleCL&channels=[aaCH,bbCH]",
            "?client=exmpleCL&channels=%5BaaCH%2C+bbCH%5D",
            "https://x.example/?client=exmpleCL&channels=[\"aaCH\",\"bbCH\"]#top",
            "client=exmpleCL&channels=aaCH,bbCH",
            "channels=[ 'aaCH' , 'bbCH' ]&client=exmpleCL",
        ] {
            let redirect = Redirect::parse(query).expect(query);
            assert_eq!(channels(&redirect), ["aaCH", "bbCH"], "{query}");
            assert_eq!(redirect.client.as_ref().map(ClientId::as_str), Some("exmpleCL"), "{query}");
        }
    }

    #[test]
    fn whoever_gives_up_comes_back_without_a_client() {
        for query in ["", "?", "client=&channels=[]", "https://x.example/done"] {
            let redirect = Redirect::parse(query).expect(query);
            assert_eq!((redirect.client, redirect.channels.len()), (None, 0), "{query}");
        }
        let revoked = Redirect::parse("client=exmpleCL&channels=[]&revoked=[aaCH]").expect("a redirect");
        assert_eq!(revoked.revoked.len(), 1);
    }

    #[test]
    fn a_question_mark_in_a_value_cuts_nothing_off() {
        for address in [
            "client=exmpleCL&state=a?b",
            "?client=exmpleCL&state=a?b",
            "done?client=exmpleCL&state=a?b",
            "/done=1?client=exmpleCL&state=a?b",
            "https://x.example/done&1?client=exmpleCL&state=a?b",
        ] {
            let redirect = Redirect::parse(address).expect(address);
            assert_eq!(redirect.client.as_ref().map(ClientId::as_str), Some("exmpleCL"), "{address}");
            assert_eq!(redirect.other, BTreeMap::from([("state".to_owned(), "a?b".to_owned())]), "{address}");
        }
        assert_eq!(Redirect::parse("https://x.example/done").expect("an address").other, BTreeMap::new());
    }

    #[test]
    fn what_is_no_id_is_named() {
        let error = Redirect::parse("client=..%2F..").expect_err("no id");
        assert_eq!(error.to_string(), "parameter `client` of the redirect: an id must not contain '/'");
        for (query, found) in [
            ("client=<script>", '<'),
            ("channels=[aCH bCH]", ' '),
            ("channels=a][", ']'),
            ("revoked=[a\u{202e}CH]", '\u{202e}'),
            ("client=a-CL", '-'),
        ] {
            let error = Redirect::parse(query).expect_err(query).to_string();
            assert!(error.ends_with(&format!("an id must not contain {found:?}")), "{error}");
        }
        let error = Redirect::parse("channels=[a,..]").expect_err("no id");
        assert_eq!(error.to_string(), "parameter `channels` of the redirect: an id must not be `.` or `..`");
    }

    #[test]
    fn of_two_clients_neither_counts() {
        for (query, parameter) in [
            ("client=aCL&client=bCL", "client"),
            ("client=&client=bCL", "client"),
            ("client=aCL&channels=[aCH]&state=s&channels=[bCH]", "channels"),
            ("revoked=[]&revoked=[]", "revoked"),
        ] {
            let error = Redirect::parse(query).expect_err(query).to_string();
            assert_eq!(error, format!("parameter `{parameter}` of the redirect stands there more than once"));
        }
        assert_eq!(Redirect::parse("state=a&state=b").expect("no ids").other["state"], "b");
    }
}
