//! Command line of a request, without its secrets.

use http::HeaderName;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RANGE};
use serde_json::Value;

use crate::request_journal::RecordedRequest;
use crate::spec::Bundle;

/// Largest number of bytes of a body that is part of the command.
const MAX_BODY: usize = 64 * 1024;
/// Body of a command that is read from a file, because it is too large or may hold a secret. Without the file, the shell does not
/// run the command: of `@body`, curl would send an empty one.
const BODY_OF_FILE: &str = "--data-binary @- < body";

/// Returns a command of `curl` for a POSIX shell. Credentials are environment variables, secrets in the body are masked.
pub(super) fn command(request: &RecordedRequest, base_url: &str, bundle: Option<&Bundle>) -> String {
    let path = request.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut words = vec!["curl".to_owned()];
    match request.method.as_str() {
        "GET" if request.body.is_empty() => {}
        "HEAD" => words.push("--head".to_owned()),
        method => words.extend(["-X".to_owned(), quoted(method)]),
    }
    // Without these, curl takes brackets for a list of URLs, and dots for folders.
    if path.contains(['[', ']', '{', '}']) {
        words.push("--globoff".to_owned());
    }
    if path.contains("/.") {
        words.push("--path-as-is".to_owned());
    }
    words.push(quoted(&format!("{base_url}{path}")));
    for name in request.headers.keys() {
        if let Some(header) = header(request, name, bundle) {
            words.extend(["-H".to_owned(), header]);
        }
    }
    if !request.body.is_empty() {
        if !request.headers.contains_key(CONTENT_TYPE) {
            // Without a value, curl leaves out the header that it adds by itself.
            words.extend(["-H".to_owned(), quoted("content-type:")]);
        }
        match body(request, bundle) {
            Some(body) => words.extend(["--data-raw".to_owned(), quoted(&body)]),
            None => words.push(BODY_OF_FILE.to_owned()),
        }
    }
    words.join(" ")
}

/// Returns a header as a word of the command; `None` for one that curl sets, and for one that may hold a secret.
fn header(request: &RecordedRequest, name: &HeaderName, bundle: Option<&Bundle>) -> Option<String> {
    let value = request.headers.get(name)?.to_str().ok()?;
    let of_bundle = bundle.map(Bundle::credential_headers).unwrap_or_default();
    let credential = of_bundle
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case(name.as_str()) && value.starts_with(header.prefix));
    if let Some(credential) = credential {
        return Some(format!("\"{}: {}${}\"", credential.name, credential.prefix, credential.variable));
    }
    if [ACCEPT, CONTENT_TYPE, RANGE].contains(name) || name.as_str().ends_with("idempotency-key") {
        return (value != "*/*").then(|| quoted(&format!("{name}: {value}")));
    }
    let is_credential = *name == AUTHORIZATION || ["api-key", "token"].iter().any(|part| name.as_str().contains(part));
    let is_plain = name.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_credential && is_plain).then(|| {
        let variable = name.as_str().replace('-', "_").to_uppercase();
        let vendor = request.vendor.unwrap_or("api").to_uppercase();
        format!("\"{name}: ${vendor}_{variable}\"")
    })
}

/// Returns the body with its secrets masked; `None` if it is large, or of a form in which secrets are not found.
fn body(request: &RecordedRequest, bundle: Option<&Bundle>) -> Option<String> {
    let text = std::str::from_utf8(&request.body).ok().filter(|text| text.len() <= MAX_BODY && !text.contains('\0'))?;
    let mut value: Value = serde_json::from_str(text).ok()?;
    let bundle = bundle?;
    let operation = request.operation.as_deref().and_then(|operation| bundle.operation(operation));
    Some(if bundle.mask_secrets(operation, &mut value) { value.to_string() } else { text.to_owned() })
}

/// Returns a text as one word of a POSIX shell, in which nothing is expanded.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
