//! Confirmation of effects that a person should know before: what is revoked, sent to people, or shown only once.

use crate::command::{CommandName, SharedOptions};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::printable::printable;
use crate::request::{DraftBody, Input, RequestDraft};
use crate::spec::{OperationSpec, SecretAnswer};

/// Asks before a request that revokes something or sends to a person, and refuses one whose secret would be lost. `account` says
/// which account it is of.
pub(crate) fn confirm(
    operation: &OperationSpec,
    draft: &RequestDraft,
    options: &SharedOptions,
    account: &str,
    input: &Input<'_>,
    invocation: &mut Invocation<'_>,
) -> Result<(), Failure> {
    let keeps_secrets = options.reveal_secrets || options.secrets_file.is_some();
    if operation.secret_answer() == Some(SecretAnswer::Once) && !keeps_secrets {
        return Err(Failure::usage(
            "the answer holds a secret that is shown only once; add --secrets-file FILE to have it written to a new file, or \
             --reveal-secrets to have it printed; nothing was sent",
        ));
    }
    let body = draft.body.as_ref().and_then(|body| if let DraftBody::Json(body) = body { Some(body) } else { None });
    let Some(effect) = operation.warning(body).filter(|_| !options.yes) else { return Ok(()) };
    let name = CommandName::of(operation.row);
    let command = format!("{} {} {}", operation.api.name, name.group, name.verb);
    if !invocation.is_interactive {
        return Err(Failure::usage(format!("{command} {effect}; add --yes if that is meant; nothing was sent")));
    }
    let path: String =
        draft.path.iter().filter_map(|(name, value)| Some(format!("{name}: {}\n", value.as_ref()?))).collect();
    let path = printable(&path, true);
    write!(invocation.stderr, "{account}\n{path}{command} {effect}.\nSend it? [y/N] ")?;
    invocation.stderr.flush()?;
    let answer = input.read_line()?.ok_or_else(|| {
        Failure::usage(format!("{command} {effect}, and the standard input has no answer; add --yes if that is meant"))
    })?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new(ExitCode::Failed, "it was not confirmed; nothing was sent")),
    }
}
