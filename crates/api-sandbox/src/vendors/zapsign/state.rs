//! State of ZapSign.

use std::collections::HashMap;
use std::sync::Arc;

use http::request::Parts;
use jiff::Timestamp;

use super::model::{Account, Check, Document, Due, Sessions, Template, Webhook};
use super::storage::{FileKind, Refusal, StoredFile, StoredFiles, ids_of_path, verify};
use crate::credentials::Credentials;
use crate::ids::IdGenerator;
use crate::schedule::Schedule;
use crate::spec::Reply;
use crate::vendors::vendor::HandlerContext;

/// Account of the partner, the accounts that it opened, and their documents, templates, webhooks and checks.
#[derive(Clone)]
pub(crate) struct Zapsign {
    pub(crate) credentials: Credentials,
    pub(crate) accounts: Vec<Account>,
    pub(crate) sessions: Sessions,
    /// The oldest first.
    pub(crate) documents: Vec<Document>,
    pub(crate) templates: Vec<Template>,
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) checks: Vec<Check>,
    /// Files of documents, attachments, templates and checks, by their folder.
    files: HashMap<String, StoredFiles>,
    /// Cached pages of `list_documents` with the times of their making, by account and query.
    pub(crate) lists: HashMap<String, (Timestamp, Reply)>,
    /// Deadlines, reminders and later events, which become due by the clock.
    pub(crate) schedule: Schedule<Due>,
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
            schedule: Schedule::default(),
        }
    }

    /// Stores the original file of a document, an attachment, a template or a check, by its token.
    pub(crate) fn store_file(&mut self, kind: FileKind, owner: &str, original: StoredFile, ids: &IdGenerator) {
        let files = StoredFiles { owner: owner.to_owned(), original: Arc::new(original), signed: None };
        self.files.insert(kind.folder(owner, ids), files);
    }

    /// Returns the file that a request may read. Its bytes are made when they are read, which is for the caller to do without
    /// the lock on the state.
    ///
    /// # Errors
    ///
    /// Returns the refusal of a request that follows no link, or one that has expired.
    pub(crate) fn file(&mut self, head: &Parts, context: &HandlerContext<'_>) -> Result<Arc<StoredFile>, Refusal> {
        verify(head, context)?;
        let (folder, id) = ids_of_path(head.uri.path()).ok_or(Refusal::NoSuchKey)?;
        let files = self.files.get_mut(folder).ok_or(Refusal::NoSuchKey)?;
        if id != FileKind::Signed.id(&files.owner, context.ids) {
            return Ok(Arc::clone(&files.original));
        }
        let mut documents = self.documents.iter();
        let document = documents.find(|document| document.has_token(&files.owner)).ok_or(Refusal::NoSuchKey)?;
        let evidence = document.evidence(&files.owner).ok_or(Refusal::NoSuchKey)?;
        // As long as the evidence is the same, so are the bytes, although a view or a reminder changed the document.
        let signed = files.signed.take().filter(|signed| signed.has_evidence(&evidence));
        let signed =
            signed.unwrap_or_else(|| Arc::new(StoredFile::sealed(&files.original, evidence, document.sealed_at)));
        files.signed = Some(Arc::clone(&signed));
        Ok(signed)
    }
}
