//! Query: the parts of an answer to print, by JSON pointers.

use serde_json::{Map, Value};

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::printable::printable;

/// Number of names that a message lists.
const MAX_NAMES: usize = 20;

/// JSON pointers of `--query`.
#[derive(Debug)]
pub(super) struct Query {
    pointers: Vec<Pointer>,
    items: usize,
}

/// JSON pointer (RFC 6901).
#[derive(Debug)]
struct Pointer {
    text: String,
    /// Error of the first item that it leads nowhere in, as long as it leads nowhere in any.
    fault: Option<String>,
    is_found: bool,
}

impl Query {
    /// Checks the pointers.
    pub(super) fn parse(pointers: &[String]) -> Result<Self, Failure> {
        if let Some(pointer) = pointers.iter().find(|pointer| !pointer.is_empty() && !pointer.starts_with('/')) {
            let message =
                format!("--query: {pointer:?} is no JSON pointer: it begins with a slash, as /{pointer} does");
            return Err(Failure::usage(message));
        }
        let pointer = |text: &String| Pointer { text: text.clone(), fault: None, is_found: false };
        Ok(Self { pointers: pointers.iter().map(pointer).collect(), items: 0 })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pointers.is_empty()
    }

    /// Returns `true` if one pointer leads to this place or to a place around it.
    pub(super) fn covers(&self, place: &str) -> bool {
        self.is_empty()
            || self.pointers.iter().any(|pointer| {
                place.strip_prefix(&pointer.text).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    }

    /// Returns the part that is asked for: that of a single pointer, or a list with those of several. Without a pointer it is
    /// the value.
    pub(super) fn select(&self, value: &Value) -> Result<Value, Failure> {
        let mut parts = Vec::new();
        for pointer in &self.pointers {
            let part = value.pointer(&pointer.text);
            parts.push(part.cloned().ok_or_else(|| not_found(fault(value, &pointer.text)))?);
        }
        Ok(match parts.len() {
            0 => value.clone(),
            1 => parts.swap_remove(0),
            _ => Value::Array(parts),
        })
    }

    /// Returns the parts of an item of a long list: that of a single pointer, or an object with those of several. An item may
    /// lack an optional field, so that a part can be `null`; [`end`](Self::end) tells if no item had it.
    pub(super) fn select_of_item(&mut self, item: Value) -> Value {
        self.items += 1;
        let mut parts = Map::new();
        for pointer in &mut self.pointers {
            let part = item.pointer(&pointer.text);
            pointer.is_found |= part.is_some();
            if part.is_none() && pointer.fault.is_none() {
                pointer.fault = Some(fault(&item, &pointer.text));
            }
            parts.insert(pointer.text.clone(), part.cloned().unwrap_or_default());
        }
        match self.pointers.len() {
            0 => item,
            1 => parts.into_iter().next().map(|(_, part)| part).unwrap_or_default(),
            _ => Value::Object(parts),
        }
    }

    /// Ends a list.
    pub(super) fn end(&self) -> Result<(), Failure> {
        let lost = self.pointers.iter().find(|pointer| !pointer.is_found);
        match lost.and_then(|pointer| pointer.fault.clone()) {
            Some(message) => Err(not_found(format!("{message} (the same in each of {} items)", self.items))),
            None => Ok(()),
        }
    }
}

fn not_found(message: String) -> Failure {
    Failure::new(ExitCode::Failed, format!("--query: {message}"))
}

/// Says how far a pointer leads that leads nowhere.
fn fault(value: &Value, pointer: &str) -> String {
    let mut places = pointer.match_indices('/').map(|(end, _)| &pointer[..end]);
    let reached = places.rfind(|place| value.pointer(place).is_some()).unwrap_or_default();
    let place = if reached.is_empty() { "the answer's root".to_owned() } else { format!("{reached:?}") };
    let found = match value.pointer(reached).unwrap_or(value) {
        Value::Object(fields) if fields.is_empty() => "an object without fields".to_owned(),
        Value::Object(fields) => {
            let mut names: Vec<String> = fields.keys().take(MAX_NAMES).map(|name| printable(name, false)).collect();
            if fields.len() > MAX_NAMES {
                names.push("…".to_owned());
            }
            format!("an object with {}", names.join(", "))
        }
        Value::Array(items) => format!("a list of {} items, which begin at 0", items.len()),
        Value::String(_) => "a text".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Null => "null".to_owned(),
    };
    format!("{pointer:?} leads no further than {place}, {found}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn query(pointers: &[&str]) -> Query {
        Query::parse(&pointers.iter().map(|pointer| (*pointer).to_owned()).collect::<Vec<_>>()).expect("pointers")
    }

    #[test]
    fn parts_are_selected() {
        let value = json!({"a/b": [{"c": 1}, null], "": 2});
        for (pointers, part) in [
            (&[][..], value.clone()),
            (&[""], value.clone()),
            (&["/a~1b/0/c"], json!(1)),
            (&["/a~1b/1"], json!(null)),
            (&["/", "/a~1b/0"], json!([2, {"c": 1}])),
        ] {
            assert_eq!(query(pointers).select(&value).expect("a part"), part, "{pointers:?}");
        }
    }

    #[test]
    fn a_pointer_that_leads_nowhere_says_how_far_it_leads() {
        let value = json!({"signers": [{"name": "Ana"}], "none": null});
        for (pointer, message) in [
            ("/signer", "\"/signer\" leads no further than the answer's root, an object with signers, none"),
            ("/signers/1/name", "leads no further than \"/signers\", a list of 1 items, which begin at 0"),
            ("/signers/0/name/x", "leads no further than \"/signers/0/name\", a text"),
            ("/none/x", "leads no further than \"/none\", null"),
        ] {
            let failure = query(&[pointer]).select(&value).expect_err("it leads nowhere");
            assert_eq!(failure.code, ExitCode::Failed);
            assert!(failure.to_string().ends_with(message), "{failure}");
        }
        let failure = Query::parse(&["signers".to_owned()]).expect_err("no pointer");
        assert!(failure.code == ExitCode::Usage && failure.to_string().contains("/signers"), "{failure}");
    }

    #[test]
    fn an_item_may_lack_what_another_has() {
        let mut one = query(&["/a"]);
        assert_eq!([json!({}), json!({"a": 1})].map(|item| one.select_of_item(item)), [json!(null), json!(1)]);
        one.end().expect("an item had it");
        let mut several = query(&["/a", "/c/0"]);
        assert_eq!(several.select_of_item(json!({"a": 1, "b": 2})), json!({"/a": 1, "/c/0": null}));
        let message = several.end().expect_err("no item had it").to_string();
        assert!(message.contains("\"/c/0\"") && message.contains("an object with a, b"), "{message}");
        query(&["/a"]).end().expect("an empty list");
    }

    #[test]
    fn a_place_is_covered_by_what_is_around_it() {
        let covers = |pointer: &str, place: &str| query(&[pointer]).covers(place);
        assert!(covers("/keys", "/keys/0/key") && covers("", "/key") && covers("/key", "/key"));
        assert!(!covers("/key", "/keys/0") && !covers("/id", "/key") && query(&[]).covers("/key"));
    }
}
