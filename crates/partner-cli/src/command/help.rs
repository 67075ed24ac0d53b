//! Help of an operation's command.

use super::example;
use super::flags::OperationFlags;
use crate::spec::{OperationSpec, first_sentence, plain};

/// Returns what the long help says of an operation.
pub(super) fn of_operation(operation: &OperationSpec) -> String {
    let summary = plain(operation.summary());
    let page = operation.page().map(|page| format!("\n\nVendor's page: {page}")).unwrap_or_default();
    let notes = operation.warning_note().into_iter().chain(operation.secret_note().map(str::to_owned));
    let notes: String = notes.map(|note| format!("\n\n{note}")).collect();
    format!("{}.\n\n{}{notes}{page}", first_sentence(&summary), plain(operation.description()))
}

/// Returns the examples of an operation's command.
pub(super) fn examples(operation: &OperationSpec, flags: &OperationFlags<'_>, command: &str) -> Option<String> {
    let body = operation.body.as_ref().and_then(|body| {
        let mut example = body.example.clone()?;
        operation
            .api
            .schemas()
            .visit_secrets(body.schema, &mut example, &mut |_, secret| *secret = example::FILE.into());
        Some(example)
    });
    let line = example::command_line(command, flags, body.as_ref())?;
    Some(format!("Example:\n  {line}"))
}
