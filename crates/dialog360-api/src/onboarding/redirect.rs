use std::collections::BTreeMap;
use std::fmt;

use crate::InvalidId;
use crate::types::{ChannelId, ClientId};

/// Address that the hosted sign-up sends a customer back to.
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

/// A parameter of the redirect holds what is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidRedirect {
    parameter: &'static str,
    fault: InvalidId,
}

impl fmt::Display for InvalidRedirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parameter `{}` of the redirect: {}", self.parameter, self.fault)
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
    /// If an id can't be one.
    pub fn parse(address: &str) -> Result<Self, InvalidRedirect> {
        let mut redirect = Self::default();
        for (name, value) in form_urlencoded::parse(query(address).as_bytes()) {
            match &*name {
                "client" if value.is_empty() => {}
                "client" => redirect.client = Some(id("client", &value, ClientId::new)?),
                "channels" => redirect.channels.extend(list("channels", &value)?),
                "revoked" => redirect.revoked.extend(list("revoked", &value)?),
                _ => {
                    redirect.other.insert(name.into_owned(), value.into_owned());
                }
            }
        }
        Ok(redirect)
    }
}

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
    new(value.to_owned()).map_err(|fault| InvalidRedirect { parameter, fault })
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
            "channels=[aaCH]&channels=[bbCH]&client=exmpleCL",
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
        let error = Redirect::parse("channels=[a,..]").expect_err("no id");
        assert_eq!(error.to_string(), "parameter `channels` of the redirect: an id must not be `.` or `..`");
    }
}
