//! Overview of the accounts for a page. It names each field that is shown: an account has an API token, and a webhook headers.

use serde_json::{Value, json};
use url::Url;

use super::model::{Account, Document, Signer, Template, Webhook};
use super::state::Zapsign;
use crate::vendors::overview::{fields, latest};

impl Zapsign {
    /// Returns the accounts, documents, templates, webhooks and checks, without tokens of accounts.
    pub(super) fn overview_json(&self) -> Value {
        json!({
            "accounts": latest(self.accounts.iter(), account),
            "documents": latest(self.documents.iter(), document),
            "templates": latest(self.templates.iter(), template),
            "webhooks": latest(self.webhooks.iter(), webhook),
            "checks": latest(self.checks.iter(), |check| fields(&check.value, &["check_id", "status", "check_type", "country"])),
        })
    }
}

fn account(account: &Account) -> Value {
    let shown = json!({"number": account.number, "name": account.name, "opened_by": account.opened_by});
    let mut shown = fields(&shown, &["number", "name", "opened_by"]);
    shown["users"] = account.users.len().into();
    shown["payment_current"] = account.payment_current.into();
    shown
}

fn document(document: &Document) -> Value {
    let mut shown = fields(&document.value, &["token", "name", "status", "deleted", "created_at", "external_id"]);
    shown["account"] = document.account.clone().into();
    shown["deadline"] = document.deadline.map(|deadline| deadline.to_string()).into();
    shown["signers"] = latest(document.signers.iter().rev(), signer)["latest"].clone();
    shown["signer_count"] = document.signers.len().into();
    shown
}

fn signer(signer: &Signer) -> Value {
    fields(&signer.value, &["name", "status", "sign_url"])
}

fn template(template: &Template) -> Value {
    let mut shown = fields(&template.value, &["token", "name", "active", "created_at"]);
    shown["account"] = template.account.clone().into();
    shown["deleted"] = template.deleted.into();
    shown
}

/// Shows a webhook without the user and the query of its URL, which may hold a secret.
fn webhook(webhook: &Webhook) -> Value {
    let url = Url::parse(&webhook.url).ok().map(|mut url| {
        url.set_query(None);
        // A URL that can have no user has none.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.to_string()
    });
    let shown = json!({"id": webhook.id, "url": url, "event": webhook.event, "document": webhook.document});
    let mut shown = fields(&shown, &["id", "url", "event", "document"]);
    shown["account"] = webhook.account.clone().into();
    shown
}
