//! Failures of calls, by the error of the client.

use api_bundle::MASK;
use api_runtime::Operation;
use api_runtime::client_api::{BuildError, CallError};
use http::Method;
use serde_json::{Value, json};

use super::vendor_error::VendorError;
use crate::command::CommandName;
use crate::credentials::{Account, Source};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::spec::Api;

/// Returns the failure of a client that can't be built.
pub(super) fn of_build(error: BuildError, account: &Account) -> Failure {
    match error {
        BuildError::MissingCredential { .. } => account.missing_credential(),
        BuildError::Credential(fault) => of_credential(account, &fault.to_string()),
        BuildError::BaseUrl { reason } => {
            // The rest is advice to programmers.
            let reason = reason.split(", or allow it with").next().unwrap_or(reason);
            Failure::usage(format!("{}: the base url {reason}", account.destination.source))
        }
        other => Failure::new(ExitCode::Failed, other.to_string()),
    }
}

/// Returns the failure of a credential that can't be sent.
pub(super) fn of_credential(account: &Account, fault: &str) -> Failure {
    let place = account.credential_source.as_ref().map(Source::to_string).unwrap_or_default();
    Failure::new(ExitCode::Credential, format!("{place}: {fault}"))
}

/// Returns the failure of a call.
pub(crate) fn of_call<E: VendorError>(error: CallError<E>) -> Failure {
    let row = api_of::<E>().operations.iter().copied().find(|row| row.id == error.operation());
    of_operation(row, error)
}

/// Returns the failure of a call of an operation, which may have come from the login that it needs. `row` is `None` for an
/// endpoint that is no operation.
pub(super) fn of_operation<E: VendorError>(row: Option<&'static Operation>, error: CallError<E>) -> Failure {
    let api = api_of::<E>();
    let code = exit_code(row, &error);
    let mut message = error.detailed().to_string();
    if code == ExitCode::Unknown {
        message = format!("{message}; {}", remedy(api, row));
    }
    let report = serde_json::to_value(error.report()).unwrap_or_default();
    let mut failure = Failure::new(code, message);
    // The text is the beginning of the message.
    let told = |(name, value): &(&String, &Value)| !value.is_null() && *name != "text";
    for (name, value) in report.as_object().into_iter().flatten().filter(told) {
        failure = failure.with(name, value.clone());
    }
    let response = error.raw_response();
    match response.and_then(|response| shown_body(api, row, response.status().as_u16(), response.body())) {
        Some(body) => failure.with("body", body),
        None => failure,
    }
}

fn api_of<E: VendorError>() -> &'static Api {
    Api::find(E::API).expect("each client has its API")
}

fn exit_code<E: VendorError>(row: Option<&Operation>, error: &CallError<E>) -> ExitCode {
    // A login is a request of its own. Without one, the call was not sent.
    let is_login = row.is_some_and(|row| row.id != error.operation());
    let has_doubt = error.may_have_taken_effect() && !is_login;
    match error {
        CallError::InvalidRequest(error) if error.is_retryable() => ExitCode::TryLater,
        CallError::InvalidRequest(_) => ExitCode::Usage,
        CallError::Decode(_) if is_login => ExitCode::Credential,
        CallError::Decode(_) => ExitCode::NotUnderstood,
        // The status arrived, and says that the call took effect.
        CallError::Transport(_) if has_doubt && error.status().is_some_and(|status| status.is_success()) => {
            ExitCode::NotUnderstood
        }
        CallError::Transport(_) if has_doubt => ExitCode::Unknown,
        CallError::Transport(_) => ExitCode::Failed,
        CallError::Api(response) if response.body().refuses_credential() => ExitCode::Credential,
        CallError::Api(response) => match response.status().as_u16() {
            401 => ExitCode::Credential,
            429 | 500.. if has_doubt && !error.is_retryable() => ExitCode::Unknown,
            429 | 500.. => ExitCode::TryLater,
            400..500 if is_login => ExitCode::Credential,
            400..500 => ExitCode::Refused,
            // A redirect, which is not followed: another server than the vendor's answers there.
            _ => ExitCode::Failed,
        },
    }
}

/// Returns the failure of a call that the user interrupts.
pub(super) fn of_interruption<E: VendorError>(row: &'static Operation, is_sent: bool) -> Failure {
    let api = api_of::<E>();
    let may_have_taken_effect = is_sent && !row.method.is_safe();
    let (code, text) = if may_have_taken_effect {
        let text = format!(
            "{} was interrupted after it was sent, and may have taken effect; {}",
            row.id,
            remedy(api, Some(row))
        );
        (ExitCode::Unknown, text)
    } else {
        (ExitCode::Interrupted, format!("{} was interrupted; it has changed nothing", row.id))
    };
    Failure::new(code, text).with("operation", row.id).with("may_have_taken_effect", may_have_taken_effect)
}

/// Returns what to do before a call is repeated that may have taken effect.
fn remedy(api: &'static Api, row: Option<&'static Operation>) -> String {
    let command = |look: &Operation| {
        let name = CommandName::of(look);
        format!("partner {} {} {}", api.name, name.group, name.verb)
    };
    match row.and_then(|row| look_up(api, row)) {
        Some(look) => format!("look with `{}` if it has, before you send it again", command(look)),
        None => "look in the vendor's own pages if it has, before you send it again".to_owned(),
    }
}

/// Returns the operation that shows what an operation did: what can be got at the same path, or else the list of what the
/// operation is about, of its group, or what can be got at the path above.
fn look_up(api: &'static Api, row: &'static Operation) -> Option<&'static Operation> {
    let reads = || api.operations.iter().copied().filter(|look| look.method == Method::GET && !look.deprecated);
    let path = row.path.trim_end_matches('/');
    let parent = path.rsplit_once('/').map_or(path, |(parent, _)| parent);
    let list = row.id.split_once('_').map(|(_, noun)| format!("list_{noun}s"));
    let at = |path: &str| reads().find(|look| look.path.trim_end_matches('/') == path);
    at(path)
        .or_else(|| reads().find(|look| Some(look.id) == list.as_deref()))
        .or_else(|| reads().find(|look| row.id == "onboard_number" && look.id == "list_channels"))
        .or_else(|| reads().find(|look| look.tag == row.tag && look.id.starts_with("list_")))
        .or_else(|| at(parent))
        .or_else(|| reads().find(|look| look.tag == row.tag))
}

/// Returns the body of an answer as it may be shown: JSON without secrets, or the beginning of the text of an error. A success that
/// is no JSON, or the first part of one, may have secrets anywhere.
fn shown_body(api: &'static Api, row: Option<&Operation>, status: u16, body: &[u8]) -> Option<Value> {
    const MAX_CHARS: usize = 1000;
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            let schema = row.map(|row| {
                &api.definition(row)["responses"][status.to_string()]["content"]["application/json"]["schema"]
            });
            // A schema that is not there knows no field, so that names decide.
            let schema = schema.filter(|schema| !schema.is_null()).cloned().unwrap_or_else(|| json!({}));
            api.schemas().visit_secrets(&schema, &mut value, &mut |_, secret| *secret = MASK.into());
            Some(value)
        }
        Err(_) if status < 400 || body.is_empty() => None,
        Err(_) => {
            let text = String::from_utf8_lossy(body);
            // The mark tells that the end may be a part of something.
            let cut = text.char_indices().nth(MAX_CHARS).map(|(end, _)| format!("{}…", &text[..end]));
            Some(cut.unwrap_or_else(|| text.into_owned()).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operation_did_is_looked_for_at_its_path_or_in_the_list() {
        let zapsign = Api::find("zapsign").expect("an api");
        let row = |id: &str| zapsign.operations.iter().copied().find(|row| row.id == id).expect("a row");
        for (id, look) in [("create_document", "list"), ("delete_document", "get")] {
            assert_eq!(
                remedy(zapsign, Some(row(id))),
                format!("look with `partner zapsign documents {look}` if it has, before you send it again")
            );
        }
    }

    #[test]
    fn secrets_of_an_error_body_are_not_shown() {
        let api = Api::find("dialog360").expect("an api");
        let row = api.operations.iter().find(|row| row.id == "get_partner").expect("a row");
        let body = br#"{"meta": {"developer_message": "no"}, "api_key": "s3cret", "more": [{"password": "s3cret"}]}"#;
        let shown = shown_body(api, Some(row), 400, body).expect("it is JSON").to_string();
        assert!(!shown.contains("s3cret") && shown.contains("developer_message"), "{shown}");
        assert_eq!(shown_body(api, Some(row), 502, b"<html>bad gateway"), Some(json!("<html>bad gateway")));
        assert_eq!(shown_body(api, Some(row), 200, br#"{"api_key": "s3c"#), None);
        let long = shown_body(api, Some(row), 502, "ç".repeat(2000).as_bytes()).expect("a text");
        assert_eq!(long, format!("{}…", "ç".repeat(1000)));
    }
}
