//! Constraints that are checked before a request is sent. The generator does not see them, since it would also check
//! them in responses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::relax::is_unbounded_integer;
use crate::codegen::ir::{Constraint, TypeUse};
use crate::spec::document::{component_name, object};

/// Checked keywords: types that have them, keyword, variant of the runtime's enum.
const CHECKED: [(&[&str], &str, &str); 6] = [
    (&["string"], "minLength", "MinLength"),
    (&["string"], "maxLength", "MaxLength"),
    (&["array"], "minItems", "MinItems"),
    (&["array"], "maxItems", "MaxItems"),
    (&["integer", "number"], "minimum", "Minimum"),
    (&["integer", "number"], "maximum", "Maximum"),
];
/// Checked formats of a text: format, variant. They have no bound.
pub const FORMATS: [(&str, &str); 2] = [("email", "Email"), ("uri", "Url")];
/// Variant for a file, whose maximum size the user of the client sets.
pub const FILE: &str = "FileBytes";
type ByField = BTreeMap<(String, String), Vec<Constraint>>;

/// Reads the constraints of the properties of every request type.
pub fn read(document: &Value, uses: &BTreeMap<String, TypeUse>) -> ByField {
    let mut constraints = ByField::new();
    for (ty, schema) in object(&document["components"], "schemas") {
        if !uses.get(ty).is_some_and(|used| used.request) {
            continue;
        }
        for (wire, property) in object(schema, "properties") {
            let found: Vec<Constraint> = CHECKED
                .iter()
                .filter_map(|(kinds, keyword, variant)| constraint(property, kinds, keyword, variant))
                .chain(format(property).map(|variant| Constraint { variant, number: 0.into() }))
                .chain(
                    (property["x-plan-limit"] == "file_bytes").then(|| Constraint { variant: FILE, number: 0.into() }),
                )
                .collect();
            if !found.is_empty() {
                constraints.insert((ty.clone(), wire.clone()), found);
            }
        }
    }
    constraints
}

/// Adds the types with a nested type that has constraints to those that have some of their own.
pub fn constrained(document: &Value, mut constrained: BTreeSet<String>) -> BTreeSet<String> {
    loop {
        let before = constrained.len();
        for (ty, schema) in object(&document["components"], "schemas") {
            // Only structs are validated, since the variant of a union is not known.
            let mut inside = object(schema, "properties").filter_map(|(_, property)| referenced(property));
            if inside.any(|name| constrained.contains(name)) {
                constrained.insert(ty.clone());
            }
        }
        if constrained.len() == before {
            return constrained;
        }
    }
}

fn format(property: &Value) -> Option<&'static str> {
    let checked = FORMATS.iter().find(|(format, _)| property["type"] == "string" && property["format"] == *format);
    checked.map(|(_, variant)| *variant)
}

fn referenced(schema: &Value) -> Option<&str> {
    component_name(schema).or_else(|| schema.get("items").and_then(referenced))
}

/// Returns the constraint of a keyword, if the type of the property has it.
fn constraint(property: &Value, kinds: &[&str], keyword: &str, variant: &'static str) -> Option<Constraint> {
    if !kinds.contains(&property["type"].as_str()?) || is_unbounded_integer(property) {
        return None;
    }
    let number = property.get(keyword)?.as_number()?.clone();
    let (variant, exclusive) = match variant {
        "Minimum" => ("Minimum", "exclusiveMinimum"),
        "Maximum" => ("Maximum", "exclusiveMaximum"),
        // A length is an integer.
        _ => return (number.as_u64()? <= u64::from(u32::MAX)).then_some(Constraint { variant, number }),
    };
    number.as_f64().filter(|number| number.is_finite())?;
    let excluded = property.get(exclusive) == Some(&Value::Bool(true));
    let variant = match (variant, excluded) {
        ("Minimum", true) => "ExclusiveMinimum",
        ("Maximum", true) => "ExclusiveMaximum",
        (variant, _) => variant,
    };
    Some(Constraint { variant, number })
}
