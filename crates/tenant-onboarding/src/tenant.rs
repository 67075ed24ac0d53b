use std::fmt;

use serde::Deserialize;

use crate::identity::normalize;

/// One customer, with the columns of a CSV file as fields.
#[derive(Clone, Deserialize)]
pub struct Tenant {
    /// Name of the company, by which its ZapSign account is found again.
    pub name: String,
    /// E-mail address of the contact: the tenant's identity, see [`Tenant::identity`].
    pub email: String,
    /// Meta's id of the WhatsApp Business account.
    pub waba_external_id: String,
    /// Meta's id of the number, by which the channel is found again.
    pub phone_number_id: String,
    /// Country as ZapSign writes it: `br`, `mx`, `co`, `pe`, `cl`.
    pub country: String,
    /// Language as ZapSign writes it: `pt-br`, `es`, `en`.
    pub language: String,
    /// Address that receives the number's messages. Empty: the number receives nothing.
    #[serde(default)]
    pub messaging_webhook_url: String,
}

impl Tenant {
    /// Returns the name under which the journal keeps the tenant: its e-mail address, [normalized](normalize()).
    pub fn identity(&self) -> String {
        normalize(&self.email)
    }

    /// Returns `true` if the two texts are the tenant's name and e-mail address after normalizing.
    pub(crate) fn is(&self, name: &str, email: &str) -> bool {
        normalize(&self.name) == normalize(name) && self.identity() == normalize(email)
    }

    /// Describes the tenant as the one side of a conflict.
    pub(crate) fn description(&self) -> String {
        format!("the tenant is {:?} <{}>, number {}", self.name, self.email, self.phone_number_id)
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").finish_non_exhaustive()
    }
}
