//! Help of the flag of a field.

use crate::spec::{Field, FieldKind, first_sentence, plain};

/// Largest number of known values that the short help lists.
const MAX_SHORT_VALUES: usize = 6;

/// Returns the short and the long help of a field.
pub(super) fn texts(field: &Field, has_client_default: bool) -> (String, String) {
    let description = plain(&field.description);
    let mut notes = Vec::new();
    if has_client_default {
        notes.push("default: that of the profile or the environment".to_owned());
    } else if let (true, Some(default)) = (field.required, &field.default) {
        notes.push(format!("default: {default}"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::find_operation;
    use crate::spec::{Api, OperationSpec};

    #[test]
    fn a_field_that_is_sent_in_any_case_need_not_be_given() {
        let api = Api::find("zapsign").expect("an API");
        let row = find_operation(api, "documents", "create-from-template").expect("an operation");
        let body = OperationSpec::read(api, row).body.expect("a body");
        let help = |name: &str| texts(body.fields.iter().find(|field| field.name == name).expect(name), false).0;
        assert!(help("data").ends_with(" [default: []; can be repeated]"), "{}", help("data"));
        assert!(help("template_id").ends_with(" [required]"), "{}", help("template_id"));
    }
}
