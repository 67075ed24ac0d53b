//! An OpenAPI 3.0 schema in the words of JSON Schema 2020-12.

use serde_json::{Map, Value, json};

use crate::Schemas;

/// Kind of value that a keyword has.
enum Holds {
    /// A schema, or a list of them.
    Schemas,
    /// Schemas by names that anybody may choose, those of keywords too.
    Named,
    /// No schema, whatever it looks like.
    Data,
}

fn holds(keyword: &str) -> Holds {
    match keyword {
        "allOf"
        | "anyOf"
        | "oneOf"
        | "not"
        | "items"
        | "additionalProperties"
        | "prefixItems"
        | "contains"
        | "propertyNames"
        | "if"
        | "then"
        | "else"
        | "unevaluatedItems"
        | "unevaluatedProperties" => Holds::Schemas,
        "properties" | "patternProperties" | "dependentSchemas" | "$defs" => Holds::Named,
        _ => Holds::Data,
    }
}

/// The schemas that stand directly in a schema.
pub(crate) fn inside(schema: &Value) -> impl Iterator<Item = &Value> {
    schema.as_object().into_iter().flatten().flat_map(|(keyword, value)| {
        let found: Vec<&Value> = match (holds(keyword), value) {
            (Holds::Schemas, Value::Array(list)) => list.iter().collect(),
            (Holds::Schemas, one) => vec![one],
            (Holds::Named, named) => named.as_object().into_iter().flatten().map(|(_, schema)| schema).collect(),
            (Holds::Data, _) => Vec::new(),
        };
        found
    })
}

impl Schemas {
    /// Translates a schema: `nullable` is a type in JSON Schema, an exclusive bound is a number, an integer may be of any
    /// size, and a pattern is one of ECMA-262.
    pub(crate) fn json_schema(&self, schema: &Value) -> Value {
        let Value::Object(map) = schema else { return schema.clone() };
        let mut converted = Map::new();
        for (keyword, value) in map {
            let value = match (keyword.as_str(), value) {
                ("nullable" | "example" | "examples", _) => continue,
                ("pattern", Value::String(pattern)) => match self.patterns.usable(pattern) {
                    Some(pattern) => pattern.into(),
                    None => continue,
                },
                (_, value) => match (holds(keyword), value) {
                    (Holds::Schemas, Value::Array(list)) => {
                        list.iter().map(|schema| self.json_schema(schema)).collect()
                    }
                    (Holds::Schemas, one) => self.json_schema(one),
                    (Holds::Named, Value::Object(named)) => {
                        named.iter().map(|(name, schema)| (name.clone(), self.json_schema(schema))).collect()
                    }
                    (_, data) => data.clone(),
                },
            };
            converted.insert(keyword.clone(), value);
        }
        self.drop_unusable_names(&mut converted);
        exclude(&mut converted, "minimum", "exclusiveMinimum");
        exclude(&mut converted, "maximum", "exclusiveMaximum");
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

    /// Leaves out the patterns of `patternProperties` that no engine takes, and with them the rules for properties that
    /// none of its patterns names: which those are can't be told any more.
    fn drop_unusable_names(&self, schema: &mut Map<String, Value>) {
        let Some(Value::Object(named)) = schema.get_mut("patternProperties") else { return };
        let before = named.len();
        let usable =
            std::mem::take(named).into_iter().filter_map(|(name, inside)| Some((self.patterns.usable(&name)?, inside)));
        *named = usable.collect();
        if named.len() < before {
            schema.remove("additionalProperties");
            schema.remove("unevaluatedProperties");
        }
    }
}

/// Turns `exclusiveMinimum: true` beside `minimum: 0` into `exclusiveMinimum: 0`.
fn exclude(schema: &mut Map<String, Value>, bound: &str, exclusive: &str) {
    if let Some(Value::Bool(excluded)) = schema.get(exclusive) {
        let excluded = *excluded;
        schema.remove(exclusive);
        if excluded && let Some(limit) = schema.remove(bound) {
            schema.insert(exclusive.to_owned(), limit);
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

    fn fits(schema: &Value, value: &Value) -> bool {
        Schemas::of(&json!({})).validator(schema).expect("a schema").is_valid(value)
    }

    fn check(schema: &Value, fitting: &[Value], unfitting: &[Value]) {
        for value in fitting {
            assert!(fits(schema, value), "{value} fits {schema}");
        }
        for value in unfitting {
            assert!(!fits(schema, value), "{value} does not fit {schema}");
        }
    }

    #[test]
    fn a_bound_is_excluded_by_a_boolean_or_by_a_number() {
        check(&json!({"minimum": 0, "exclusiveMinimum": true}), &[json!(1)], &[json!(0), json!(-1)]);
        check(&json!({"minimum": 0, "exclusiveMinimum": false}), &[json!(0)], &[json!(-1)]);
        check(&json!({"maximum": 9, "exclusiveMaximum": true}), &[json!(8)], &[json!(9), json!(10)]);
        check(&json!({"maximum": 9, "exclusiveMaximum": false}), &[json!(9)], &[json!(10)]);
        check(&json!({"exclusiveMinimum": 0, "exclusiveMaximum": 9}), &[json!(1)], &[json!(0), json!(9)]);
        check(&json!({"exclusiveMinimum": true}), &[json!(-1)], &[]);
        let nested = json!({"items": {"allOf": [{"minimum": 0, "exclusiveMinimum": true}]}});
        check(&nested, &[json!([1])], &[json!([0])]);
    }

    #[test]
    fn a_pattern_of_another_dialect_does_not_spoil_the_schema() {
        check(&json!({"type": "string", "pattern": r"^[a-z]+\Z"}), &[json!("ab")], &[json!("ab1"), json!(1)]);
        check(&json!({"type": "string", "pattern": r"^(?P<name>a+)$"}), &[json!("aa")], &[json!("b")]);
        check(&json!({"type": "string", "pattern": "{{"}), &[json!("anything")], &[json!(1)]);
        check(&json!({"type": "string", "pattern": r"^(?=.*\d)[a-z\d]+$"}), &[json!("a1")], &[json!("ab")]);
        let document = json!({"components": {"schemas": {"Template": {"properties": {"text": {"pattern": "{{"}}}}}});
        let schemas = Schemas::of(&document);
        let template = schemas.validator(&json!({"$ref": "#/components/schemas/Template"})).expect("a schema");
        assert!(template.is_valid(&json!({"text": "x"})));
    }

    #[test]
    fn names_of_another_dialect_take_what_depends_on_them_along() {
        let usable = json!({"patternProperties": {r"^a\Z": {"type": "string"}}, "additionalProperties": false});
        check(&usable, &[json!({"a": "x"})], &[json!({"a": 1}), json!({"b": "x"})]);
        let unusable = json!({"patternProperties": {"{{": {"type": "string"}}, "additionalProperties": false});
        check(&unusable, &[json!({"a": 1})], &[]);
    }

    #[test]
    fn what_is_json_schema_already_passes_through() {
        check(&json!({"nullable": true, "minimum": 1}), &[json!(null), json!(1)], &[json!(0)]);
        check(&json!({"enum": ["a", null]}), &[json!(null), json!("a")], &[json!("b")]);
        check(&json!({"type": ["string", "null"]}), &[json!(null), json!("a")], &[json!(1)]);
        check(&json!({"const": {"nullable": true}}), &[json!({"nullable": true})], &[json!({}), json!(null)]);
    }

    #[test]
    fn a_property_may_be_called_as_a_keyword_is() {
        for name in ["pattern", "exclusiveMinimum", "nullable", "example", "examples", "enum", "properties", "format"] {
            let schema = json!({"properties": {name: {"type": "string"}}, "additionalProperties": false});
            check(&schema, &[json!({name: "x"})], &[json!({name: 1}), json!({name: null}), json!({"other": "x"})]);
            let schema =
                json!({"properties": {"properties": {"properties": {name: {"type": "string", "nullable": true}}}}});
            check(&schema, &[json!({"properties": {name: null}})], &[json!({"properties": {name: 1}})]);
        }
        let kind = json!({"properties": {"kind": {"enum": ["nullable", {"nullable": true}]}}});
        check(&kind, &[json!({"kind": {"nullable": true}})], &[json!({"kind": null}), json!({"kind": {}})]);
        let mapping = json!({"properties": {"exclusiveMinimum": {"type": "boolean"}, "minimum": {"type": "string"}}});
        check(&mapping, &[json!({"minimum": "a"})], &[json!({"minimum": 1})]);
    }
}
