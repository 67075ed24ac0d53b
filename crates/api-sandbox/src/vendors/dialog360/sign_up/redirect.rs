//! Way back from the sign-up to the partner.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use url::Url;

/// Characters that `encodeURIComponent` encodes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Parameters that the redirect has.
pub(super) struct Redirect<'r> {
    pub(super) client: &'r str,
    pub(super) channels: &'r [String],
    pub(super) revoked: &'r [String],
    /// Text that the link was opened with.
    pub(super) state: Option<&'r str>,
    /// `true` if an empty list of channels is left out.
    pub(super) omit_empty_channels: bool,
}

impl Redirect<'_> {
    /// Returns the address with the parameters after those that it has. The vendor writes lists in plain brackets, without
    /// quotes.
    pub(super) fn address(&self, of_partner: &str) -> Option<String> {
        let mut url = Url::parse(of_partner).ok()?;
        let mut query =
            url.query().filter(|query| !query.is_empty()).map_or_else(String::new, |query| format!("{query}&"));
        query.push_str(&format!("client={}", encoded(self.client)));
        if !(self.channels.is_empty() && self.omit_empty_channels) {
            query.push_str(&format!("&channels=[{}]", list(self.channels)));
        }
        if !self.revoked.is_empty() {
            query.push_str(&format!("&revoked=[{}]", list(self.revoked)));
        }
        if let Some(state) = self.state {
            query.push_str(&format!("&state={}", encoded(state)));
        }
        url.set_query(Some(&query));
        Some(url.into())
    }
}

fn encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, COMPONENT)
}

/// Returns ids with commas between. An id of a seed may have any character.
fn list(ids: &[String]) -> String {
    ids.iter().map(|id| encoded(id).to_string()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_keeps_its_own_query_and_fragment() {
        let (channels, revoked) = (["aCH".to_owned(), "bCH".to_owned()], ["cCH".to_owned()]);
        let redirect = Redirect {
            client: "xCL",
            channels: &channels,
            revoked: &revoked,
            state: Some("a b&c=+"),
            omit_empty_channels: false,
        };
        let parameters = "client=xCL&channels=[aCH,bCH]&revoked=[cCH]&state=a%20b%26c%3D%2B";
        for (address, before, after) in [
            ("http://crm.example/done", "http://crm.example/done?", ""),
            ("http://crm.example/done?", "http://crm.example/done?", ""),
            ("https://crm.example?tab=2#numbers", "https://crm.example/?tab=2&", "#numbers"),
        ] {
            assert_eq!(redirect.address(address), Some(format!("{before}{parameters}{after}")));
        }
    }

    #[test]
    fn an_empty_list_of_channels_can_be_left_out() {
        let revoked = ["cCH".to_owned()];
        for (omit_empty_channels, query) in
            [(false, "client=x&channels=[]&revoked=[cCH]"), (true, "client=x&revoked=[cCH]")]
        {
            let redirect = Redirect { client: "x", channels: &[], revoked: &revoked, state: None, omit_empty_channels };
            assert_eq!(redirect.address("http://h/"), Some(format!("http://h/?{query}")));
        }
    }
}
