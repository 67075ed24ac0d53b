#![doc = include_str!("../README.md")]

mod credential;
mod dialect;
mod exactly_one;
mod member;
mod pattern;
mod pointer;
mod secrets;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use pattern::Patterns;

pub use credential::{CredentialHeader, credential_headers};
pub use jsonschema;
pub use pointer::{array_index, escape_token, unescape_token};
pub use secrets::MASK;

/// The JSON Schema that schemas are translated to.
const DRAFT: Draft = Draft::Draft202012;

const COMPONENTS: &str = "#/components/schemas/";

/// The schemas of one document.
#[derive(Debug, Clone)]
pub struct Schemas {
    components: Map<String, Value>,
    formats: bool,
    patterns: Patterns,
}

impl Schemas {
    /// Reads the schemas that the document's components hold.
    pub fn of(document: &Value) -> Self {
        let components = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
        Self { components, formats: false, patterns: Patterns::default() }
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
        let mut root = self.json_schema(schema);
        // `true` is a schema too, and refers to nothing.
        if let Value::Object(root) = &mut root {
            root.insert("components".to_owned(), json!({"schemas": self.needed(schema)}));
        }
        jsonschema::options()
            .with_draft(DRAFT)
            .should_validate_formats(self.formats)
            .with_keyword(exactly_one::KEYWORD, exactly_one::compile)
            .build(&root)
            .map_err(|error| format!("the schema can't be used: {error}"))
    }

    fn target<'s>(&'s self, schema: &'s Value) -> Option<(&'s str, &'s Value)> {
        let name = schema.get("$ref")?.as_str()?.strip_prefix(COMPONENTS)?;
        Some((name, self.components.get(name)?))
    }

    /// The components that a schema refers to, so that only they are compiled.
    fn needed(&self, schema: &Value) -> Map<String, Value> {
        let mut needed = Map::new();
        let mut waiting = vec![schema];
        while let Some(schema) = waiting.pop() {
            waiting.extend(dialect::inside(schema));
            if let Some((name, component)) = self.target(schema)
                && !needed.contains_key(name)
            {
                needed.insert(name.to_owned(), self.json_schema(component));
                waiting.push(component);
            }
        }
        needed
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
