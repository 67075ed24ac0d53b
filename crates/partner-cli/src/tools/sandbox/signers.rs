//! Signers of the documents that a sandbox has.

use serde_json::Value;

/// Signer, as the sandbox's state tells it.
pub(super) struct SandboxSigner<'s> {
    pub(super) token: &'s str,
    /// Address of the page to sign on.
    pub(super) sign_url: &'s str,
    pub(super) has_signed: bool,
}

/// Returns the signers of a document in the sandbox's state, `None` if it is not among those that the state tells.
pub(super) fn of_document<'s>(state: &'s Value, token: &str) -> Option<Vec<SandboxSigner<'s>>> {
    let documents = state["zapsign"]["documents"]["latest"].as_array()?;
    let document = documents.iter().find(|document| document["token"] == token)?;
    let signers = document["signers"].as_array().into_iter().flatten();
    // The state has no tokens, but links to the pages, which end with them.
    let read = signers.filter_map(|signer| {
        let sign_url = signer["sign_url"].as_str()?;
        let (_, token) = sign_url.rsplit_once('/')?;
        Some(SandboxSigner { token, sign_url, has_signed: signer["status"] == "signed" })
    });
    Some(read.collect())
}
