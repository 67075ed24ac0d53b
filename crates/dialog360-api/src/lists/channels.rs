use api_runtime::{Page, pages};
use futures_core::Stream;

use super::{count, position};
use crate::calls::channels::ListChannelsCall;
use crate::types::{Channel, PartnerId};
use crate::{Client, Error};

type ChannelsCall<'c> = ListChannelsCall<'c, &'c PartnerId>;

impl Client {
    /// Every channel of the partner.
    pub fn all_channels<'c>(
        &'c self,
        partner_id: &'c PartnerId,
        ask: impl Fn(ChannelsCall<'c>) -> ChannelsCall<'c>,
    ) -> impl Stream<Item = Result<Channel, Error>> {
        pages(
            0,
            move |offset| ask(self.list_channels().partner_id(partner_id)).offset(position(offset)).send(),
            |page, offset| Page::at_offset(page.partner_channels.unwrap_or_default(), offset, count(page.total)),
        )
    }
}
