//! One account and its users.

use serde_json::{Value, json};

use crate::credentials::Credentials;
use crate::vendors::zapsign::json::field_or;

pub(crate) struct Account {
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) api_token: String,
    /// Number of the account that opened it.
    pub(crate) opened_by: Option<String>,
    /// Whether it is up to date with its partner.
    pub(crate) payment_current: bool,
    pub(crate) users: Vec<Value>,
}

impl Account {
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

/// The owner of every account that there is.
pub(crate) fn owner_user(credentials: &Credentials) -> Value {
    let mut owner = new_user(&credentials.owner, "owner", &json!({"first_name": "Owner"}));
    owner["email_verified"] = true.into();
    owner
}

/// A user who was just invited.
pub(crate) fn new_user(email: &str, role: &str, body: &Value) -> Value {
    json!({
        "first_name": field_or(body, "first_name", ""),
        "last_name": field_or(body, "last_name", ""),
        "email": email,
        "email_verified": false,
        "user_group": {"name": role},
    })
}
