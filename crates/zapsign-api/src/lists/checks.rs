use api_runtime::{Page, pages};
use futures_core::Stream;

use crate::calls::checks::GetCheckDetailsCall;
use crate::types::{CheckDetail, CheckId};
use crate::{Client, Error};

impl Client {
    /// Every finding of a background check.
    ///
    /// The vendor names the next page by its address. The `start_key` in it leads there; an address without one ends the
    /// list, as does one that leads to the page that it stands on.
    pub fn all_check_details<'c>(
        &'c self,
        check_id: &'c CheckId,
        ask: impl Fn(GetCheckDetailsCall<'c, &'c CheckId>) -> GetCheckDetailsCall<'c, &'c CheckId>,
    ) -> impl Stream<Item = Result<CheckDetail, Error>> {
        pages(
            None::<String>,
            move |start_key| {
                let call = ask(self.get_check_details().check_id(check_id));
                async move { call.start_key(start_key.as_deref()).send().await }
            },
            |answer, start_key| {
                let next = answer.next.as_deref().and_then(next_key).filter(|next| start_key.as_ref() != Some(next));
                Page { items: answer.details, next: next.map(Some) }
            },
        )
    }
}

fn next_key(address: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let query = query.split('#').next()?;
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "start_key").map(|(_, key)| key.into_owned())
}

#[cfg(test)]
mod tests {
    use super::next_key;

    #[test]
    fn the_start_key_of_the_next_page_stands_in_its_address() {
        for (address, key) in [
            ("/api/v1/checks/CHK1/details/?start_key=DTL%2B1&lang=en", Some("DTL+1")),
            ("https://api.zapsign.example/x?lang=en&start_key=a#top", Some("a")),
            ("/api/v1/checks/CHK1/details/", None),
            ("", None),
        ] {
            assert_eq!(next_key(address).as_deref(), key, "{address}");
        }
    }
}
