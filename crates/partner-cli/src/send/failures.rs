//! Failures of calls, by the error of the client.

use api_runtime::ErrorBody;
use api_runtime::client_api::{BuildError, CallError};

use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// Returns the failure of a client that can't be built.
pub(super) fn of_build(error: BuildError) -> Failure {
    let code = match error {
        BuildError::MissingCredential { .. } | BuildError::Credential(_) => ExitCode::Credential,
        _ => ExitCode::Usage,
    };
    Failure::new(code, error.to_string())
}

/// Returns the failure of a call.
pub(crate) fn of_call<E: ErrorBody>(error: CallError<E>) -> Failure {
    let status = error.status().map_or(0, |status| status.as_u16());
    let code = match &error {
        CallError::InvalidRequest(error) if error.is_retryable() => ExitCode::TryLater,
        CallError::InvalidRequest(_) => ExitCode::Usage,
        CallError::Transport(_) if error.may_have_taken_effect() => ExitCode::Unknown,
        CallError::Transport(_) => ExitCode::Failed,
        CallError::Api(_) => match status {
            401 => ExitCode::Credential,
            429 | 500.. => ExitCode::TryLater,
            _ => ExitCode::Refused,
        },
        CallError::Decode(_) => ExitCode::NotUnderstood,
    };
    let report = serde_json::to_value(error.report()).unwrap_or_default();
    let mut failure = Failure::new(code, error.detailed().to_string());
    for (name, value) in report.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        failure = failure.with(name, value.clone());
    }
    failure
}
