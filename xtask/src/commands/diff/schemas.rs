//! Comparison of schemas, by direction.

use std::collections::BTreeSet;

use serde_json::Value;

use super::changes::Impact::{Additive, Breaking, Documentation};
use super::changes::{Changes, Impact};
use crate::spec::document::{component, component_name, object, rust_name, text};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    Request,
    Response,
}

use Direction::{Request, Response};

/// Formats with a Rust type.
const TYPED: [&str; 6] = ["password", "byte", "date-time", "int32", "sort", "binary"];
/// Constraints of requests, with `true` if a larger number is stricter.
const LIMITS: [(&str, bool); 6] = [
    ("minLength", true),
    ("maxLength", false),
    ("minItems", true),
    ("maxItems", false),
    ("minimum", true),
    ("maximum", false),
];

pub(super) struct Schemas<'v> {
    old: &'v Value,
    new: &'v Value,
    seen: BTreeSet<(String, String, Direction)>,
}

impl<'v> Schemas<'v> {
    pub(super) fn new(old: &'v Value, new: &'v Value) -> Self {
        Self { old, new, seen: BTreeSet::new() }
    }

    /// Compares two schemas. A component is compared once per direction, under its own name.
    pub(super) fn compare(
        &mut self,
        place: &str,
        old: &Value,
        new: &Value,
        direction: Direction,
        changes: &mut Changes,
    ) {
        let (old_name, new_name) = (component_name(old), component_name(new));
        let (old, new) = (component(self.old, old), component(self.new, new));
        let mut place = place.to_owned();
        if let (Some(old_name), Some(new_name)) = (old_name, new_name) {
            let rust = |schema: &Value, name: &str| rust_name(schema).unwrap_or(name).to_owned();
            let (old_rust, new_rust) = (rust(old, old_name), rust(new, new_name));
            if old_rust != new_rust {
                changes.add(&old_rust, format!("the type is now called `{new_rust}`"), Documentation, Breaking);
            }
            if !self.seen.insert((old_name.to_owned(), new_name.to_owned(), direction)) {
                return;
            }
            place = new_rust;
        }
        self.schema(&place, old, new, direction, changes);
    }

    fn schema(&mut self, place: &str, old: &Value, new: &Value, direction: Direction, changes: &mut Changes) {
        if old["type"] != new["type"] {
            changes.add(place, format!("its type is now {}", new["type"]), Breaking, Breaking);
            return;
        }
        if direction == Request && old["x-exactly-one"] != new["x-exactly-one"] {
            changes.add(place, "the fields of which exactly one is given changed", Breaking, Breaking);
        }
        self.format_and_texts(place, old, new, direction, changes);
        values(place, old, new, direction, changes);
        limits(place, old, new, direction, changes);
        if direction == Request && old["additionalProperties"] != new["additionalProperties"] {
            let closed = new["additionalProperties"] == false;
            let wire = if closed { Breaking } else { Additive };
            changes.add(place, "it takes other fields than the known ones, or no longer does", wire, Documentation);
        }
        self.properties(place, old, new, direction, changes);
        self.alternatives(place, old, new, direction, changes);
        if old["items"].is_object() && new["items"].is_object() {
            self.compare(&format!("{place}[]"), &old["items"], &new["items"], direction, changes);
        }
        let parts = |schema: &Value| schema["allOf"].as_array().cloned().unwrap_or_default();
        for (old, new) in parts(old).iter().zip(&parts(new)) {
            self.compare(place, old, new, direction, changes);
        }
    }

    fn format_and_texts(&mut self, place: &str, old: &Value, new: &Value, direction: Direction, changes: &mut Changes) {
        if old["format"] != new["format"] {
            let typed = [old, new].iter().any(|schema| text(schema, "format").is_some_and(|f| TYPED.contains(&f)));
            let impact = if typed { Breaking } else { Documentation };
            changes.add(place, format!("its format is now {}", new["format"]), impact, impact);
        }
        if old["default"] != new["default"] && direction == Request {
            changes.add(place, format!("left out, it counts as {}", new["default"]), Breaking, Documentation);
        }
        if old["description"] != new["description"] {
            changes.add(place, "its description changed", Documentation, Documentation);
        }
    }

    fn properties(&mut self, place: &str, old: &Value, new: &Value, direction: Direction, changes: &mut Changes) {
        let names: BTreeSet<&String> =
            object(old, "properties").chain(object(new, "properties")).map(|(name, _)| name).collect();
        for name in names {
            let at = format!("{place}.{name}");
            let required = |schema: &Value| {
                schema["required"].as_array().is_some_and(|list| list.contains(&Value::from(name.as_str())))
            };
            let (was, is) = (required(old), required(new));
            match (old["properties"].get(name), new["properties"].get(name)) {
                (Some(_), None) => changes.add(&at, "the field was removed", Breaking, Breaking),
                (None, _) if direction == Request && is => {
                    changes.add(&at, "the field was added and is required", Breaking, Breaking)
                }
                (None, _) => changes.add(&at, "the field was added", Additive, Additive),
                (Some(old), Some(new)) => {
                    requiredness(&at, was, is, direction, changes);
                    nullability(&at, old, new, is, direction, changes);
                    if rust_name(old) != rust_name(new) && text(old, "$ref").is_none() {
                        changes.add(&at, "its Rust name changed", Documentation, Breaking);
                    }
                    self.compare(&at, old, new, direction, changes);
                }
            }
        }
    }

    fn alternatives(&mut self, place: &str, old: &Value, new: &Value, direction: Direction, changes: &mut Changes) {
        let by_title = |schema: &Value| -> Vec<(String, Value)> {
            let list = schema["oneOf"].as_array().into_iter().flatten();
            list.map(|one| (text(one, "title").unwrap_or_default().to_owned(), one.clone())).collect()
        };
        let (before, after) = (by_title(old), by_title(new));
        for (title, one) in &before {
            match after.iter().find(|(other, _)| other == title) {
                None => changes.add(place, format!("the alternative `{title}` was removed"), Breaking, Breaking),
                Some((_, other)) => self.compare(&format!("{place} {title}"), one, other, direction, changes),
            }
        }
        for (title, _) in after.iter().filter(|(title, _)| !before.iter().any(|(other, _)| other == title)) {
            let wire = if direction == Response { Breaking } else { Additive };
            changes.add(place, format!("the alternative `{title}` was added"), wire, Additive);
        }
    }
}

fn requiredness(at: &str, was: bool, is: bool, direction: Direction, changes: &mut Changes) {
    // The field's own type changes between `T` and `Option<T>` either way.
    match (was, is, direction) {
        (false, true, Request) => changes.add(at, "the field became required", Breaking, Breaking),
        (true, false, Request) => changes.add(at, "the field became optional", Additive, Breaking),
        (false, true, Response) => changes.add(at, "the field is always there now", Additive, Breaking),
        (true, false, Response) => changes.add(at, "the field may be missing now", Breaking, Breaking),
        _ => {}
    }
}

fn nullability(at: &str, old: &Value, new: &Value, required: bool, direction: Direction, changes: &mut Changes) {
    let (was, is) = (old["nullable"] == true, new["nullable"] == true);
    if was == is {
        return;
    }
    let widens = if direction == Request { is } else { was };
    let wire = if widens { Additive } else { Breaking };
    // An optional field is an `Option` already.
    let rust = if required { Breaking } else { Documentation };
    changes.add(at, if is { "it may be `null` now" } else { "it is never `null` now" }, wire, rust);
}

fn values(place: &str, old: &Value, new: &Value, direction: Direction, changes: &mut Changes) {
    let list = |schema: &Value| -> Vec<String> {
        schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    };
    let (before, after) = (list(old), list(new));
    for value in after.iter().filter(|value| !before.contains(value)) {
        // Enums are open: a response with a new value decodes before the crate lists it.
        changes.add(place, format!("the value `{value}` was added"), Additive, Additive);
    }
    for value in before.iter().filter(|value| !after.contains(value)) {
        let wire = if direction == Request { Breaking } else { Additive };
        changes.add(place, format!("the value `{value}` was removed"), wire, Breaking);
    }
    if old["x-rust-name"]["variants"] != new["x-rust-name"]["variants"] && before == after {
        changes.add(place, "the names of its variants changed", Documentation, Breaking);
    }
}

fn limits(place: &str, old: &Value, new: &Value, direction: Direction, changes: &mut Changes) {
    for (keyword, larger_is_tighter) in LIMITS {
        let (before, after) = (old[keyword].as_f64(), new[keyword].as_f64());
        let tighter = match (before, after) {
            (Some(before), Some(after)) if before != after => (after > before) == larger_is_tighter,
            (None, Some(_)) => true,
            (Some(_), None) => false,
            _ => continue,
        };
        let wire: Impact = match (direction, tighter) {
            (Response, _) => Documentation,
            (Request, true) => Breaking,
            (Request, false) => Additive,
        };
        changes.add(
            place,
            format!("`{keyword}` is {}", if tighter { "tighter" } else { "looser" }),
            wire,
            Documentation,
        );
    }
}
