//! Validation of values without compiling their schemas, for the common keywords: compiling takes longer than
//! generating an example, and every operation has schemas of its own.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

use api_bundle::Schemas;
use api_bundle::jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::merged_schema::References;

/// Maximum depth of nested schemas, references included.
const MAX_DEPTH: usize = 96;
/// Maximum number of steps of one validation.
const MAX_STEPS: usize = 200_000;
/// Bound below which integers are exact as `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;
const BOUNDS: [&str; 5] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];

/// Validator for one document.
pub struct ExampleValidator<'d> {
    references: References<'d>,
    schemas: OnceCell<Schemas>,
    validators: RefCell<HashMap<String, Option<Validator>>>,
    patterns: RefCell<HashMap<String, Pattern>>,
    steps: Cell<usize>,
    /// The validation could not be decided.
    undecided: Cell<bool>,
}

/// A compiled pattern, with the results for texts that were checked before.
struct Pattern {
    validator: Option<Validator>,
    known: HashMap<String, bool>,
}

impl<'d> ExampleValidator<'d> {
    pub fn of(references: References<'d>) -> Self {
        Self {
            references,
            schemas: OnceCell::new(),
            validators: RefCell::default(),
            patterns: RefCell::default(),
            steps: Cell::new(0),
            undecided: Cell::new(false),
        }
    }

    /// Resets the number of steps.
    pub fn start(&self) {
        self.steps.set(0);
    }

    /// Returns `true` if the value is known to fit. No value fits an invalid schema.
    pub fn fits(&self, schema: &Value, value: &Value) -> bool {
        self.undecided.set(false);
        self.check(schema, value, 0) && !self.undecided.get()
    }

    pub fn fits_all(&self, schemas: &[&Value], value: &Value) -> bool {
        schemas.iter().all(|schema| self.fits(schema, value))
    }

    fn undecidable(&self) -> bool {
        self.undecided.set(true);
        false
    }

    fn check(&self, schema: &Value, value: &Value, depth: usize) -> bool {
        self.steps.set(self.steps.get() + 1);
        if depth > MAX_DEPTH || self.steps.get() > MAX_STEPS || self.undecided.get() {
            return self.undecidable();
        }
        match schema {
            Value::Bool(anything) => *anything,
            Value::Object(map) if value.is_null() && map.get("nullable") == Some(&Value::Bool(true)) => true,
            Value::Object(map) => map.iter().all(|(keyword, setting)| match keyword.as_str() {
                // Annotations.
                "description" | "title" | "format" | "example" | "default" => true,
                "properties" | "required" | "additionalProperties" | "minProperties" | "maxProperties" => {
                    value.as_object().is_none_or(|value| self.check_object(map, keyword, setting, value, depth))
                }
                "items" | "minItems" | "maxItems" | "uniqueItems" => {
                    value.as_array().is_none_or(|list| self.check_array(keyword, setting, list, depth))
                }
                // Rare keywords are left to the library, with everything their schema refers to.
                "$anchor"
                | "$defs"
                | "$dynamicAnchor"
                | "$dynamicRef"
                | "$id"
                | "$recursiveRef"
                | "contains"
                | "dependencies"
                | "dependentRequired"
                | "dependentSchemas"
                | "else"
                | "if"
                | "maxContains"
                | "minContains"
                | "patternProperties"
                | "prefixItems"
                | "propertyNames"
                | "then"
                | "unevaluatedItems"
                | "unevaluatedProperties" => {
                    let schemas = self.schemas.get_or_init(|| Schemas::of(self.references.document()));
                    self.compiled(schemas, schema, value)
                }
                _ => self.check_any(map, keyword, setting, value, depth),
            }),
            _ => self.undecidable(),
        }
    }

    fn check_any(&self, map: &Map<String, Value>, keyword: &str, setting: &Value, value: &Value, depth: usize) -> bool {
        let inside = |schema: &Value| self.check(schema, value, depth + 1);
        match (keyword, setting) {
            ("$ref", Value::String(reference)) => match self.references.target(reference) {
                Some(target) => inside(target),
                None => self.undecidable(),
            },
            ("allOf", Value::Array(list)) => list.iter().all(inside),
            ("anyOf", Value::Array(list)) => list.iter().any(inside),
            ("oneOf", Value::Array(list)) => list.iter().filter(|schema| inside(schema)).count() == 1,
            ("not", schema) => !inside(schema),
            ("type", Value::String(name)) => self.is_of(name, value),
            ("type", Value::Array(names)) => names.iter().any(|name| match name.as_str() {
                Some(name) => self.is_of(name, value),
                None => self.undecidable(),
            }),
            ("enum", Value::Array(list)) if list.contains(value) => true,
            ("const", setting) if setting == value => true,
            // Equal numbers may be written differently, also inside lists and objects.
            ("enum" | "const", _) => {
                (value.is_number() || value.is_array() || value.is_object())
                    && self.alone(Map::from_iter([(keyword.to_owned(), setting.clone())]), value)
            }
            ("minLength" | "maxLength", _) => {
                value.as_str().is_none_or(|text| self.limit(setting, keyword == "minLength", || text.chars().count()))
            }
            ("pattern", Value::String(pattern)) => value.as_str().is_none_or(|text| self.matches(pattern, text)),
            (keyword, _) if BOUNDS.contains(&keyword) => {
                !value.is_number() || self.is_within(map, keyword, setting, value)
            }
            ("$ref" | "allOf" | "anyOf" | "oneOf" | "type" | "pattern", _) => self.undecidable(),
            _ => true,
        }
    }

    fn check_object(
        &self,
        map: &Map<String, Value>,
        keyword: &str,
        setting: &Value,
        value: &Map<String, Value>,
        depth: usize,
    ) -> bool {
        match (keyword, setting) {
            ("properties", Value::Object(properties)) => value
                .iter()
                .all(|(name, inside)| properties.get(name).is_none_or(|schema| self.check(schema, inside, depth + 1))),
            ("required", Value::Array(names)) => names.iter().all(|name| match name.as_str() {
                Some(name) => value.contains_key(name),
                None => self.undecidable(),
            }),
            ("additionalProperties", schema) => {
                let declared = map.get("properties").and_then(Value::as_object);
                let mut others =
                    value.iter().filter(|(name, _)| !declared.is_some_and(|declared| declared.contains_key(*name)));
                others.all(|(_, inside)| self.check(schema, inside, depth + 1))
            }
            ("minProperties" | "maxProperties", _) => self.limit(setting, keyword == "minProperties", || value.len()),
            _ => self.undecidable(),
        }
    }

    fn check_array(&self, keyword: &str, setting: &Value, list: &[Value], depth: usize) -> bool {
        match (keyword, setting) {
            ("items", Value::Object(_) | Value::Bool(_)) => {
                list.iter().all(|item| self.check(setting, item, depth + 1))
            }
            ("minItems" | "maxItems", _) => self.limit(setting, keyword == "minItems", || list.len()),
            ("uniqueItems", Value::Bool(unique)) => {
                !unique || list.len() < 2 || {
                    let unique = Map::from_iter([(keyword.to_owned(), Value::Bool(true))]);
                    self.alone(unique, &Value::Array(list.to_vec()))
                }
            }
            _ => self.undecidable(),
        }
    }

    fn is_of(&self, name: &str, value: &Value) -> bool {
        match name {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            "number" => value.is_number(),
            "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
            _ => self.undecidable(),
        }
    }

    fn limit(&self, setting: &Value, least: bool, count: impl Fn() -> usize) -> bool {
        match setting.as_f64() {
            Some(limit) if limit >= 0.0 && limit.fract() == 0.0 => {
                if least {
                    count() as f64 >= limit
                } else {
                    count() as f64 <= limit
                }
            }
            _ => self.undecidable(),
        }
    }

    fn is_within(&self, map: &Map<String, Value>, keyword: &str, setting: &Value, value: &Value) -> bool {
        let exact = |value: &Value| value.as_f64().filter(|number| number.abs() < EXACT);
        let excluded = |exclusive: &str| map.get(exclusive) == Some(&Value::Bool(true));
        match (keyword, exact(setting), exact(value)) {
            ("exclusiveMinimum" | "exclusiveMaximum", None, _) if setting.is_boolean() => true,
            ("minimum", Some(bound), Some(number)) => {
                number > bound || (number == bound && !excluded("exclusiveMinimum"))
            }
            ("maximum", Some(bound), Some(number)) => {
                number < bound || (number == bound && !excluded("exclusiveMaximum"))
            }
            ("exclusiveMinimum", Some(bound), Some(number)) => number > bound,
            ("exclusiveMaximum", Some(bound), Some(number)) => number < bound,
            _ => {
                let bounds =
                    BOUNDS.iter().filter_map(|keyword| Some(((*keyword).to_owned(), map.get(*keyword)?.clone())));
                self.alone(bounds.collect(), value)
            }
        }
    }

    fn matches(&self, pattern: &str, text: &str) -> bool {
        let mut patterns = self.patterns.borrow_mut();
        if !patterns.contains_key(pattern) {
            let validator = Schemas::of(&Value::Null).validator(&json!({"pattern": pattern})).ok();
            patterns.insert(pattern.to_owned(), Pattern { validator, known: HashMap::new() });
        }
        match patterns.get_mut(pattern) {
            Some(Pattern { validator: Some(validator), known }) => {
                if let Some(matches) = known.get(text) {
                    return *matches;
                }
                let matches = validator.is_valid(&Value::from(text));
                known.insert(text.to_owned(), matches);
                matches
            }
            _ => self.undecidable(),
        }
    }

    /// Validates with the library, for keywords without references.
    fn alone(&self, keywords: Map<String, Value>, value: &Value) -> bool {
        self.compiled(&Schemas::of(&json!({})), &Value::Object(keywords), value)
    }

    fn compiled(&self, schemas: &Schemas, schema: &Value, value: &Value) -> bool {
        let mut validators = self.validators.borrow_mut();
        let validator = validators.entry(schema.to_string()).or_insert_with(|| schemas.validator(schema).ok());
        match validator {
            Some(validator) => validator.is_valid(value),
            None => self.undecidable(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_fits_as_the_library_says() {
        let document = json!({"components": {"schemas": {"Id": {"type": "integer", "minimum": 1}}}});
        let validator = ExampleValidator::of(References::of(&document));
        let values = json!([null, true, 0, 1, 1.0, 2, 2.5, 3, -1, 9_007_199_254_740_993_u64, 1e300, "", "a", "ab", "\u{1f6a2}\u{1f6a2}",
            [], [1], [1, 1.0], ["a", "a"], [1, 2, 3], {}, {"a": 1}, {"a": "x"}, {"b": 1}, {"a": 1, "b": null}]);
        for schema in [
            json!({}),
            json!(true),
            json!(false),
            json!({"type": "integer"}),
            json!({"type": ["string", "null"]}),
            json!({"type": "string", "nullable": true}),
            json!({"nullable": true, "enum": ["a"]}),
            json!({"enum": [1, "ab", null, [1.0], {"a": 1.0}]}),
            json!({"const": 1.0}),
            json!({"minimum": 1}),
            json!({"minimum": 1, "exclusiveMinimum": true}),
            json!({"minimum": 1, "exclusiveMinimum": false}),
            json!({"exclusiveMinimum": 1}),
            json!({"maximum": 2, "exclusiveMaximum": true}),
            json!({"maximum": 2}),
            json!({"exclusiveMaximum": 2}),
            json!({"exclusiveMaximum": true}),
            json!({"maximum": 9_007_199_254_740_992_u64}),
            json!({"multipleOf": 0.5}),
            json!({"minLength": 1, "maxLength": 1}),
            json!({"minLength": 2.0}),
            json!({"pattern": "^a"}),
            json!({"pattern": "{{"}),
            json!({"items": {"type": "integer"}}),
            json!({"items": false}),
            json!({"minItems": 1, "maxItems": 2}),
            json!({"uniqueItems": true}),
            json!({"properties": {"a": {"type": "integer"}}}),
            json!({"required": ["a"]}),
            json!({"additionalProperties": false}),
            json!({"properties": {"a": {}}, "additionalProperties": {"type": "null"}}),
            json!({"minProperties": 1, "maxProperties": 1}),
            json!({"allOf": [{"minimum": 1}, {"type": "integer"}]}),
            json!({"anyOf": [{"type": "string"}, {"minItems": 1}]}),
            json!({"oneOf": [{"type": "integer"}, {"type": "number"}]}),
            json!({"not": {"type": "integer"}}),
            json!({"$ref": "#/components/schemas/Id", "maximum": 2}),
            json!({"contains": {"const": 1}}),
        ] {
            let library = Schemas::of(&document).validator(&schema).expect("a schema");
            for value in values.as_array().into_iter().flatten() {
                assert_eq!(validator.fits(&schema, value), library.is_valid(value), "{value} against {schema}");
            }
        }
    }
}
