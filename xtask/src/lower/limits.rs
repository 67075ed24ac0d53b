//! The limits of what is sent. The generator does not see them: it would check them in answers too.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::document::{component_name, object};
use crate::model::{Limit, TypeUse};

/// Keywords that are checked before sending, with the variant of the runtime's enum.
const CHECKED: [(&str, &str); 6] = [
    ("minLength", "MinLength"),
    ("maxLength", "MaxLength"),
    ("minItems", "MinItems"),
    ("maxItems", "MaxItems"),
    ("minimum", "Minimum"),
    ("maximum", "Maximum"),
];
type ByField = BTreeMap<(String, String), Vec<Limit>>;

/// Reads the limits of the properties of every type that is sent.
pub fn read(document: &Value, uses: &BTreeMap<String, TypeUse>) -> ByField {
    let mut limits = ByField::new();
    for (ty, schema) in object(&document["components"], "schemas") {
        if !uses.get(ty).is_some_and(|used| used.request) {
            continue;
        }
        for (wire, property) in object(schema, "properties") {
            let found: Vec<Limit> = CHECKED
                .iter()
                .filter_map(|(keyword, variant)| {
                    let number = property.get(*keyword)?.as_number()?.clone();
                    Some(Limit { variant, number })
                })
                .collect();
            if !found.is_empty() {
                limits.insert((ty.clone(), wire.clone()), found);
            }
        }
    }
    limits
}

/// The types that have limits, in themselves or in a type inside.
pub fn limited(document: &Value, limits: &ByField) -> BTreeSet<String> {
    let mut limited: BTreeSet<String> = limits.keys().map(|(ty, _)| ty.clone()).collect();
    loop {
        let before = limited.len();
        for (ty, schema) in object(&document["components"], "schemas") {
            // Only structs are checked: an alternative may be any of several.
            let mut inside = object(schema, "properties").filter_map(|(_, property)| referenced(property));
            if inside.any(|name| limited.contains(name)) {
                limited.insert(ty.clone());
            }
        }
        if limited.len() == before {
            return limited;
        }
    }
}

fn referenced(schema: &Value) -> Option<&str> {
    component_name(schema).or_else(|| schema.get("items").and_then(referenced))
}
