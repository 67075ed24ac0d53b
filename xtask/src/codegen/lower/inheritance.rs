//! Inheritance: components that extend one with a discriminator, by `allOf`.

use serde_json::{Map, Value};

use crate::spec::document::{REF, component_name, object, text};

/// Title of the alternative for the base itself.
pub const BASE: &str = "Base";

pub fn refers_to(schema: &Value) -> Option<&str> {
    text(schema, "$ref").and_then(|target| target.strip_prefix(REF))
}

/// Returns the subtypes of a component that has a discriminator but no list of alternatives.
pub fn subtypes(components: &Map<String, Value>, name: &str, raw: &Value) -> Vec<String> {
    if raw.get("discriminator").is_none() || raw.get("oneOf").is_some() || raw.get("anyOf").is_some() {
        return Vec::new();
    }
    let mut found: Vec<String> = Vec::new();
    let mapped = object(&raw["discriminator"], "mapping").filter_map(|(_, target)| target.as_str()?.strip_prefix(REF));
    let by_all_of = components.iter().filter(|(_, schema)| {
        schema["allOf"].as_array().into_iter().flatten().any(|part| refers_to(part) == Some(name))
    });
    for child in mapped.map(ToOwned::to_owned).chain(by_all_of.map(|(child, _)| child.clone())) {
        if child != name && components.contains_key(&child) && !found.contains(&child) {
            found.push(child);
        }
    }
    found
}

/// Returns `true` if an alternative is, or extends, a component that is being flattened.
pub fn recurses_into(components: &Map<String, Value>, flat: &Map<String, Value>, inside: &[String]) -> bool {
    let alternatives = ["oneOf", "anyOf"].iter().filter_map(|key| flat.get(*key)?.as_array()).flatten();
    alternatives.filter_map(component_name).any(|name| {
        inside.iter().any(|open| open == name)
            || components.get(name).is_some_and(|schema| {
                let parts = schema["allOf"].as_array().into_iter().flatten();
                parts.filter_map(refers_to).any(|part| inside.iter().any(|open| open == part))
            })
    })
}
