//! Command line of a call, from the examples of the spec.

use serde_json::{Map, Value};

use super::flags::{FieldFlag, OperationFlags};
use super::shell_quote::shell_quoted;
use crate::spec::FieldKind;

/// Largest number of letters of an example in help: one with more of them shows no form, but data.
const MAX_LENGTH: usize = 1000;

/// Value in place of a secret or a file.
pub(super) const FILE: &str = "@FILE";

/// Returns the command line of a call with the examples of its required parameters, and the body of an example. `command` is the
/// command without its flags. Returns `None` for a parameter without an example, a body that is no object, and a very long line.
pub(super) fn command_line(command: &str, flags: &OperationFlags<'_>, body: Option<&Value>) -> Option<String> {
    let mut words = Vec::new();
    for flag in &flags.flags {
        let Some(parameter) = flag.parameter.filter(|it| flag.field.required && !it.has_client_default) else {
            continue;
        };
        push(&mut words, flag, parameter.example.as_ref()?);
    }
    if let Some(body) = body {
        let fields = body.as_object()?;
        if fields.is_empty() {
            words.push("--body '{}'".to_owned());
        }
        for (name, value) in fields {
            match flags.flags.iter().find(|flag| flag.parameter.is_none() && flag.field.name == *name) {
                Some(flag) => push(&mut words, flag, value),
                None => words.push(format!("--set {}", shell_quoted(&format!("{name}:={value}")))),
            }
        }
    }
    let line = words.into_iter().fold(command.to_owned(), |line, word| format!("{line} \\\n    {word}"));
    (line.len() <= MAX_LENGTH).then_some(line)
}

/// Adds the flag of a field with its value.
fn push(words: &mut Vec<String>, flag: &FieldFlag<'_>, value: &Value) {
    let name = &flag.flag;
    match (&flag.field.kind, value) {
        (FieldKind::Secret | FieldKind::Base64 | FieldKind::File, _) => words.push(format!("--{name} {FILE}")),
        (FieldKind::Boolean, Value::Bool(true)) => words.push(format!("--{name}")),
        (FieldKind::Boolean, other) => words.push(format!("--{name}={other}")),
        (FieldKind::List(item), Value::Array(items)) if !items.is_empty() => {
            for value in items {
                match **item {
                    FieldKind::Secret | FieldKind::Base64 => words.push(format!("--{name} {FILE}")),
                    _ => words.push(format!("--{name} {}", shell_quoted(&item_text(value)))),
                }
            }
        }
        (FieldKind::Text, Value::Null) => {
            words.push(format!("--set {}", shell_quoted(&format!("{}:=null", flag.field.name))));
        }
        (_, value) => words.push(format!("--{name} {}", shell_quoted(&item_text(value)))),
    }
}

fn item_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) if !fields.is_empty() => pairs(fields),
        other => other.to_string(),
    }
}

/// Returns an object as pairs. A text that would be read in another way is quoted, and any other value is JSON.
fn pairs(fields: &Map<String, Value>) -> String {
    let pair = |(name, value): (&String, &Value)| match value {
        Value::String(text) if text == FILE => format!("{name}={FILE}"),
        Value::String(text) if !text.contains(',') && !text.starts_with(['"', '@', '[', '{']) && text != "-" => {
            format!("{name}={text}")
        }
        Value::Number(_) | Value::Bool(_) => format!("{name}={value}"),
        other => format!("{name}:={other}"),
    };
    fields.iter().map(pair).collect::<Vec<_>>().join(",")
}
