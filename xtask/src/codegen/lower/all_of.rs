//! Flattening of `allOf` and of references with siblings into one map of keywords.

use serde_json::{Map, Value, json};

use super::inheritance::recurses_into;
use super::keywords::{LOCAL_ANNOTATIONS, same_values};
use super::locations::{LOCATION, location};
use super::schemas::{Normaliser, WIDENED};
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{REF, text};

impl Normaliser<'_> {
    /// Merges the `allOf` parts and the `$ref` target of a schema into one map of keywords. `inside` are the
    /// components being flattened.
    pub fn flatten(&mut self, schema: &Value, inside: &mut Vec<String>) -> Result<Map<String, Value>> {
        let Value::Object(map) = schema else { return Ok(Map::new()) };
        let mut own = map.clone();
        let reference = own.shift_remove("$ref").map(|target| json!({"$ref": target}));
        let parts = match own.shift_remove("allOf") {
            Some(Value::Array(parts)) => parts,
            _ => Vec::new(),
        };
        let mut joined = Map::new();
        for part in reference.iter().chain(&parts) {
            let mut taken = match text(part, "$ref").and_then(|target| target.strip_prefix(REF)) {
                Some(name) if inside.iter().any(|open| open == name) => {
                    return Err(Diagnostic::at(
                        location(schema),
                        format!(
                            "`{name}` takes in itself by `allOf`; write its properties out in the overlay, or remove the \
                             reference there"
                        ),
                    ));
                }
                Some(name) => {
                    let Some(target) = self.raw(name) else {
                        return Err(Diagnostic::at(
                            location(schema),
                            format!("there is no component `{name}`; add it, or write the schema here"),
                        ));
                    };
                    inside.push(name.to_owned());
                    let flat = self.flatten(target, inside);
                    inside.pop();
                    let mut flat = flat?;
                    // The list of subtypes of a base is not inherited.
                    if recurses_into(self.components, &flat, inside) {
                        for key in ["oneOf", "anyOf", "discriminator"] {
                            flat.shift_remove(key);
                        }
                    }
                    // The discriminator of a base is not inherited.
                    if flat.get("oneOf").is_none() && flat.get("anyOf").is_none() {
                        flat.shift_remove("discriminator");
                    }
                    flat.retain(|key, _| !LOCAL_ANNOTATIONS.contains(&key.as_str()));
                    flat
                }
                None => self.flatten(part, inside)?,
            };
            let at = location(schema);
            taken.shift_remove(LOCATION);
            self.merge_keywords(&mut joined, taken, &at);
        }
        let at = location(schema);
        self.merge_keywords(&mut joined, own, &at);
        joined.entry(LOCATION).or_insert_with(|| at.into());
        Ok(joined)
    }

    fn merge_keywords(&mut self, into: &mut Map<String, Value>, from: Map<String, Value>, at: &str) {
        for (key, value) in from {
            let Some(known) = into.get_mut(&key) else {
                into.insert(key, value);
                continue;
            };
            match key.as_str() {
                "properties" => {
                    let (Value::Object(known), Value::Object(more)) = (known, value) else { continue };
                    for (name, property) in more {
                        match known.get_mut(&name) {
                            None => {
                                known.insert(name, property);
                            }
                            Some(first) if same_values(first, &property) => *first = property,
                            Some(first) => *first = intersection(first.take(), property, at),
                        }
                    }
                }
                "required" => {
                    let (Value::Array(known), Value::Array(more)) = (known, value) else { continue };
                    for name in more {
                        if !known.contains(&name) {
                            known.push(name);
                        }
                    }
                }
                "enum" => {
                    let more = value.as_array().cloned().unwrap_or_default();
                    let both: Vec<Value> =
                        known.as_array().into_iter().flatten().filter(|value| more.contains(value)).cloned().collect();
                    // No value is in both enums: keep the wider one.
                    if !both.is_empty() {
                        *known = both.into();
                    }
                }
                "type" if *known != value => {
                    if matches!(
                        (known.as_str(), value.as_str()),
                        (Some("integer" | "number"), Some("integer" | "number"))
                    ) {
                        *known = "integer".into();
                    } else {
                        let message =
                            format!("one part is of type {known}, another of type {value}: it may be any JSON");
                        self.warnings.push((WIDENED, at.to_owned(), message));
                        for key in ["type", "format", "enum", "properties", "items", "required"] {
                            into.shift_remove(key);
                        }
                    }
                }
                "minimum" | "minLength" | "minItems" => keep_narrower(known, value, |a, b| a >= b),
                "maximum" | "maxLength" | "maxItems" => keep_narrower(known, value, |a, b| a <= b),
                "nullable" | "readOnly" | "writeOnly" | "deprecated" => {
                    *known = (*known == true || value == true).into();
                }
                "items" => {
                    if !same_values(known, &value) {
                        *known = intersection(known.take(), value, at);
                    }
                }
                "additionalProperties" if *known != value => {
                    if value == false || *known == false {
                        into.shift_remove(&key);
                    } else {
                        *known = value;
                    }
                }
                "oneOf" | "anyOf" => {
                    let (Value::Array(first), Value::Array(second)) = (known, value) else { continue };
                    *first = first
                        .iter()
                        .flat_map(|a| second.iter().map(move |b| (a, b)))
                        .map(
                            |(a, b)| if same_values(a, b) { a.clone() } else { json!({"allOf": [a, b], LOCATION: at}) },
                        )
                        .take(64)
                        .collect();
                }
                _ => *known = value,
            }
        }
    }
}

/// Returns the conjunction of two schemas. Its location is that of the second one, or else of the first.
fn intersection(first: Value, second: Value, at: &str) -> Value {
    let found = [&second, &first].map(location).into_iter().find(|location| !location.is_empty());
    json!({"allOf": [first, second], LOCATION: found.unwrap_or_else(|| at.to_owned())})
}

fn keep_narrower(known: &mut Value, value: Value, first_counts: fn(f64, f64) -> bool) {
    if let (Some(a), Some(b)) = (known.as_f64(), value.as_f64())
        && !first_counts(a, b)
    {
        *known = value;
    }
}
