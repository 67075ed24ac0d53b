//! Accounts, documents, templates, webhooks and checks.

use std::collections::HashMap;

use bytes::Bytes;
use jiff::Timestamp;

use super::model::{Account, Check, Document, Sessions, Template, Webhook};
use crate::credentials::Credentials;
use crate::spec::Reply;

/// A partner's account, the accounts that it opened, and what they all have.
pub(crate) struct Zapsign {
    pub(crate) credentials: Credentials,
    pub(crate) accounts: Vec<Account>,
    pub(crate) sessions: Sessions,
    /// The oldest first.
    pub(crate) documents: Vec<Document>,
    pub(crate) templates: Vec<Template>,
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) checks: Vec<Check>,
    /// What was uploaded, by the token of the document or attachment.
    pub(crate) files: HashMap<String, Bytes>,
    /// What was answered to which question for a list of documents, and when.
    pub(crate) lists: HashMap<String, (Timestamp, Reply)>,
}

impl Zapsign {
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

    pub(crate) fn file(&self, token: &str) -> Option<Bytes> {
        self.files.get(token).cloned()
    }
}
