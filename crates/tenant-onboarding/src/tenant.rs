use std::fmt;

use serde::{Deserialize, Serialize};

use crate::identity::normalize;

/// Customer of the partner, with the columns of a CSV file as fields.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Tenant {
    /// Name of the company, by which its ZapSign account is looked up.
    pub name: String,
    /// E-mail address of the contact: the tenant's identity, see [`Tenant::identity`].
    pub email: String,
    /// Meta's id of the WhatsApp Business account.
    pub waba_external_id: String,
    /// Meta's id of the number, by which its channel is looked up.
    pub phone_number_id: String,
    /// Country code as ZapSign expects it: `br`, `mx`, `co`, `pe`, `cl`.
    pub country: String,
    /// Language code as ZapSign expects it: `pt-br`, `es`, `en`.
    pub language: String,
    /// URL that receives the number's messages. If empty, no webhook is set and none are received.
    #[serde(default)]
    pub messaging_webhook_url: String,
}

impl Tenant {
    /// Returns the tenant's key in the journal: its e-mail address, [normalized](normalize()).
    pub fn identity(&self) -> String {
        normalize(&self.email)
    }

    /// Returns `true` if name and e-mail address are the tenant's after normalization.
    pub(crate) fn is(&self, name: &str, email: &str) -> bool {
        normalize(&self.name) == normalize(name) && self.identity() == normalize(email)
    }

    /// Describes the tenant in a conflict.
    pub(crate) fn description(&self) -> String {
        format!("the tenant is {:?} <{}>, number {}", self.name, self.email, self.phone_number_id)
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").finish_non_exhaustive()
    }
}
