use api_runtime::{Page, pages};
use futures_core::Stream;

use super::{count, position};
use crate::calls::templates::ListTemplatesCall;
use crate::types::{PartnerId, Template, WabaAccountId};
use crate::{Client, Error};

type TemplatesCall<'c> = ListTemplatesCall<'c, &'c PartnerId, &'c WabaAccountId>;

impl Client {
    /// Every template of a WhatsApp Business account.
    pub fn all_templates<'c>(
        &'c self,
        partner_id: &'c PartnerId,
        waba_account_id: &'c WabaAccountId,
        ask: impl Fn(TemplatesCall<'c>) -> TemplatesCall<'c>,
    ) -> impl Stream<Item = Result<Template, Error>> {
        pages(
            0,
            move |offset| {
                let call = self.list_templates().partner_id(partner_id).waba_account_id(waba_account_id);
                ask(call).offset(position(offset)).send()
            },
            |page, offset| Page::at_offset(page.waba_templates.unwrap_or_default(), offset, count(page.total)),
        )
    }
}
