//! State of ZapSign.

use std::collections::HashMap;

use bytes::Bytes;
use jiff::Timestamp;

use super::model::{Account, Check, Document, Sessions, Template, Webhook};
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

    /// Returns an uploaded file by the token of its document or attachment.
    pub(crate) fn file(&self, token: &str) -> Option<Bytes> {
        self.files.get(token).cloned()
    }
}
