//! Signing pages of ZapSign: each step is a page, and each action a form, so that they work without a script.

mod screen;
mod template;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use http::{HeaderName, Method};

use self::screen::{Origin, Refusal, closed_screen, document_screen, form_screen, signed_screen, unknown_screen};
use crate::dispatch::Dispatcher;
use crate::server::pages::html::see_other;
use crate::spec::Reply;
use crate::vendors::{FormEntries, SignerAction, check_reason};

/// Reason of a request that no person has asked for yet.
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new()
        .merge(template::routes())
        .route("/verificar/{token}", get(open))
        .route("/verificar/{token}/read", post(confirm_reading))
        .route("/verificar/{token}/form", get(form))
        .route("/verificar/{token}/sign", post(sign))
        .route("/verificar/{token}/signed", get(signed))
        .route("/verificar/{token}/refuse", post(refuse))
        .route("/verificar/oneclick/{token}", get(open).post(sign))
        .route("/verificar/oneclick/{token}/signed", get(signed))
        .route("/verificar/oneclick/{token}/refuse", post(refuse))
}

/// Opens the link of a signer, which counts a view.
async fn open(
    State(dispatcher): State<Arc<Dispatcher>>,
    Path(token): Path<String>,
    origin: Origin,
    request: Request,
) -> Response {
    let Some(page) = dispatcher.signing_page(&token) else { return unknown_screen(&origin) };
    if request.uri().path() != page.path {
        return see_other(&page.path);
    }
    if request.headers().contains_key(SEC_PURPOSE) {
        // A browser forgets the answer, and asks again when a person opens the link.
        return Reply::text(503, "the page is not loaded before a person opens it").into();
    }
    if request.method() == Method::GET {
        // The page as it was read says why it can't be opened.
        let _ = dispatcher.act_as_signer(&token, SignerAction::Open);
    }
    if page.closed.is_some() {
        closed_screen(&page, &origin)
    } else if page.has_signed {
        signed_screen(&page, "zs-doc-loaded", false, &origin)
    } else {
        document_screen(&page, &Refusal::default(), &origin)
    }
}

async fn confirm_reading(State(dispatcher): State<Arc<Dispatcher>>, Path(token): Path<String>) -> Response {
    let Some(page) = dispatcher.signing_page(&token) else { return unknown_screen(&Origin::default()) };
    match dispatcher.act_as_signer(&token, SignerAction::ConfirmReading) {
        Ok(_) => see_other(&format!("{}/form", page.path)),
        Err(_) => see_other(&page.path),
    }
}

/// Shows the form of a signer who has opened the link.
async fn form(State(dispatcher): State<Arc<Dispatcher>>, Path(token): Path<String>, origin: Origin) -> Response {
    match dispatcher.signing_page(&token) {
        None => unknown_screen(&origin),
        Some(page) if page.closed.is_some() => closed_screen(&page, &origin),
        Some(page) if page.one_click || page.has_signed || !page.has_viewed => see_other(&page.path),
        Some(page) => form_screen(&page, &Refusal::default(), &origin),
    }
}

async fn sign(
    State(dispatcher): State<Arc<Dispatcher>>,
    Path(token): Path<String>,
    origin: Origin,
    body: Bytes,
) -> Response {
    match dispatcher.sign_on_page(&token, &FormEntries::parse(&body)) {
        None => unknown_screen(&origin),
        Some(page) if page.closed.is_some() => closed_screen(&page, &origin),
        Some(page) if page.has_signed => see_other(&format!("{}/signed", page.path)),
        Some(page) if page.one_click || !page.form.has_errors() => document_screen(&page, &Refusal::default(), &origin),
        Some(page) => form_screen(&page, &Refusal::default(), &origin),
    }
}

/// Shows that the signer has signed, which counts no view.
async fn signed(State(dispatcher): State<Arc<Dispatcher>>, Path(token): Path<String>, origin: Origin) -> Response {
    match dispatcher.signing_page(&token) {
        None => unknown_screen(&origin),
        Some(page) if page.closed.is_some() => closed_screen(&page, &origin),
        Some(page) if !page.has_signed => see_other(&page.path),
        Some(page) if page.repeats_message => {
            signed_screen(&page, "zs-doc-signed zs-signed-file-ready zs-signed-file-ready", true, &origin)
        }
        Some(page) => signed_screen(&page, "zs-doc-signed zs-signed-file-ready", true, &origin),
    }
}

async fn refuse(
    State(dispatcher): State<Arc<Dispatcher>>,
    Path(token): Path<String>,
    origin: Origin,
    body: Bytes,
) -> Response {
    let Some(page) = dispatcher.signing_page(&token) else { return unknown_screen(&origin) };
    let entries = FormEntries::parse(&body);
    let reason = entries.text("reason");
    if page.closed.is_none()
        && page.refusable
        && !page.has_signed
        && let Some(error) = check_reason(reason)
    {
        let refusal = Refusal { reason: reason.to_owned(), error };
        let is_of_form = !page.one_click && entries.text("screen") == "form";
        return if is_of_form {
            form_screen(&page, &refusal, &origin)
        } else {
            document_screen(&page, &refusal, &origin)
        };
    }
    // The page says why a signer can't refuse, and that a signer has.
    let _ = dispatcher.act_as_signer(&token, SignerAction::Refuse(reason.to_owned()));
    see_other(&page.path)
}
