//! Contract: a document that is sent to be signed.

use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zapsign_api::types::{
    CreateDocument, CreateDocumentContent, Document, DocumentDetail, DocumentStatus, DocumentToken, NewSigner, Signer,
};
use zapsign_api::{Base64, Client, Error, Timestamp};

/// Time after which no call that creates a document is on its way any more. The client's time limit is half of it.
const SENDING: Duration = Duration::from_secs(600);

/// Contract, as the service keeps and shows it. Whoever has the link of a signer can sign.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Contract {
    /// The service's own id, which ZapSign keeps as `external_id`.
    pub(crate) id: String,
    pub(crate) name: String,
    /// Time before which there was no document of this id.
    since: Timestamp,
    /// Token of the document; `None` as long as nobody knows if there is one.
    pub(crate) document: Option<DocumentToken>,
    /// State of the document when it was last read; `None` if there is no document, or nobody knows.
    pub(crate) status: Option<DocumentStatus>,
    pub(crate) signers: Vec<SignerLink>,
    /// `true` if nothing more is going to happen to it.
    pub(crate) closed: bool,
}

/// Signer with the link to sign at.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignerLink {
    name: String,
    sign_url: Option<String>,
}

impl Contract {
    /// Creates a contract that is not sent yet. It is to be kept before it is sent, so that its document is found again
    /// whatever happens.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            name: name.to_owned(),
            since: SystemTime::now().into(),
            document: None,
            status: None,
            signers: Vec::new(),
            closed: false,
        }
    }

    /// Sends a PDF file to be signed.
    ///
    /// ZapSign makes a second document if it is asked twice. So if the answer is lost, the document is looked for before it is
    /// created again.
    ///
    /// # Errors
    ///
    /// The error of the last call. It may have made a document all the same; then the contract is not closed.
    pub(crate) async fn send(&mut self, client: &Client, pdf: Bytes, signers: Vec<NewSigner>) -> Result<(), Error> {
        let body = CreateDocument::builder()
            .name(&*self.name)
            .content(CreateDocumentContent::Base64Pdf(Base64::from_bytes(pdf)))
            .signers(signers)
            .external_id(&*self.id)
            .build();
        let mut created = client.create_document().body(&body).send().await;
        if let Err(lost) = &created
            && lost.may_have_taken_effect()
        {
            eprintln!("creating a document: {lost}; looking for it");
            if self.find(client).await? {
                return Ok(());
            }
            created = client.create_document().body(&body).send().await;
        }
        match created {
            Ok(document) => self.update(&document),
            Err(error) => {
                self.closed = !error.may_have_taken_effect();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Looks for the document by the id. Returns `true` if there is one.
    async fn find(&mut self, client: &Client) -> Result<bool, Error> {
        let found = client.find_documents_by_external_id(&self.id, self.since()).await?;
        let Some(row) = found.first() else { return Ok(false) };
        if let DocumentDetail::Main(document) = &*client.get_document().doc_token(&row.token).send().await? {
            self.update(document);
        }
        Ok(true)
    }

    /// Reads the document, and looks for it first if its token is not known.
    pub(crate) async fn refresh(&mut self, client: &Client) -> Result<(), Error> {
        let Some(token) = &self.document else {
            if !self.find(client).await? {
                self.closed = true;
            }
            return Ok(());
        };
        if let DocumentDetail::Main(document) = &*client.get_document().doc_token(token).send().await? {
            self.update(document);
        }
        Ok(())
    }

    fn update(&mut self, document: &Document) {
        let link = |signer: &Signer| SignerLink {
            name: signer.name.clone(),
            sign_url: signer.sign_url().map(ToOwned::to_owned),
        };
        self.document = Some(document.token.clone());
        self.status = Some(document.status.clone());
        self.signers = document.signers().iter().map(link).collect();
        self.closed = document.status.is_final() || document.deleted == Some(true);
    }

    fn since(&self) -> SystemTime {
        self.since.to_system_time().unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// Returns `true` if the call that creates the document may still be on its way.
    pub(crate) fn may_be_on_its_way(&self) -> bool {
        let age = SystemTime::now().duration_since(self.since()).unwrap_or_default();
        self.document.is_none() && age < SENDING
    }

    /// Returns `true` if everybody has signed.
    pub(crate) fn is_signed(&self) -> bool {
        self.status.as_ref().is_some_and(DocumentStatus::is_signed)
    }
}
