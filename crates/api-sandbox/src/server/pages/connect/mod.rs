//! Connect pages of 360dialog's hosted sign-up.
//!
//! 1. A client signs up, or logs in, and gives a number.
//! 2. It permits numbers, and is redirected to the partner.

mod error;
mod form;
mod template;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http::Uri;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use self::form::{Entry, decision};
use self::template::{CancelledPage, PermissionPage, SignUpPage};
use super::html::{Framing, page, see_other};
use crate::dispatch::Dispatcher;
use crate::spec::Violation;
use crate::vendors::{FormEntries, SignUpError, SignUpLink, SignUpView};

/// Paths of the vendor's two hubs. The older buttons open the path of the first with `/permissions` at its end.
const BASES: [&str; 2] = ["/dashboard/app", "/onboarding"];

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    BASES.into_iter().fold(Router::new(), |routes, base| {
        routes
            .route(&format!("{base}/{{partner}}"), get(show_sign_up).post(sign_up))
            .route(&format!("{base}/{{partner}}/permissions"), get(show_sign_up).post(sign_up))
            .route(&format!("{base}/{{partner}}/permissions/{{client}}"), get(show_permissions).post(decide))
            .route(&format!("{base}/{{partner}}/cancelled"), get(show_cancelled))
    })
}

/// Returns the path of a partner's sign-up in the hub of this address.
fn base_of(uri: &Uri, partner: &str) -> String {
    let base = BASES.into_iter().find(|base| uri.path().starts_with(base)).unwrap_or_default();
    format!("{base}/{}", utf8_percent_encode(partner, NON_ALPHANUMERIC))
}

fn link_of(uri: &Uri, partner: &str) -> SignUpLink {
    SignUpLink::parse(partner, uri.query().unwrap_or_default())
}

async fn show_sign_up(State(dispatcher): State<Arc<Dispatcher>>, Path(partner): Path<String>, uri: Uri) -> Response {
    let link = link_of(&uri, &partner);
    match dispatcher.sign_up_view(&link) {
        Ok(view) => sign_up_page(&base_of(&uri, &partner), &link, &view, &Entry::of_link(&link), &[]),
        Err(error) => error::page_of(&error, None),
    }
}

async fn sign_up(
    State(dispatcher): State<Arc<Dispatcher>>,
    Path(partner): Path<String>,
    uri: Uri,
    body: Bytes,
) -> Response {
    let (link, base) = (link_of(&uri, &partner), base_of(&uri, &partner));
    let entry = Entry::of_form(&FormEntries::parse(&body));
    match dispatcher.sign_up(&link, &entry.sign_up(is_login(&link))) {
        Ok(signed_up) => {
            let query = link.query_with("number", &signed_up.number);
            let client = utf8_percent_encode(&signed_up.client, NON_ALPHANUMERIC);
            see_other(&format!("{base}/permissions/{client}?{query}"))
        }
        Err(SignUpError::Fields(violations)) => match dispatcher.sign_up_view(&link) {
            Ok(view) => sign_up_page(&base, &link, &view, &entry, &violations),
            Err(error) => error::page_of(&error, None),
        },
        Err(error) => error::page_of(&error, None),
    }
}

/// Returns `true` if a client is to log in, instead of signing up.
fn is_login(link: &SignUpLink) -> bool {
    link.text("next") == "login"
}

fn sign_up_page(base: &str, link: &SignUpLink, view: &SignUpView, entry: &Entry, violations: &[Violation]) -> Response {
    let is_login = is_login(link);
    let other_query = link.query_with("next", if is_login { "" } else { "login" });
    let status = if violations.is_empty() { 200 } else { 422 };
    let template = SignUpPage { base, link, view, entry, violations, is_login, other_query };
    page(status, &template, Framing::Nowhere)
}

async fn show_permissions(
    State(dispatcher): State<Arc<Dispatcher>>,
    Path((partner, client)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    let (link, base) = (link_of(&uri, &partner), base_of(&uri, &partner));
    match dispatcher.permission_view(&link, &client) {
        Ok(view) => page(200, &PermissionPage { base: &base, link: &link, view: &view }, Framing::Nowhere),
        Err(error) => error::page_of(&error, None),
    }
}

async fn decide(
    State(dispatcher): State<Arc<Dispatcher>>,
    Path((partner, client)): Path<(String, String)>,
    uri: Uri,
    body: Bytes,
) -> Response {
    let Some(decision) = decision(&FormEntries::parse(&body)) else {
        return see_other(&format!("{}/cancelled", base_of(&uri, &partner)));
    };
    match dispatcher.decide_sign_up(&link_of(&uri, &partner), &client, &decision).await {
        Ok(address) => see_other(&address),
        Err(error) => error::page_of(&error, Some(&uri)),
    }
}

async fn show_cancelled() -> Response {
    page(200, &CancelledPage, Framing::Nowhere)
}
