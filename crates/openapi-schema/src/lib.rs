#![doc = include_str!("../README.md")]

use jsonschema::Validator;
use serde_json::{Map, Value, json};

pub use jsonschema;

const COMPONENTS: &str = "#/components/schemas/";

/// The schemas of one document.
#[derive(Debug, Clone)]
pub struct Schemas {
    components: Map<String, Value>,
    formats: bool,
}

impl Schemas {
    /// Reads the schemas that the document's components hold.
    pub fn of(document: &Value) -> Self {
        let components = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
        Self { components, formats: false }
    }

    /// Has `format` checked too, where it is one of JSON Schema's. A vendor that calls a text a `date-time` may write it in
    /// another way than RFC 3339 says.
    #[must_use]
    pub fn with_formats(mut self) -> Self {
        self.formats = true;
        self
    }

    /// Follows references until there is a schema of its own.
    pub fn resolve<'s>(&'s self, mut schema: &'s Value) -> &'s Value {
        // A document whose references go round in a circle has no more of them than components.
        for _ in 0..=self.components.len() {
            match self.target(schema) {
                Some((_, target)) => schema = target,
                None => break,
            }
        }
        schema
    }

    /// Compiles a schema of the document.
    ///
    /// # Errors
    ///
    /// What makes it no schema.
    pub fn validator(&self, schema: &Value) -> Result<Validator, String> {
        let mut needed = Map::new();
        self.collect(schema, &mut needed);
        let mut root = self.json_schema(schema);
        root["components"] = json!({"schemas": needed});
        jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(self.formats)
            .build(&root)
            .map_err(|error| format!("the schema can't be used: {error}"))
    }

    fn target<'s>(&'s self, schema: &'s Value) -> Option<(&'s str, &'s Value)> {
        let name = schema.get("$ref")?.as_str()?.strip_prefix(COMPONENTS)?;
        Some((name, self.components.get(name)?))
    }

    /// The components that a schema refers to, so that only they are compiled.
    fn collect(&self, schema: &Value, needed: &mut Map<String, Value>) {
        if let Some((name, component)) = self.target(schema)
            && !needed.contains_key(name)
        {
            needed.insert(name.to_owned(), self.json_schema(component));
            self.collect(component, needed);
        }
        match schema {
            Value::Object(map) => map.values().for_each(|value| self.collect(value, needed)),
            Value::Array(list) => list.iter().for_each(|value| self.collect(value, needed)),
            _ => {}
        }
    }

    /// An OpenAPI 3.0 schema as JSON Schema: `nullable` is a type there, and an integer may be of any size.
    fn json_schema(&self, schema: &Value) -> Value {
        match schema {
            Value::Object(map) => {
                let kept = map.iter().filter(|(key, _)| !matches!(key.as_str(), "nullable" | "example" | "examples"));
                let convert = |(key, value): (&String, &Value)| {
                    (key.clone(), if key == "enum" { value.clone() } else { self.json_schema(value) })
                };
                let mut converted: Map<String, Value> = kept.map(convert).collect();
                if let Some(bits) = map.get("format").and_then(Value::as_str).and_then(integer_bits)
                    && self.formats
                {
                    let bound = 2_f64.powi(bits - 1);
                    converted.entry("exclusiveMinimum").or_insert(json!(-bound - 1.0));
                    converted.entry("exclusiveMaximum").or_insert(json!(bound));
                }
                if map.get("nullable") == Some(&Value::Bool(true)) {
                    converted = Map::from_iter([("anyOf".to_owned(), json!([converted, {"type": "null"}]))]);
                }
                Value::Object(converted)
            }
            Value::Array(list) => list.iter().map(|schema| self.json_schema(schema)).collect(),
            other => other.clone(),
        }
    }
}

fn integer_bits(format: &str) -> Option<i32> {
    match format {
        "int32" => Some(32),
        "int64" => Some(64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_reach_through_each_other_and_round_in_circles() {
        let document = json!({"components": {"schemas": {
            "Tree": {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}},
            "Alias": {"$ref": "#/components/schemas/Tree"},
            "Loop": {"$ref": "#/components/schemas/Loop"},
        }}});
        let schemas = Schemas::of(&document);
        let alias = json!({"$ref": "#/components/schemas/Alias"});
        assert_eq!(schemas.resolve(&alias)["type"], "object");
        let tree = schemas.validator(&alias).expect("a schema");
        assert!(tree.is_valid(&json!({"children": [{"children": []}]})));
        assert!(!tree.is_valid(&json!({"children": [{"children": 1}]})));
        assert!(schemas.resolve(&json!({"$ref": "#/components/schemas/Loop"})).get("$ref").is_some());
    }

    #[test]
    fn a_property_may_be_called_as_a_keyword_is() {
        let schemas = Schemas::of(&json!({}));
        let schema = json!({"type": "object", "properties": {"kind": {"enum": ["nullable", {"nullable": true}]}}});
        let kind = schemas.validator(&schema).expect("a schema");
        assert!(kind.is_valid(&json!({"kind": {"nullable": true}})));
        assert!(!kind.is_valid(&json!({"kind": null})));
    }

    #[test]
    fn formats_are_checked_if_they_are_to_be() {
        let schemas = Schemas::of(&json!({}));
        let time = json!({"type": "string", "format": "date-time"});
        let odd = json!("2026-02-04 10:11:12.131415+00:00");
        assert!(schemas.validator(&time).expect("a schema").is_valid(&odd));
        let schemas = schemas.with_formats();
        assert!(!schemas.validator(&time).expect("a schema").is_valid(&odd));
        let whole = |format: &str| schemas.validator(&json!({"type": "integer", "format": format})).expect("a schema");
        for (format, within, beyond) in [
            ("int32", [json!(i32::MIN), json!(i32::MAX)], [json!(-2_147_483_649_i64), json!(2_147_483_648_i64)]),
            ("int64", [json!(i64::MIN + 1024), json!(i64::MAX)], [json!(-1e300), json!(9_223_372_036_854_775_808_u64)]),
        ] {
            assert!(within.iter().all(|number| whole(format).is_valid(number)), "{format}");
            assert!(!beyond.iter().any(|number| whole(format).is_valid(number)), "{format}");
        }
    }
}
