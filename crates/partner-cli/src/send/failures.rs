//! Failures of calls, by the error of the client.

use api_runtime::client_api::{BuildError, CallError};
use api_runtime::{ErrorBody, Operation};
use http::Method;
use serde_json::{Value, json};

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

/// Returns the failure of a call. `is_refused` is `true` if the vendor refuses the credential, whatever the status.
pub(super) fn of_call<E: ErrorBody>(
    api: &'static Api,
    row: &'static Operation,
    error: &CallError<E>,
    is_refused: bool,
) -> Failure {
    let code = if is_refused { ExitCode::Credential } else { exit_code(row, error) };
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
    match error.raw_body().filter(|body| !body.is_empty()) {
        Some(body) => {
            failure.with("body", shown_body(api, row, error.status().map_or(0, |status| status.as_u16()), body))
        }
        None => failure,
    }
}

fn exit_code<E: ErrorBody>(row: &Operation, error: &CallError<E>) -> ExitCode {
    // A login is a request of its own. Without one, the call was not sent.
    let is_login = error.operation() != row.id;
    match error {
        CallError::InvalidRequest(error) if error.is_retryable() => ExitCode::TryLater,
        CallError::InvalidRequest(_) => ExitCode::Usage,
        CallError::Decode(_) if is_login => ExitCode::Credential,
        CallError::Decode(_) => ExitCode::NotUnderstood,
        CallError::Transport(_) if error.may_have_taken_effect() && !is_login => ExitCode::Unknown,
        CallError::Transport(_) => ExitCode::Failed,
        CallError::Api(response) => match response.status().as_u16() {
            401 => ExitCode::Credential,
            429 | 500.. if error.may_have_taken_effect() && !error.is_retryable() && !is_login => ExitCode::Unknown,
            429 | 500.. => ExitCode::TryLater,
            400..500 if is_login => ExitCode::Credential,
            400..500 => ExitCode::Refused,
            // A redirect, which is not followed: another server than the vendor's answers there.
            _ => ExitCode::Failed,
        },
    }
}

/// Returns the failure of a call that the user interrupts.
pub(super) fn of_interruption(api: &'static Api, row: &'static Operation, is_sent: bool) -> Failure {
    let may_have_taken_effect = is_sent && !row.method.is_safe();
    let (code, text) = if may_have_taken_effect {
        let text =
            format!("{} was interrupted after it was sent, and may have taken effect; {}", row.id, remedy(api, row));
        (ExitCode::Unknown, text)
    } else {
        (ExitCode::Interrupted, format!("{} was interrupted; it has changed nothing", row.id))
    };
    Failure::new(code, text).with("operation", row.id).with("may_have_taken_effect", may_have_taken_effect)
}

/// Returns what to do before a call is repeated that may have taken effect.
fn remedy(api: &'static Api, row: &'static Operation) -> String {
    let command = |look: &Operation| {
        let name = CommandName::of(look);
        format!("partner {} {} {}", api.name, name.group, name.verb)
    };
    match look_up(api, row) {
        Some(look) => format!("look with `{}` if it has, before you send it again", command(look)),
        None => "look in the vendor's own pages if it has, before you send it again".to_owned(),
    }
}

/// Returns the operation that shows what an operation did: the list of its group, or else what can be got at the same path, or
/// anything that can be got in the group.
fn look_up(api: &'static Api, row: &'static Operation) -> Option<&'static Operation> {
    let reads = || api.operations.iter().copied().filter(|look| look.method == Method::GET && !look.deprecated);
    let of_group = || reads().filter(|look| look.tag == row.tag);
    let parent = row.path.trim_end_matches('/').rsplit_once('/').map_or(row.path, |(parent, _)| parent);
    let is_list = |look: &&Operation| look.id.starts_with("list_");
    let is_near = |look: &&Operation| look.path.trim_end_matches('/') == row.path.trim_end_matches('/');
    reads()
        .find(is_near)
        .or_else(|| of_group().find(is_list))
        .or_else(|| reads().find(|look| look.path.trim_end_matches('/') == parent))
        .or_else(|| of_group().next())
}

/// Returns the body of an answer as it may be shown: JSON without secrets, or the beginning of a text.
fn shown_body(api: &'static Api, row: &Operation, status: u16, body: &[u8]) -> Value {
    const MAX_CHARS: usize = 1000;
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            let responses = &api.document()["paths"][row.path][row.method.as_str().to_lowercase()]["responses"];
            let schema = &responses[status.to_string()]["content"]["application/json"]["schema"];
            // A schema that is not there knows no field, so that names decide.
            let schema = if schema.is_null() { json!({}) } else { schema.clone() };
            api.schemas().visit_secrets(&schema, &mut value, &mut |_, secret| *secret = "***".into());
            value
        }
        Err(_) => String::from_utf8_lossy(body).chars().take(MAX_CHARS).collect::<String>().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_that_changes_something_has_one_to_look_with() {
        for api in Api::all() {
            for row in api.operations.iter().filter(|row| !row.method.is_safe() && row.authenticated) {
                let found = look_up(api, row).map(|found| found.id);
                println!("{} -> {found:?}", row.id);
                assert!(remedy(api, row).contains("before you send it again"));
            }
        }
        let zapsign = Api::find("zapsign").expect("an api");
        let row = |id: &str| zapsign.operations.iter().copied().find(|row| row.id == id).expect("a row");
        assert_eq!(
            remedy(zapsign, row("create_document")),
            "look with `partner zapsign documents list` if it has, before you send it again"
        );
    }

    #[test]
    fn secrets_of_an_error_body_are_not_shown() {
        let api = Api::find("dialog360").expect("an api");
        let row = api.operations.iter().find(|row| row.id == "get_partner").expect("a row");
        let body = br#"{"meta": {"developer_message": "no"}, "api_key": "s3cret", "more": [{"password": "s3cret"}]}"#;
        let shown = shown_body(api, row, 400, body).to_string();
        assert!(!shown.contains("s3cret") && shown.contains("developer_message"), "{shown}");
        assert_eq!(shown_body(api, row, 502, b"<html>bad gateway"), json!("<html>bad gateway"));
    }
}
