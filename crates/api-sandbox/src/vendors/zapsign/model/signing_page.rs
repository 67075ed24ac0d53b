//! Content of a signing page.

use super::document::Document;
use super::signer_error::SignerError;
use super::signing_form::SigningForm;
use super::signing_link::signing_path;
use crate::behavior::Behavior;
use crate::vendors::field_checks::is_http_url;
use crate::vendors::vendor::HandlerContext;
use crate::vendors::zapsign::storage::{FileKind, url};

/// Smallest number of characters of a reason. One of 15 was refused by the vendor's page, one of 22 taken.
const MIN_REASON_CHARACTERS: usize = 20;
/// Largest number of characters of a reason.
const MAX_REASON_CHARACTERS: usize = 1_000;

/// Content of the page of one signer.
#[derive(Debug, Clone)]
pub(crate) struct SigningPage {
    /// Path of the page.
    pub(crate) path: String,
    /// Name of the account that asks for the signature.
    pub(crate) account: String,
    pub(crate) document: String,
    /// Role in which the signer signs; may be empty.
    pub(crate) qualification: String,
    /// The document itself and its attachments.
    pub(crate) files: Vec<PageFile>,
    /// Reason why the page does not show the document, if there is one.
    pub(crate) closed: Option<SignerError>,
    /// `true` if a signer refused, and not the company.
    pub(crate) is_refused_by_signer: bool,
    pub(crate) rejected_reason: String,
    pub(crate) one_click: bool,
    pub(crate) refusable: bool,
    pub(crate) has_viewed: bool,
    pub(crate) has_signed: bool,
    /// Number of signers who have not signed.
    pub(crate) unsigned: usize,
    pub(crate) form: SigningForm,
    /// URL to go to after signing; empty if there is none.
    pub(crate) redirect_link: String,
    /// `true` if the signed file is told of twice.
    pub(crate) repeats_message: bool,
}

/// File on a page, with paths that are valid from now on.
#[derive(Debug, Clone)]
pub(crate) struct PageFile {
    pub(crate) name: String,
    /// Path of the original file, to be shown.
    pub(crate) original: String,
    /// `true` if the original file can be downloaded, too.
    pub(crate) offers_original: bool,
    /// Path of the signed file, if it can be downloaded.
    pub(crate) signed: Option<String>,
}

impl SigningPage {
    /// Creates the page of a signer.
    pub(crate) fn new(document: &Document, signer: usize, account: &str, context: &HandlerContext<'_>) -> Self {
        let text = |field: &str| document.value[field].as_str().unwrap_or_default().to_owned();
        let one_click = document.value["one_click_active"] == true;
        let closed = document.require_shown(signer, context).err();
        let signers = &document.signers;
        let unsigned = signers.iter().filter(|signer| !signer.has_signed()).count();
        let signer = &document.signers[signer];
        let requires_signature = document.value["require_signature"] == true;
        Self {
            path: signing_path(signer.text("token"), one_click),
            account: account.to_owned(),
            document: text("name"),
            qualification: signer.text("qualification").to_owned(),
            files: document.page_files(unsigned == 0, context),
            closed,
            is_refused_by_signer: signers.iter().any(|signer| signer.text("status") == "rejeitou"),
            rejected_reason: text("rejected_reason"),
            one_click,
            refusable: document.refusable,
            has_viewed: signer.has_viewed(),
            has_signed: signer.has_signed(),
            unsigned,
            form: SigningForm::new(signer, one_click, requires_signature, context.ids),
            // A script is no address to go to.
            redirect_link: Some(signer.text("redirect_link"))
                .filter(|link| is_http_url(link))
                .unwrap_or_default()
                .to_owned(),
            repeats_message: context.behaviors.contains(&Behavior::RepeatedSignedFileMessage),
        }
    }
}

impl Document {
    /// Returns the files of the document and its attachments for a page.
    fn page_files(&self, finished: bool, context: &HandlerContext<'_>) -> Vec<PageFile> {
        let is_offered = self.has_signed_file() && (finished || self.value["signed_file_only_finished"] != true);
        let all = std::iter::once(&self.value).chain(self.attachments());
        all.map(|value| {
            let token = value["token"].as_str().unwrap_or_default();
            // The page may have been opened by another name of this machine than that of the links.
            let path = |kind| {
                let link = url(kind, token, self.created_at, context);
                link.strip_prefix(context.url).unwrap_or(&link).to_owned()
            };
            PageFile {
                name: value["name"].as_str().unwrap_or_default().to_owned(),
                original: path(FileKind::Original),
                offers_original: !self.hides_original,
                signed: is_offered.then(|| path(FileKind::Signed)),
            }
        })
        .collect()
    }
}

/// Returns the error of a reason for a refusal, if there is one.
pub(crate) fn check_reason(reason: &str) -> Option<String> {
    match reason.chars().count() {
        0 => Some("Enter the reason.".to_owned()),
        count if count < MIN_REASON_CHARACTERS => {
            Some(format!("The reason has {count} characters. Enter at least {MIN_REASON_CHARACTERS}."))
        }
        count if count > MAX_REASON_CHARACTERS => {
            Some(format!("The reason has {count} characters. Enter at most {MAX_REASON_CHARACTERS}."))
        }
        _ => None,
    }
}
