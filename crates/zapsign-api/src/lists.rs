use api_runtime::{Page, pages};
use futures_core::Stream;

use crate::calls::account::ListUsersCall;
use crate::calls::checks::GetCheckDetailsCall;
use crate::calls::documents::ListDocumentsCall;
use crate::calls::templates::ListTemplatesCall;
use crate::types::{CheckDetail, CheckId, DocumentSummary, Template, User};
use crate::{Client, Error};

/// The first page of a list.
const FIRST: u32 = 1;

/// Lists as streams. A page is asked for when the items before it have been taken; the stream ends after the last item and
/// after an error.
///
/// `ask` may change the call that gets a page, to filter the list; `|call| call` leaves it as it is.
impl Client {
    /// Every document.
    ///
    /// ```no_run
    /// # use futures_util::TryStreamExt;
    /// # use zapsign_api::{Client, Error, types::DocumentStatusFilter};
    /// # async fn example(client: Client) -> Result<(), Error> {
    /// let signed = DocumentStatusFilter::Signed;
    /// let mut documents = std::pin::pin!(client.all_documents(|call| call.status(&signed)));
    /// while let Some(document) = documents.try_next().await? {
    ///     println!("{}", document.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn all_documents<'c>(
        &'c self,
        ask: impl Fn(ListDocumentsCall<'c>) -> ListDocumentsCall<'c>,
    ) -> impl Stream<Item = Result<DocumentSummary, Error>> {
        pages(FIRST, move |page| {
            let call = ask(self.list_documents()).page(i64::from(page));
            async move {
                let answer = call.send().await?.into_inner();
                Ok(Page::numbered(answer.results, page, answer.next.is_some()))
            }
        })
    }

    /// Every template.
    pub fn all_templates<'c>(
        &'c self,
        ask: impl Fn(ListTemplatesCall<'c>) -> ListTemplatesCall<'c>,
    ) -> impl Stream<Item = Result<Template, Error>> {
        pages(FIRST, move |page| {
            let call = ask(self.list_templates()).page(i64::from(page));
            async move {
                let answer = call.send().await?.into_inner();
                Ok(Page::numbered(answer.results, page, answer.next.is_some()))
            }
        })
    }

    /// Every user of the account.
    pub fn all_users<'c>(
        &'c self,
        ask: impl Fn(ListUsersCall<'c>) -> ListUsersCall<'c>,
    ) -> impl Stream<Item = Result<User, Error>> {
        pages(FIRST, move |page| {
            let call = ask(self.list_users()).page(i64::from(page));
            async move {
                let answer = call.send().await?.into_inner();
                Ok(Page::numbered(answer.results, page, answer.next.is_some()))
            }
        })
    }

    /// Every finding of a background check.
    ///
    /// The vendor names the next page by its address. The `start_key` in it leads there; an address without one ends the
    /// list, as does one that leads to the page that it stands on.
    pub fn all_check_details<'c>(
        &'c self,
        check_id: &'c CheckId,
        ask: impl Fn(GetCheckDetailsCall<'c, &'c CheckId>) -> GetCheckDetailsCall<'c, &'c CheckId>,
    ) -> impl Stream<Item = Result<CheckDetail, Error>> {
        pages(None::<String>, move |start_key| {
            let call = ask(self.get_check_details().check_id(check_id));
            async move {
                let answer = call.start_key(start_key.as_deref()).send().await?.into_inner();
                let next = answer.next.as_deref().and_then(next_key).filter(|next| start_key.as_ref() != Some(next));
                Ok(Page { items: answer.details, next: next.map(Some) })
            }
        })
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
