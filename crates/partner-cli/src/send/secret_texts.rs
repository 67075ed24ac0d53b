//! Texts of a call that must not be shown, also if the server sends them back.

use api_runtime::Secret;
use serde_json::Value;

use super::request_secrets;
use crate::credentials::{Account, AccountCredential};
use crate::hidden_texts::HiddenTexts;
use crate::request::{DraftBody, FormValue, RequestDraft};
use crate::spec::OperationSpec;

/// Returns the credential, and the secrets of the body.
pub(crate) fn secret_texts(account: &Account, operation: &OperationSpec, draft: &RequestDraft) -> HiddenTexts {
    let mut texts: Vec<Secret> = credential(account).collect();
    match &draft.body {
        Some(DraftBody::Json(body)) => {
            request_secrets::visit(operation, &mut body.clone(), &mut |_, secret| collect(secret, &mut texts));
        }
        Some(DraftBody::Form(fields)) => {
            for (name, value) in fields {
                if let FormValue::Text(text) = value
                    && request_secrets::is_form_secret(operation, name)
                {
                    texts.push(text.as_str().into());
                }
            }
        }
        None => {}
    }
    HiddenTexts::new(texts)
}

/// Returns the credential, for calls that have no other secret.
pub(crate) fn credential_texts(account: &Account) -> HiddenTexts {
    HiddenTexts::new(credential(account))
}

fn credential(account: &Account) -> impl Iterator<Item = Secret> {
    account.credential.as_ref().and_then(AccountCredential::secret).cloned().into_iter()
}

/// Adds every text and number of a secret, which may be an object or a list.
fn collect(secret: &Value, texts: &mut Vec<Secret>) {
    match secret {
        Value::String(text) => texts.push(text.as_str().into()),
        Value::Number(number) => texts.push(number.to_string().into()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, texts)),
        Value::Null | Value::Bool(_) => {}
    }
}
