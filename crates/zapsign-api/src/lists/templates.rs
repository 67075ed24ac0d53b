use api_runtime::{Page, pages};
use futures_core::Stream;

use super::FIRST;
use crate::calls::templates::ListTemplatesCall;
use crate::types::Template;
use crate::{Client, Error};

impl Client {
    /// Every template.
    pub fn all_templates<'c>(
        &'c self,
        ask: impl Fn(ListTemplatesCall<'c>) -> ListTemplatesCall<'c>,
    ) -> impl Stream<Item = Result<Template, Error>> {
        pages(
            FIRST,
            move |page| ask(self.list_templates()).page(i64::from(page)).send(),
            |answer, page| Page::numbered(answer.results, page, answer.next.is_some()),
        )
    }
}
