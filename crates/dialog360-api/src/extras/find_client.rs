use crate::types::{ClientFilter, PartnerClient, PartnerId};
use crate::{Client, Error};

impl Client {
    /// Finds every client whose user or contact has this e-mail address. More than one, if one was created twice.
    ///
    /// Ask before [`Client::create_client`], and again when it failed: it may have created the client although it answered
    /// 429 or 500, and its answer has no id.
    ///
    /// # Errors
    ///
    /// As for [`Client::list_clients`]; [`Error::Decode`] if the list does not end.
    pub async fn find_client_by_email(&self, partner_id: &PartnerId, email: &str) -> Result<Vec<PartnerClient>, Error> {
        let mut found: Vec<PartnerClient> = Vec::new();
        let by_user = ClientFilter::new().contact_user_email(email);
        let by_contact = ClientFilter::new().contact_info_email(email);
        for filter in [&by_user, &by_contact] {
            let mut clients = self.list_clients().partner_id(partner_id).filters(filter).items();
            while let Some(client) = clients.next().await {
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
