//! Contract: a document that was sent to be signed.

use std::time::SystemTime;

use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zapsign_api::types::{CreateDocument, CreateDocumentContent, Document, DocumentDetail, DocumentToken, NewSigner};
use zapsign_api::{Base64, Client, Error};

/// Contract, as the service keeps and shows it. Whoever has the link of a signer can sign.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Contract {
    pub(crate) document: DocumentToken,
    pub(crate) name: String,
    /// State of the document when it was last read.
    pub(crate) status: String,
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

impl From<&Document> for Contract {
    fn from(document: &Document) -> Self {
        let link = |signer: &zapsign_api::types::Signer| SignerLink {
            name: signer.name.clone(),
            sign_url: signer.sign_url().map(ToOwned::to_owned),
        };
        Self {
            document: document.token.clone(),
            name: document.name.clone(),
            status: document.status.to_string(),
            signers: document.signers().iter().map(link).collect(),
            closed: document.status.is_final() || document.deleted == Some(true),
        }
    }
}

/// Sends a PDF file to be signed.
///
/// ZapSign makes a second document if it is asked twice. So if the answer is lost, the document is looked for by its
/// `external_id` before it is created again.
pub(crate) async fn create(
    client: &Client,
    name: &str,
    pdf: Bytes,
    signers: Vec<NewSigner>,
) -> Result<Contract, Error> {
    let external_id = Uuid::new_v4().to_string();
    let body = CreateDocument::builder()
        .name(name)
        .content(CreateDocumentContent::Base64Pdf(Base64::from_bytes(pdf)))
        .signers(signers)
        .external_id(&external_id)
        .build();
    let since = SystemTime::now();
    let lost = match client.create_document().body(&body).send().await {
        Ok(document) => return Ok(Contract::from(&*document)),
        Err(error) if error.may_have_taken_effect() => error,
        Err(error) => return Err(error),
    };
    eprintln!("creating a document: {lost}; looking for it");
    if let Some(found) = client.find_documents_by_external_id(&external_id, since).await?.first()
        && let DocumentDetail::Main(document) = &*client.get_document().doc_token(&found.token).send().await?
    {
        return Ok(Contract::from(document));
    }
    Ok(Contract::from(&*client.create_document().body(&body).send().await?))
}
