//! Paths of `--set`, such as `signers[0].cpf`.

use api_bundle::escape_token;
use serde_json::{Map, Value};

use super::value_error::ValueError;

/// Largest index of a list that a path can name: a list is filled up to it.
const MAX_INDEX: usize = 1000;

/// Largest number of steps, so that no value is nested deeper than can be printed.
const MAX_STEPS: usize = 32;

/// Step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Property of an object.
    Name(String),
    /// Item of a list, from 0.
    Index(usize),
    /// Item behind the last one of a list, as `[]`.
    Append,
}

impl Step {
    /// Returns the step as a token of a JSON pointer, by which a schema's member is found.
    pub(super) fn token(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Index(index) => index.to_string(),
            Self::Append => "0".to_owned(),
        }
    }
}

/// Parses a path: names with dots between them, and indices in brackets. A name with a dot or a bracket can be quoted, as in
/// `["a.b"]`. An error does not show the path, which may be a secret that was meant for another place.
pub(super) fn parse(path: &str) -> Result<Vec<Step>, ValueError> {
    let fault = || ValueError::new("the path can't be read; write it as `signers[0].name`");
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (step, after) = match inner.strip_prefix('"') {
                Some(quoted) => {
                    let (name, after) = quoted.split_once("\"]").ok_or_else(fault)?;
                    (Step::Name(name.to_owned()), after)
                }
                None => {
                    let (index, after) = inner.split_once(']').ok_or_else(fault)?;
                    let step = match index {
                        "" => Step::Append,
                        _ => Step::Index(index.parse().ok().filter(|index| *index <= MAX_INDEX).ok_or_else(fault)?),
                    };
                    (step, after)
                }
            };
            steps.push(step);
            rest = after;
        } else {
            let named = if steps.is_empty() { rest } else { rest.strip_prefix('.').ok_or_else(fault)? };
            let end = named.find(['.', '[']).unwrap_or(named.len());
            if end == 0 || named[..end].contains(']') {
                return Err(fault());
            }
            steps.push(Step::Name(named[..end].to_owned()));
            rest = &named[end..];
        }
    }
    if steps.is_empty() || steps.len() > MAX_STEPS { Err(fault()) } else { Ok(steps) }
}

/// Returns the JSON pointer of a path.
pub(crate) fn pointer_of_path(path: &str) -> Result<String, ValueError> {
    let token = |step: &Step| format!("/{}", escape_token(&step.token()));
    Ok(parse(path)?.iter().map(token).collect())
}

/// Sets the value at a path. Objects and lists on the way are made; a list grows by one item at a time.
pub(super) fn set(root: &mut Value, steps: &[Step], value: Value) -> Result<(), ValueError> {
    let mut place = root;
    for step in steps {
        if place.is_null() {
            *place = if let Step::Name(_) = step { Map::new().into() } else { Value::Array(Vec::new()) };
        }
        place = match (place, step) {
            (Value::Object(fields), Step::Name(name)) => fields.entry(name.clone()).or_insert(Value::Null),
            (Value::Array(items), Step::Index(_) | Step::Append) => {
                let index = if let Step::Index(index) = step { *index } else { items.len() };
                if index > items.len() {
                    let message = format!("item {index} is set before item {}; set them in order", items.len());
                    return Err(ValueError::new(message));
                }
                if index == items.len() {
                    items.push(Value::Null);
                }
                &mut items[index]
            }
            (_, Step::Name(_)) => return Err(ValueError::new("a field is set in what is no object")),
            (_, _) => return Err(ValueError::new("an item is set in what is no list")),
        };
    }
    *place = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_leads_through_objects_and_lists() {
        let mut value = Value::Null;
        for (path, set_to) in [
            ("name", json!("Lease")),
            ("signers[0].name", json!("Ana")),
            ("signers[0].cpf", json!(null)),
            ("signers[].name", json!("Rui")),
            ("signers[1].name", json!("Bea")),
            ("a[\"b.c\"][0]", json!(1)),
        ] {
            set(&mut value, &parse(path).expect("a path"), set_to).expect("set");
        }
        let expected = json!({
            "name": "Lease",
            "signers": [{"name": "Ana", "cpf": null}, {"name": "Bea"}],
            "a": {"b.c": [1]},
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        for path in ["", ".", "a.", ".a", "a..b", "a[", "a[x]", "a[-1]", "a[1001]", "a[0]b", "a[\"b\"", "a]"] {
            assert!(parse(path).is_err(), "{path:?}");
        }
        assert!(
            parse("a.".repeat(MAX_STEPS).trim_end_matches('.')).is_ok() && parse(&"[0]".repeat(MAX_STEPS + 1)).is_err()
        );
        let mut value = json!({"a": "text", "b": []});
        for path in ["a.b", "a[0]", "b[1]", "b.c"] {
            assert!(set(&mut value, &parse(path).expect("a path"), json!(1)).is_err(), "{path}");
        }
        assert_eq!(value, json!({"a": "text", "b": []}));
    }
}
