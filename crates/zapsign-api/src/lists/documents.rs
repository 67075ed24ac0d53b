use api_runtime::{Page, pages};
use futures_core::Stream;

use super::FIRST;
use crate::calls::documents::ListDocumentsCall;
use crate::types::DocumentSummary;
use crate::{Client, Error};

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
        pages(
            FIRST,
            move |page| ask(self.list_documents()).page(i64::from(page)).send(),
            |answer, page| Page::numbered(answer.results, page, answer.next.is_some()),
        )
    }
}
