//! Texts of a call that must not be shown, also if the server sends them back.

use api_runtime::Secret;

use super::request_secrets;
use crate::credentials::{Account, AccountCredential};
use crate::request::{DraftBody, RequestDraft};
use crate::spec::OperationSpec;

/// Returns the credential, and the secrets of the body.
pub(crate) fn secret_texts(account: &Account, operation: &OperationSpec, draft: &RequestDraft) -> Vec<Secret> {
    let mut texts: Vec<Secret> =
        account.credential.as_ref().and_then(AccountCredential::secret).cloned().into_iter().collect();
    if let Some(DraftBody::Json(body)) = &draft.body {
        request_secrets::visit(operation, &mut body.clone(), &mut |_, secret| {
            texts.extend(secret.as_str().map(Secret::from));
        });
    }
    texts
}
