//! Texts of help, from the descriptions of the spec.

use super::example;
use super::flags::OperationFlags;
use crate::spec::{Field, FieldKind, OperationSpec, first_sentence, plain};

/// Largest number of known values that the short help lists.
const MAX_SHORT_VALUES: usize = 6;

/// Returns the short and the long help of a field.
pub(super) fn of_field(field: &Field, has_client_default: bool) -> (String, String) {
    let description = plain(&field.description);
    let mut notes = Vec::new();
    if has_client_default {
        notes.push("default: that of the profile or the environment".to_owned());
    } else if field.required {
        notes.push("required".to_owned());
    }
    if let FieldKind::List(_) = field.kind {
        notes.push("can be repeated".to_owned());
    }
    let values: Vec<&str> = field.values.iter().map(String::as_str).filter(|value| !value.is_empty()).collect();
    let known = |limit: usize| match values.len() {
        0 => None,
        number if number > limit => Some(format!("known values: {}, ...", values[..limit].join(", "))),
        _ => Some(format!("known values: {}", values.join(", "))),
    };
    let join = |text: &str, known: Option<String>| {
        let notes: Vec<String> = notes.iter().cloned().chain(known).collect();
        let notes = if notes.is_empty() { String::new() } else { format!("[{}]", notes.join("; ")) };
        [text, &notes].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    (join(first_sentence(&description), known(MAX_SHORT_VALUES)), join(&description, known(usize::MAX)))
}

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
    let body = operation.body.as_ref().and_then(|body| body.example.as_ref());
    let line = example::command_line(command, flags, body)?;
    Some(format!("Example:\n  {line}"))
}
