//! State of ZapSign.

use std::collections::HashMap;
use std::iter;

use bytes::Bytes;
use jiff::Timestamp;

use super::model::{Account, Check, Document, Sessions, Template, Webhook, file};
use crate::credentials::Credentials;
use crate::spec::Reply;

/// Account of the partner, the accounts that it opened, and their documents, templates, webhooks and checks.
pub(crate) struct Zapsign {
    pub(crate) credentials: Credentials,
    pub(crate) accounts: Vec<Account>,
    pub(crate) sessions: Sessions,
    /// The oldest first.
    pub(crate) documents: Vec<Document>,
    pub(crate) templates: Vec<Template>,
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) checks: Vec<Check>,
    /// Uploaded files, by the token of the document or attachment.
    pub(crate) files: HashMap<String, Bytes>,
    /// Cached pages of `list_documents` with the times of their making, by account and query.
    pub(crate) lists: HashMap<String, (Timestamp, Reply)>,
}

impl Zapsign {
    /// Creates the account of these credentials.
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            accounts: vec![Account::partner(credentials)],
            credentials: credentials.clone(),
            sessions: Sessions::default(),
            documents: Vec::new(),
            templates: Vec::new(),
            webhooks: Vec::new(),
            checks: Vec::new(),
            files: HashMap::new(),
            lists: HashMap::new(),
        }
    }

    /// Returns the file behind a URL of a document or attachment: the uploaded one, signed or not, or an empty page if the
    /// content came in another form. Returns `None` if there is no such URL, as for a file that is not signed yet.
    pub(crate) fn file(&self, token: &str, name: &str) -> Option<Bytes> {
        let field = match name {
            file::ORIGINAL => "original_file",
            file::SIGNED => "signed_file",
            _ => return None,
        };
        let mut documents =
            self.documents.iter().flat_map(|document| iter::once(&document.value).chain(document.attachments()));
        let of_token = documents.find(|document| document["token"] == token)?;
        let uploaded = || self.files.get(token).cloned().unwrap_or_else(|| file::empty_pdf().into());
        of_token[field].is_string().then(uploaded)
    }
}
