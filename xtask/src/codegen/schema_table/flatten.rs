//! Flattening of references and `allOf` in schemas of the bundle.

use serde_json::{Map, Value, json};

use crate::codegen::lower::{only_narrows, same_values};
use crate::spec::document::{REF, text};

/// Returns the keywords of a schema and of all schemas it includes; `None` if one schema can't express them. `inside`
/// are the components being flattened.
pub fn flatten(document: &Value, schema: &Value, inside: &mut Vec<String>) -> Option<Map<String, Value>> {
    let mut own = schema.as_object()?.clone();
    let mut joined = Map::new();
    if let Some(target) = own.shift_remove("$ref") {
        let name = target.as_str()?.strip_prefix(REF)?;
        if inside.iter().any(|open| open == name) {
            return None;
        }
        inside.push(name.to_owned());
        let taken = flatten(document, &document["components"]["schemas"][name], inside);
        inside.pop();
        joined = taken?;
        // The list of subtypes of a base is not inherited.
        let lists_heir = |key: &str| {
            let alternatives = joined.get(key).and_then(Value::as_array).into_iter().flatten();
            alternatives
                .filter_map(|one| text(one, "$ref")?.strip_prefix(REF))
                .any(|one| inside.iter().any(|i| i == one))
        };
        if lists_heir("oneOf") || lists_heir("anyOf") {
            joined.retain(|key, _| !matches!(key.as_str(), "oneOf" | "anyOf" | "discriminator"));
        }
    }
    let parts = own.shift_remove("allOf");
    for part in parts.as_ref().and_then(Value::as_array).into_iter().flatten().filter(|part| !only_narrows(part)) {
        join(&mut joined, flatten(document, part, inside)?)?;
    }
    join(&mut joined, own)?;
    Some(joined)
}

fn join(into: &mut Map<String, Value>, from: Map<String, Value>) -> Option<()> {
    for (key, value) in from {
        let Some(known) = into.get_mut(&key) else {
            into.insert(key, value);
            continue;
        };
        match key.as_str() {
            "properties" => {
                for (name, property) in value.as_object()?.clone() {
                    let both = match known.get(&name) {
                        Some(first) if !same_values(first, &property) => json!({"allOf": [first, property]}),
                        _ => property,
                    };
                    known.as_object_mut()?.insert(name, both);
                }
            }
            "required" => {
                let more =
                    value.as_array()?.iter().filter(|name| known.as_array().is_some_and(|all| !all.contains(name)));
                let more: Vec<Value> = more.cloned().collect();
                known.as_array_mut()?.extend(more);
            }
            "type" if *known != value => {
                let numbers = ["integer", "number"];
                if !numbers.contains(&known.as_str()?) || !numbers.contains(&value.as_str()?) {
                    return None;
                }
                *known = "integer".into();
            }
            "enum" => {
                let more = value.as_array()?;
                known.as_array_mut()?.retain(|value| more.contains(value));
            }
            "items" if !same_values(known, &value) => *known = json!({"allOf": [known, value]}),
            "nullable" => *known = (*known == true || value == true).into(),
            // `additionalProperties` of one part does not know the properties of the others.
            "additionalProperties" if value == false => {}
            "oneOf" | "anyOf" if *known != value => return None,
            _ => *known = value,
        }
    }
    Some(())
}
