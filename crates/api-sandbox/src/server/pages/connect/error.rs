//! Page that tells why the sign-up does not go on.

use axum::response::Response;
use http::Uri;

use super::template::ErrorPage;
use crate::server::pages::html::{Framing, page};
use crate::vendors::SignUpError;

/// Returns the page of an error. `form` is the address of the form, if it can be sent again.
pub(super) fn page_of(error: &SignUpError, form: Option<&Uri>) -> Response {
    let (status, title, text, cause) = sentences(error);
    let is_repeatable = matches!(error, SignUpError::NumberNotVerified | SignUpError::NoRedirectUrl);
    let again = form.filter(|_| is_repeatable).map(ToString::to_string);
    page(status, &ErrorPage { title, text, cause, again: again.as_deref() }, Framing::Nowhere)
}

/// Returns the status, the title, the sentences for the client, and the cause with its remedy.
fn sentences(error: &SignUpError) -> (u16, &'static str, &'static str, &'static str) {
    const LINK: &str = "This link does not work";
    const ASK: &str = "Go back to the page that you came from, and try again from there.";
    match error {
        SignUpError::UnknownPartner => {
            (404, LINK, ASK, "There is no partner with the id of the path. The sandbox has one, sandboxPA.")
        }
        SignUpError::UnknownClient => (
            404,
            LINK,
            ASK,
            "There is no client with the id of the path. The sandbox may have been reset: sign up again.",
        ),
        SignUpError::InvalidRedirectUrl => (
            400,
            LINK,
            ASK,
            "The redirect_url is no http or https URL, or has a blank in it. Give one, percent-encoded.",
        ),
        SignUpError::InvalidSignature => (
            403,
            LINK,
            ASK,
            "The io_signature is not right: HMAC-SHA512 under the platform secret of the partner's id, a bar and the \
             io_timestamp in seconds, in hex or base64. Without a platform secret no signature is right.",
        ),
        SignUpError::UsedSignature => (
            410,
            "This link was used",
            ASK,
            "A signature is good for one sign-up. Sign another link, with another io_timestamp.",
        ),
        SignUpError::NoRedirectUrl => (
            409,
            "The permission could not be shared",
            "Your account and number are there, but the way back is missing. Please tell the company that sent you here.",
            "The partner has no partner_redirect_url, and the link no redirect_url. Nothing was permitted. Set it by \
             update_partner, PATCH /api/v2/partners/sandboxPA, and try again.",
        ),
        SignUpError::NumberNotVerified => (
            409,
            "Your number is not verified",
            "The code was not entered in time, so the number was not added and nothing was permitted.",
            "As chosen. The client exists, its new number does not, and there is no redirect.",
        ),
        SignUpError::Fields(_) => (422, LINK, ASK, "A field of the form is not filled in as it should be."),
    }
}
