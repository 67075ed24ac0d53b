//! Schemas of an object's properties and of a list's items.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::Schemas;
use crate::pointer::array_index;

/// Number of schemas within each other that are looked through, so that a circle of them comes to an end.
const MAX_DEPTH: usize = 16;

/// Keywords of which one at least says something about a value.
const ASSERTIONS: [&str; 8] = ["$ref", "allOf", "anyOf", "enum", "items", "oneOf", "properties", "type"];

impl Schemas {
    /// Returns the schema of an object's property or a list's item, by its name or index. Returns `None` if there is no such
    /// member: an object has the listed properties only, unless it has `additionalProperties` or the schema says nothing.
    pub fn member(&self, schema: &Value, name: &str) -> Option<Value> {
        self.member_within(schema, name, MAX_DEPTH)
    }

    fn member_within(&self, schema: &Value, name: &str, depth: usize) -> Option<Value> {
        let inner = depth.checked_sub(1)?;
        let schema = self.resolve(schema);
        let within = |keyword: &str| -> Vec<Value> {
            let schemas = schema[keyword].as_array().into_iter().flatten();
            schemas.filter_map(|schema| self.member_within(schema, name, inner)).collect()
        };
        let mut found: Vec<Value> = self.own_member(schema, name).into_iter().chain(within("allOf")).collect();
        for keyword in ["anyOf", "oneOf"] {
            let alternatives = within(keyword);
            if !alternatives.is_empty() {
                found.push(json!({"anyOf": alternatives}));
            }
        }
        match found.len() {
            0 | 1 => found.pop(),
            _ => Some(json!({"allOf": found})),
        }
    }

    /// Returns the schema of a member that the schema itself names, without those that it is composed of.
    fn own_member(&self, schema: &Value, name: &str) -> Option<Value> {
        if let Some(property) = schema["properties"].get(name) {
            return Some(property.clone());
        }
        if let (Some(items), true) = (schema.get("items"), array_index(name).is_some()) {
            return Some(items.clone());
        }
        match schema.get("additionalProperties") {
            Some(Value::Bool(true)) => Some(json!({})),
            Some(additional @ Value::Object(_)) => Some(additional.clone()),
            _ => ASSERTIONS.iter().all(|keyword| schema.get(keyword).is_none()).then(|| json!({})),
        }
    }

    /// Returns the names of the properties that a schema lists, with those of the schemas that it is composed of.
    pub fn property_names(&self, schema: &Value) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        self.collect_names(schema, MAX_DEPTH, &mut names);
        names
    }

    fn collect_names(&self, schema: &Value, depth: usize, names: &mut BTreeSet<String>) {
        let Some(inner) = depth.checked_sub(1) else { return };
        let schema = self.resolve(schema);
        names.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
        for keyword in ["allOf", "anyOf", "oneOf"] {
            schema[keyword].as_array().into_iter().flatten().for_each(|part| self.collect_names(part, inner, names));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schemas() -> Schemas {
        Schemas::of(&json!({"components": {"schemas": {
            "Ship": {"type": "object", "properties": {
                "name": {"type": "string"},
                "ports": {"type": "array", "items": {"type": "object", "properties": {"city": {"type": "string"}}}},
                "papers": {"type": "object", "additionalProperties": {"type": "string"}},
                "notes": {"description": "Anything."},
            }},
            "Ferry": {"nullable": true, "allOf": [
                {"$ref": "#/components/schemas/Ship"},
                {"type": "object", "properties": {"cars": {"type": "integer"}}},
            ]},
            "Vessel": {"oneOf": [{"$ref": "#/components/schemas/Ferry"}, {"type": "integer"}]},
            "Loop": {"allOf": [{"$ref": "#/components/schemas/Loop"}]},
        }}}))
    }

    #[test]
    fn a_member_is_found_through_references_and_compositions() {
        let schemas = schemas();
        let at = |path: &[&str]| {
            let start = json!({"$ref": "#/components/schemas/Vessel"});
            path.iter().try_fold(start, |schema, name| schemas.member(&schema, name))
        };
        for (path, fits, misfits) in [
            (&["name"][..], json!("Ada"), json!(1)),
            (&["cars"], json!(4), json!("4")),
            (&["ports", "7", "city"], json!("Kiel"), json!(null)),
            (&["papers", "any"], json!("x"), json!(1)),
        ] {
            let validator = schemas.validator(&at(path).expect("a member")).expect("a schema");
            assert!(validator.is_valid(&fits) && !validator.is_valid(&misfits), "{path:?}");
        }
        assert!(at(&["notes", "anything", "0"]).is_some());
        for path in [
            &["nmae"][..],
            &["name", "x"],
            &["ports", "city"],
            &["ports", "-"],
            &["ports", "00"],
            &["papers", "any", "x"],
        ] {
            assert_eq!(at(path), None, "{path:?}");
        }
        let names = schemas.property_names(&json!({"$ref": "#/components/schemas/Vessel"}));
        assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), ["cars", "name", "notes", "papers", "ports"]);
    }

    #[test]
    fn a_circle_of_schemas_comes_to_an_end() {
        let schema = json!({"$ref": "#/components/schemas/Loop"});
        assert_eq!(schemas().member(&schema, "x"), None);
        assert!(schemas().property_names(&schema).is_empty());
    }
}
