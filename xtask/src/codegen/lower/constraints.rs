//! The limits of what is sent. The generator does not see them: it would check them in answers too.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::relax::is_of_any_size;
use crate::codegen::ir::{Limit, TypeUse};
use crate::spec::document::{component_name, object};

/// Keywords that are checked before sending, with the types that have them and the variant of the runtime's enum.
const CHECKED: [(&[&str], &str, &str); 6] = [
    (&["string"], "minLength", "MinLength"),
    (&["string"], "maxLength", "MaxLength"),
    (&["array"], "minItems", "MinItems"),
    (&["array"], "maxItems", "MaxItems"),
    (&["integer", "number"], "minimum", "Minimum"),
    (&["integer", "number"], "maximum", "Maximum"),
];
/// A file, whose largest size the user of the client states.
pub const FILE: &str = "FileBytes";
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
                .filter_map(|(kinds, keyword, variant)| limit(property, kinds, keyword, variant))
                .chain((property["x-plan-limit"] == "file_bytes").then(|| Limit { variant: FILE, number: 0.into() }))
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

/// A limit of a property whose type can be measured so.
fn limit(property: &Value, kinds: &[&str], keyword: &str, variant: &'static str) -> Option<Limit> {
    if !kinds.contains(&property["type"].as_str()?) || is_of_any_size(property) {
        return None;
    }
    let number = property.get(keyword)?.as_number()?.clone();
    let (variant, exclusive) = match variant {
        "Minimum" => ("Minimum", "exclusiveMinimum"),
        "Maximum" => ("Maximum", "exclusiveMaximum"),
        // A length is counted.
        _ => return (number.as_u64()? <= u64::from(u32::MAX)).then_some(Limit { variant, number }),
    };
    number.as_f64().filter(|number| number.is_finite())?;
    let excluded = property.get(exclusive) == Some(&Value::Bool(true));
    let variant = match (variant, excluded) {
        ("Minimum", true) => "ExclusiveMinimum",
        ("Maximum", true) => "ExclusiveMaximum",
        (variant, _) => variant,
    };
    Some(Limit { variant, number })
}
