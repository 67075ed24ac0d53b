//! Screens of the signing pages.

use std::convert::Infallible;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::header::HOST;
use http::request::Parts;

use crate::server::pages::html::{Framing, page as html_page};
use crate::vendors::{Control, SignerError, SigningPage, TemplateForm};

/// Status of a form that has to be changed.
const UNPROCESSABLE: u16 = 422;

/// Origin of the page, as the browser knows it.
#[derive(Debug, Default)]
pub(super) struct Origin(String);

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    /// Returns the origin that a request was made to.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        Ok(Self(format!("http://{host}")))
    }
}

/// Entry of the form for a refusal.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    pub(super) reason: String,
    /// Cause and remedy; empty if there is no error.
    pub(super) error: String,
}

#[derive(Template)]
#[template(path = "signing/document.html")]
struct DocumentScreen<'p> {
    origin: &'p str,
    page: &'p SigningPage,
    refusal: &'p Refusal,
}

#[derive(Template)]
#[template(path = "signing/oneclick.html")]
struct OneClickScreen<'p> {
    origin: &'p str,
    page: &'p SigningPage,
    refusal: &'p Refusal,
}

#[derive(Template)]
#[template(path = "signing/form.html")]
struct FormScreen<'p> {
    origin: &'p str,
    page: &'p SigningPage,
    refusal: &'p Refusal,
}

#[derive(Template)]
#[template(path = "signing/signed.html")]
struct SignedScreen<'p> {
    origin: &'p str,
    page: &'p SigningPage,
    /// Messages for the page around this one, with blanks between.
    messages: &'p str,
    /// `true` if the page goes on to the signer's own URL.
    sends_on: bool,
    has_downloads: bool,
    /// `true` if the signed file is there only when everybody has signed.
    waits_for_others: bool,
}

#[derive(Template)]
#[template(path = "signing/closed.html")]
struct ClosedScreen<'p> {
    origin: &'p str,
    account: &'p str,
    document: &'p str,
    screen: &'p str,
    heading: &'p str,
    text: &'p str,
    reason: &'p str,
}

#[derive(Template)]
#[template(path = "signing/template.html")]
struct TemplateScreen<'p> {
    origin: &'p str,
    form: &'p TemplateForm,
}

/// Shows the document, from where the signer goes on; of a OneClick document, with all that there is to sign it.
pub(super) fn document_screen(page: &SigningPage, refusal: &Refusal, origin: &Origin) -> Response {
    let status = status(page, refusal);
    let origin = &origin.0;
    if page.one_click {
        html_page(status, &OneClickScreen { origin, page, refusal }, Framing::Anywhere)
    } else {
        html_page(status, &DocumentScreen { origin, page, refusal }, Framing::Anywhere)
    }
}

/// Shows the form in which the signer signs.
pub(super) fn form_screen(page: &SigningPage, refusal: &Refusal, origin: &Origin) -> Response {
    html_page(status(page, refusal), &FormScreen { origin: &origin.0, page, refusal }, Framing::Anywhere)
}

fn status(page: &SigningPage, refusal: &Refusal) -> u16 {
    if page.form.has_errors() || !refusal.error.is_empty() { UNPROCESSABLE } else { 200 }
}

/// Shows that the signer has signed, with the files.
pub(super) fn signed_screen(page: &SigningPage, messages: &str, follows_link: bool, origin: &Origin) -> Response {
    let screen = SignedScreen {
        origin: &origin.0,
        page,
        messages,
        sends_on: follows_link && !page.redirect_link.is_empty(),
        has_downloads: page.files.iter().any(|file| file.offers_original || file.signed.is_some()),
        waits_for_others: page.files.iter().all(|file| file.signed.is_none()),
    };
    html_page(200, &screen, Framing::Anywhere)
}

/// Shows why the page does not show the document.
pub(super) fn closed_screen(page: &SigningPage, origin: &Origin) -> Response {
    let Some(error) = page.closed else { return unknown_screen(origin) };
    let (status, screen, heading, text) = match error {
        SignerError::Deleted => (410, "deleted", "Document deleted", "The sender has deleted this document."),
        SignerError::Expired => {
            (410, "expired", "No longer available", "The time to sign this document is over. Contact the sender.")
        }
        SignerError::NotYourTurn => (
            403,
            "not-your-turn",
            "Not your turn yet",
            "Others sign this document before you. Open the link again when they have signed.",
        ),
        SignerError::Refused if page.is_refused_by_signer => {
            (200, "refused", "Refused", "A signer refused this document, so nobody can sign it any more.")
        }
        _ => (200, "refused", "Cancelled", "The sender has cancelled this document, so nobody can sign it any more."),
    };
    let is_deleted = error == SignerError::Deleted;
    let screen = ClosedScreen {
        origin: &origin.0,
        account: &page.account,
        document: if is_deleted { "" } else { &page.document },
        screen,
        heading,
        text,
        reason: if is_deleted { "" } else { &page.rejected_reason },
    };
    html_page(status, &screen, Framing::Anywhere)
}

/// Shows that nobody has this link.
pub(super) fn unknown_screen(origin: &Origin) -> Response {
    let screen = ClosedScreen {
        origin: &origin.0,
        account: "ZapSign",
        document: "",
        screen: "unknown",
        heading: "No such document",
        text: "This link leads to no document. Check it, or ask the sender for a new one.",
        reason: "",
    };
    html_page(404, &screen, Framing::Anywhere)
}

/// Shows the form of a template.
pub(super) fn template_screen(form: &TemplateForm, origin: &Origin) -> Response {
    let status = if form.has_errors() { UNPROCESSABLE } else { 200 };
    html_page(status, &TemplateScreen { origin: &origin.0, form }, Framing::Anywhere)
}
