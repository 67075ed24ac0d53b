//! Links to the signing pages.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Path below which the signing pages are.
const SIGNING_PAGES: &str = "/verificar";
/// Characters that a token of a seed may have and a path may not.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Returns the path of a signer's page.
pub(crate) fn signing_path(token: &str, one_click: bool) -> String {
    let kind = if one_click { "/oneclick" } else { "" };
    format!("{SIGNING_PAGES}{kind}/{}", utf8_percent_encode(token, ENCODED))
}

/// Returns the path of the public page of a template.
pub(crate) fn template_path(token: &str) -> String {
    format!("{SIGNING_PAGES}/doc/{}", utf8_percent_encode(token, ENCODED))
}
