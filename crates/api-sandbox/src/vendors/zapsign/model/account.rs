//! Accounts and their users.

use serde_json::{Value, json};

use crate::credentials::Credentials;
use crate::vendors::zapsign::json::field_or;

/// Account of the partner or of a customer.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) api_token: String,
    /// Number of the account that opened it; `None` for the partner's own.
    pub(crate) opened_by: Option<String>,
    /// `true` if its payments to the partner are up to date.
    pub(crate) payment_current: bool,
    pub(crate) users: Vec<Value>,
}

impl Account {
    /// Creates the account of a partner.
    pub(crate) fn partner(credentials: &Credentials) -> Self {
        Self {
            number: credentials.organization_id.clone(),
            name: "Sandbox".to_owned(),
            api_token: credentials.api_token.clone(),
            opened_by: None,
            payment_current: true,
            users: vec![owner_user(credentials)],
        }
    }
}

/// Returns the owner of all accounts, as JSON of the API.
pub(crate) fn owner_user(credentials: &Credentials) -> Value {
    let mut owner = new_user(&credentials.owner, "owner", &json!({"first_name": "Owner"}));
    owner["email_verified"] = true.into();
    owner
}

/// Returns a user who was just invited, as JSON of the API.
pub(crate) fn new_user(email: &str, role: &str, body: &Value) -> Value {
    json!({
        "first_name": field_or(body, "first_name", ""),
        "last_name": field_or(body, "last_name", ""),
        "email": email,
        "email_verified": false,
        "user_group": {"name": role},
    })
}
