//! Stage 3: applies `overlay.yaml`, an OpenAPI Overlay 1.0 document.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use serde_json_path::JsonPath;

use super::document::{Document, Fragment, Origin, Trust, join, text};
use crate::diagnostic::{Diagnostic, Result};

/// Applies the actions in their order.
pub fn overlay(mut document: Document, overlay: Option<&Fragment>) -> Result<Document> {
    if let Some(Fragment { file, value, .. }) = overlay {
        let mut edits = Edits::default();
        apply(&mut document.value, value, &mut edits).map_err(|diagnostic| diagnostic.in_file(file))?;
        for edit in edits.0 {
            edit.record(&mut document.origins, file);
        }
    }
    Ok(document)
}

/// Changes that the actions made, in their order.
#[derive(Default)]
struct Edits(Vec<Edit>);

enum Edit {
    /// A value that was set, by its pointers in the document and in the overlay.
    Set { pointer: String, overlay: String },
    /// A value that was removed, with `true` if it was an element of a list.
    Removed { pointer: String, from_list: bool },
}

impl Edit {
    fn record(self, origins: &mut BTreeMap<String, Origin>, file: &std::path::Path) {
        match self {
            Self::Set { pointer, overlay } => {
                let below = format!("{pointer}/");
                origins.retain(|known, _| !known.starts_with(&below));
                origins.insert(pointer, Origin { file: file.to_owned(), pointer: overlay, trust: Trust::Overlay });
            }
            Self::Removed { pointer, from_list } => {
                let below = format!("{pointer}/");
                origins.retain(|known, _| *known != pointer && !known.starts_with(&below));
                // The indexes of later elements decrease, so their origins move.
                if from_list
                    && let Some((list, index)) = pointer.rsplit_once('/')
                    && let Ok(index) = index.parse::<usize>()
                {
                    let moved: Vec<(String, String)> = origins
                        .keys()
                        .filter_map(|known| {
                            let rest = known.strip_prefix(list)?.strip_prefix('/')?;
                            let (number, rest) = rest.split_once('/').unwrap_or((rest, ""));
                            let number = number.parse::<usize>().ok().filter(|number| *number > index)?;
                            let to = format!("{list}/{}", number - 1);
                            Some((known.clone(), if rest.is_empty() { to } else { format!("{to}/{rest}") }))
                        })
                        .collect();
                    let taken: Vec<(String, Origin)> = moved
                        .into_iter()
                        .filter_map(|(from, to)| origins.remove(&from).map(|origin| (to, origin)))
                        .collect();
                    origins.extend(taken);
                }
            }
        }
    }
}

fn apply(document: &mut Value, overlay: &Value, edits: &mut Edits) -> Result<()> {
    match text(overlay, "overlay") {
        Some(version) if version.starts_with("1.0.") => {}
        _ => return Err(Diagnostic::at("/overlay", "not an overlay of version 1.0")),
    }
    let actions = overlay.get("actions").and_then(Value::as_array);
    let actions = actions.ok_or_else(|| Diagnostic::at("/actions", "the overlay has no list of actions"))?;
    for (index, action) in actions.iter().enumerate() {
        let at = format!("/actions/{index}");
        let fail = |message: String| Diagnostic::at(&at, message);
        let target = text(action, "target").ok_or_else(|| fail("the action has no target".into()))?;
        let path = JsonPath::parse(target).map_err(|e| fail(format!("target `{target}` is no JSONPath: {e}")))?;
        // In document order and without duplicates, whatever the order of the query.
        let found = path.query_located(document).dedup();
        let mut pointers: Vec<String> = found.iter().map(|node| node.location().to_json_pointer()).collect();
        if pointers.is_empty() {
            return Err(fail(format!("target `{target}` matches nothing; the document may have changed")));
        }
        match (action.get("update"), action.get("remove").and_then(Value::as_bool)) {
            (Some(update), None | Some(false)) => {
                for pointer in pointers {
                    if let Some(value) = document.pointer_mut(&pointer) {
                        let at = Pointers { pointer: &pointer, overlay: &format!("{at}/update") };
                        update_at(value, update, at, edits)
                            .map_err(|message| fail(format!("target `{target}`: {message}")))?;
                    }
                }
            }
            (None, Some(true)) if pointers.iter().any(String::is_empty) => {
                return Err(fail(format!("target `{target}` is the document itself, which can't be removed")));
            }
            (None, Some(true)) => {
                // Later elements of a list first, so that the pointers of earlier ones stay valid.
                pointers.reverse();
                for pointer in pointers {
                    let from_list = remove_at(document, &pointer);
                    edits.0.push(Edit::Removed { pointer, from_list });
                }
            }
            _ => return Err(fail("the action must have either `update` or `remove: true`".into())),
        }
    }
    Ok(())
}

/// Applies one update (Overlay 1.0.0, section 4.4.3): objects are merged, lists are appended to, everything else is
/// replaced.
fn update_at(
    target: &mut Value,
    update: &Value,
    at: Pointers<'_>,
    edits: &mut Edits,
) -> std::result::Result<(), String> {
    match (target, update) {
        (Value::Object(target), Value::Object(update)) => {
            merge_object(target, update, at, edits);
            Ok(())
        }
        (Value::Array(target), update) => {
            let pointer = format!("{}/{}", at.pointer, target.len());
            edits.0.push(Edit::Set { pointer, overlay: at.overlay.to_owned() });
            target.push(update.clone());
            Ok(())
        }
        _ => Err("only an object or a list can be updated".into()),
    }
}

/// Pointers of a value in the document and of its update in the overlay.
#[derive(Clone, Copy)]
struct Pointers<'p> {
    pointer: &'p str,
    overlay: &'p str,
}

fn merge_object(target: &mut Map<String, Value>, update: &Map<String, Value>, at: Pointers<'_>, edits: &mut Edits) {
    for (key, update) in update {
        let (pointer, overlay) = (join(at.pointer, key), join(at.overlay, key));
        match (target.get_mut(key), update) {
            (Some(Value::Object(target)), Value::Object(update)) => {
                merge_object(target, update, Pointers { pointer: &pointer, overlay: &overlay }, edits);
            }
            (Some(Value::Array(target)), Value::Array(update)) => {
                for (index, value) in update.iter().enumerate() {
                    let pointer = format!("{pointer}/{}", target.len());
                    edits.0.push(Edit::Set { pointer, overlay: format!("{overlay}/{index}") });
                    target.push(value.clone());
                }
            }
            _ => {
                edits.0.push(Edit::Set { pointer, overlay });
                target.insert(key.clone(), update.clone());
            }
        }
    }
}

/// Removes a value. Returns `true` if it was an element of a list.
fn remove_at(document: &mut Value, pointer: &str) -> bool {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return false };
    let key = key.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.shift_remove(&key);
            false
        }
        Some(Value::Array(list)) => {
            if let Some(index) = key.parse().ok().filter(|index| *index < list.len()) {
                list.remove(index);
            }
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run(document: Value, actions: Value) -> std::result::Result<Value, String> {
        let mut document = document;
        apply(&mut document, &json!({"overlay": "1.0.0", "actions": actions}), &mut Edits::default())
            .map_err(|p| p.to_string())?;
        Ok(document)
    }

    #[test]
    fn updates_merge_and_append_and_removals_remove() {
        let document = json!({"a": {"b": 1, "list": [1, 2, 3]}, "gone": [{"x": 1}, {"x": 2}, {"x": 1}]});
        let done = run(
            document,
            json!([
                {"target": "$.a", "update": {"c": {"d": 2}, "list": [4]}},
                {"target": "$.a.list", "update": 5},
                {"target": "$.gone[?@.x == 1]", "remove": true},
            ]),
        );
        assert_eq!(
            done.expect("it applies"),
            json!({"a": {"b": 1, "list": [1, 2, 3, 4, 5], "c": {"d": 2}}, "gone": [{"x": 2}]})
        );
    }

    #[test]
    fn a_value_of_the_overlay_is_known_by_its_place_there() {
        let origin = Origin { file: "page.json".into(), pointer: String::new(), trust: Trust::Published };
        let page = Document {
            value: json!({"a": {"b": 1}, "list": [0, 1, 2]}),
            origins: BTreeMap::from([(String::new(), origin)]),
            ..Document::default()
        };
        let actions = json!([
            {"target": "$.a", "update": {"c": {"d": 2}}},
            {"target": "$", "update": {"list": [3]}},
            {"target": "$.list[1]", "remove": true},
        ]);
        let file = Fragment {
            file: "overlay.yaml".into(),
            value: json!({"overlay": "1.0.0", "actions": actions}),
            trust: Trust::Overlay,
        };
        let done = overlay(page, Some(&file)).expect("it applies");
        assert_eq!(done.value, json!({"a": {"b": 1, "c": {"d": 2}}, "list": [0, 2, 3]}));
        for (pointer, expected) in [
            ("/a/b", "page.json at /a/b: m"),
            ("/a/c/d", "overlay.yaml at /actions/0/update/c/d: m"),
            ("/list/1", "page.json at /list/1: m"),
            ("/list/2", "overlay.yaml at /actions/1/update/list/0: m"),
        ] {
            assert_eq!(done.with_origin(Diagnostic::at(pointer, "m")).to_string(), expected);
        }
    }

    #[test]
    fn what_is_picked_in_any_order_or_twice_is_removed_once() {
        let list = || json!({"list": [0, 1, 2, 3]});
        for (target, left) in [
            ("$.list[2, 0]", json!([1, 3])),
            ("$.list[0, 0]", json!([1, 2, 3])),
            ("$.list[::-2]", json!([0, 2])),
            ("$.list[-1, 0, 3]", json!([1, 2])),
        ] {
            let done = run(list(), json!([{"target": target, "remove": true}])).expect(target);
            assert_eq!(done["list"], left, "{target}");
        }
        let done = run(list(), json!([{"target": "$['list', 'list']", "update": 4}])).expect("it applies");
        assert_eq!(done, json!({"list": [0, 1, 2, 3, 4]}));
    }

    #[test]
    fn an_action_that_does_nothing_is_an_error() {
        for (actions, expected) in [
            (
                json!([{"target": "$.b", "update": {}}]),
                "at /actions/0: target `$.b` matches nothing; the document may have changed",
            ),
            (json!([{"target": "$.a"}]), "at /actions/0: the action must have either `update` or `remove: true`"),
            (json!([{"update": {}}]), "at /actions/0: the action has no target"),
            (
                json!([{"target": "$", "remove": true}]),
                "at /actions/0: target `$` is the document itself, which can't be removed",
            ),
            (
                json!([{"target": "$.a", "update": 1}]),
                "at /actions/0: target `$.a`: only an object or a list can be updated",
            ),
        ] {
            assert_eq!(run(json!({"a": 1}), actions).expect_err("refused"), expected);
        }
    }
}
