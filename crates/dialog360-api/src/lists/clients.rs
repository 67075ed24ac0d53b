use std::future::poll_fn;
use std::pin::pin;

use api_runtime::{Page, pages};
use futures_core::Stream;

use super::{count, position};
use crate::calls::clients::ListClientsCall;
use crate::types::{ClientFilter, PartnerClient, PartnerId};
use crate::{Client, Error};

type ClientsCall<'c> = ListClientsCall<'c, &'c PartnerId>;

impl Client {
    /// Every client of the partner.
    ///
    /// ```no_run
    /// # use dialog360_api::{Client, Error, types::{ClientFilter, PartnerId}};
    /// # use futures_util::TryStreamExt;
    /// # async fn example(client: Client, partner: PartnerId) -> Result<(), Error> {
    /// let active = ClientFilter::new().status("active");
    /// let mut clients = std::pin::pin!(client.all_clients(&partner, |call| call.filters(&active)));
    /// while let Some(client) = clients.try_next().await? {
    ///     println!("{:?}", client.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn all_clients<'c>(
        &'c self,
        partner_id: &'c PartnerId,
        ask: impl Fn(ClientsCall<'c>) -> ClientsCall<'c>,
    ) -> impl Stream<Item = Result<PartnerClient, Error>> {
        pages(
            0,
            move |offset| ask(self.list_clients().partner_id(partner_id)).offset(position(offset)).send(),
            |page, offset| Page::at_offset(page.clients.unwrap_or_default(), offset, count(page.total)),
        )
    }

    /// Every client whose user or contact has this e-mail address. More than one, if one was created twice.
    ///
    /// Ask before [`Client::create_client`], and again when it failed: it may have created the client although it answered
    /// 429 or 500, and its answer has no id.
    ///
    /// # Errors
    ///
    /// As for every call, and as for [`Client::all_clients`] if the list does not end.
    pub async fn find_client_by_email(&self, partner_id: &PartnerId, email: &str) -> Result<Vec<PartnerClient>, Error> {
        let mut found: Vec<PartnerClient> = Vec::new();
        let by_user = ClientFilter::new().contact_user_email(email);
        let by_contact = ClientFilter::new().contact_info_email(email);
        for filter in [&by_user, &by_contact] {
            let mut clients = pin!(self.all_clients(partner_id, |call| call.filters(filter)));
            while let Some(client) = poll_fn(|context| clients.as_mut().poll_next(context)).await {
                let client = client?;
                // A server that ignored the filter would have every client found.
                let is_new = || client.id.is_none() || !found.iter().any(|known| known.id == client.id);
                if has_email(&client, email) && is_new() {
                    found.push(client);
                }
            }
        }
        Ok(found)
    }
}

fn has_email(client: &PartnerClient, email: &str) -> bool {
    let user = client.contact_user.as_ref().and_then(|user| user.email.as_ref());
    let contact = client.contact_info.as_ref().and_then(|contact| contact.email.as_ref());
    user.into_iter().chain(contact).any(|known| known.eq_ignore_ascii_case(email))
}
