//! Texts of help, from the descriptions of the spec.

use crate::spec::{Field, FieldKind};

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
    if !values.is_empty() {
        notes.push(format!("known values: {}", values.join(", ")));
    }
    let notes = if notes.is_empty() { String::new() } else { format!("[{}]", notes.join("; ")) };
    let join = |text: &str| [text, &notes].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    (join(&first_sentence(&description)), join(&description))
}

/// Returns the first sentence of a text without its full stop.
pub(super) fn first_sentence(text: &str) -> String {
    let end = text.find(". ").unwrap_or(text.len());
    text[..end].trim_end_matches('.').to_owned()
}

/// Returns a description without the marks of Markdown that a terminal would show.
pub(super) fn plain(markdown: &str) -> String {
    markdown.split_whitespace().collect::<Vec<_>>().join(" ")
}
