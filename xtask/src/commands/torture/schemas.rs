//! Generation of schemas.

use serde_json::{Map, Value, json};

use super::choices::Choices;
use super::samples::{NAMES, PATTERNS, TEXTS, VALUES};
use crate::spec::document::{REF, join};

/// Placeholder for a reference to a part of another schema.
pub const DEEP: &str = "#/deep";
const FORMATS: [&str; 16] = [
    "password",
    "byte",
    "binary",
    "date",
    "date-time",
    "time",
    "uuid",
    "email",
    "uri",
    "ipv4",
    "sort",
    "int64",
    "decimal",
    "",
    "Date-Time",
    "x-odd",
];
const NUMBERS: [&str; 8] = ["int32", "int64", "uint64", "uint8", "uint128", "float", "double", "odd"];

/// Generator of the schemas of one document.
pub struct Schemas<'c, 'b> {
    pub choices: &'c mut Choices<'b>,
    /// The document is of version 3.1.
    pub newer: bool,
    /// Names of the components.
    pub components: Vec<String>,
    /// Components that are objects with properties.
    pub objects: Vec<String>,
    /// Number of components before the current one, which `allOf` refers to, so that few contain themselves.
    pub made: usize,
}

impl Schemas<'_, '_> {
    /// Generates one component.
    pub fn component(&mut self, index: usize) -> Value {
        self.made = index;
        let name = self.components[index].clone();
        match self.choices.below(16) {
            0 => self.reference_before(),
            1 => self.text(),
            2 => self.number(),
            3 => json!({"type": "boolean"}),
            4 | 5 => self.enumeration(),
            6 => self.list(2),
            7 => json!({"type": "object", "additionalProperties": self.schema(2)}),
            8 => self.base(&name),
            9 => self.subtype(),
            10 => self.all_of(2),
            11 | 12 => self.one_of(2),
            13 => self.schema(3),
            _ => {
                self.objects.push(name);
                self.object(3)
            }
        }
    }

    /// Generates any schema, nested at most `depth` levels deep.
    pub fn schema(&mut self, depth: usize) -> Value {
        let mut schema = if depth == 0 { self.leaf() } else { self.any_kind(depth - 1) };
        self.decorate(&mut schema);
        schema
    }

    pub fn leaf(&mut self) -> Value {
        match self.choices.below(8) {
            0 | 1 => self.text(),
            2 => self.number(),
            3 => json!({"type": "boolean"}),
            4 => self.enumeration(),
            5 => json!({}),
            _ => self.reference(),
        }
    }

    fn any_kind(&mut self, depth: usize) -> Value {
        match self.choices.below(20) {
            0 | 1 => self.list(depth),
            2..=5 => self.object(depth),
            6 => self.all_of(depth),
            7..=9 => self.one_of(depth),
            10 => json!({"type": "object", "additionalProperties": self.schema(depth)}),
            11 => json!({"type": "object"}),
            12 => json!({"$ref": DEEP}),
            13 => self.without_type(depth),
            14 if self.newer => self.newer_kind(depth),
            _ => self.leaf(),
        }
    }

    pub fn reference(&mut self) -> Value {
        let name = self.choices.pick(&self.components).clone();
        json!({"$ref": format!("{REF}{}", escaped(&name))})
    }

    /// Generates a reference to an earlier component, or rarely to any.
    pub fn reference_before(&mut self) -> Value {
        if self.made == 0 {
            return json!({"type": "object", "properties": {"a": {"type": "string"}}});
        }
        let most = if self.choices.one_in(30) { self.components.len() } else { self.made };
        let index = self.choices.below(most);
        json!({"$ref": format!("{REF}{}", escaped(&self.components[index]))})
    }

    pub fn text(&mut self) -> Value {
        let mut schema = json!({"type": "string"});
        if self.choices.one_in(2) {
            schema["format"] = (*self.choices.pick(&FORMATS)).into();
        }
        if self.choices.one_in(4) {
            schema["minLength"] = (*self.choices.pick(&[0_u64, 1, 5, u64::MAX])).into();
        }
        if self.choices.one_in(4) {
            schema["maxLength"] = (*self.choices.pick(&[0_u64, 3, 1 << 32, u64::MAX])).into();
        }
        if self.choices.one_in(6) {
            schema["pattern"] = (*self.choices.pick(&PATTERNS)).into();
        }
        if self.choices.one_in(8) {
            schema["default"] = (*self.choices.pick(&TEXTS)).into();
        }
        if self.newer && self.choices.one_in(10) {
            schema["contentEncoding"] = (*self.choices.pick(&["base64", "base64url", "quoted-printable"])).into();
        }
        schema
    }

    pub fn number(&mut self) -> Value {
        let mut schema = json!({"type": *self.choices.pick(&["integer", "number"])});
        if self.choices.one_in(2) {
            schema["format"] = (*self.choices.pick(&NUMBERS)).into();
        }
        let bounds = [
            json!(0),
            json!(-1),
            json!(1),
            json!(0.5),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(1e30),
            json!(-1e300),
            json!(i64::MIN),
        ];
        for (key, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
            if self.choices.one_in(4) {
                schema[key] = self.choices.pick(&bounds).clone();
            }
            if self.choices.one_in(8) {
                schema[exclusive] = if self.newer { self.choices.pick(&bounds).clone() } else { true.into() };
            }
        }
        if self.choices.one_in(10) {
            schema["multipleOf"] = self.choices.pick(&[json!(0.01), json!(2)]).clone();
        }
        if self.choices.one_in(10) {
            schema["default"] = self.choices.pick(&bounds).clone();
        }
        schema
    }

    pub fn enumeration(&mut self) -> Value {
        let count = 1 + self.choices.below(6);
        let kind = self.choices.below(12);
        let mut values: Vec<Value> = (0..count)
            .map(|index| match kind {
                0 => json!(self.choices.below(5)),
                1 => json!(index % 2 == 0),
                2 => json!(0.5 + index as f64),
                3 => self
                    .choices
                    .pick(&[json!(1), json!("1"), json!(true), json!(null), json!([1]), json!({"a": 1})])
                    .clone(),
                _ => json!(*self.choices.pick(&VALUES)),
            })
            .collect();
        let unique = !self.choices.one_in(20);
        if unique {
            let mut seen = Vec::new();
            values.retain(|value| {
                !seen.contains(value) && {
                    seen.push(value.clone());
                    true
                }
            });
        }
        let mut schema = json!({});
        if kind != 3 && self.choices.below(4) > 0 {
            schema["type"] = match kind {
                0 => "integer",
                1 => "boolean",
                2 => "number",
                _ => "string",
            }
            .into();
        }
        if self.choices.one_in(6) {
            values.push(Value::Null);
            if !self.newer {
                schema["nullable"] = true.into();
            } else if let Some(name) = schema.get("type").cloned() {
                schema["type"] = json!([name, "null"]);
            }
        }
        schema["enum"] = values.into();
        schema
    }

    pub fn list(&mut self, depth: usize) -> Value {
        let mut schema = json!({"type": "array", "items": self.schema(depth)});
        if self.choices.one_in(5) {
            schema["minItems"] = self.choices.below(3).into();
        }
        if self.choices.one_in(5) {
            schema["maxItems"] = self.choices.below(9).into();
        }
        if self.choices.one_in(8) {
            schema["uniqueItems"] = true.into();
        }
        if self.newer && self.choices.one_in(10) {
            schema["prefixItems"] = json!([self.schema(depth), {"type": "string"}]);
        }
        schema
    }

    pub fn object(&mut self, depth: usize) -> Value {
        let mut properties = Map::new();
        for _ in 0..self.choices.below(6) {
            let name = *self.choices.pick(&NAMES);
            properties.insert(name.into(), self.schema(depth));
        }
        let mut required: Vec<Value> = Vec::new();
        for name in properties.keys() {
            if self.choices.one_in(3) {
                required.push(name.as_str().into());
            }
        }
        if self.choices.one_in(10) {
            required.push((*self.choices.pick(&NAMES)).into());
        }
        let mut schema = json!({"type": "object"});
        if !properties.is_empty() || self.choices.one_in(2) {
            schema["properties"] = properties.into();
        }
        if !required.is_empty() || self.choices.one_in(20) {
            schema["required"] = required.into();
        }
        match self.choices.below(12) {
            0 | 1 => schema["additionalProperties"] = false.into(),
            2 => schema["additionalProperties"] = true.into(),
            3 => schema["additionalProperties"] = self.schema(depth),
            4 => schema["minProperties"] = 1.into(),
            5 if self.newer => schema["patternProperties"] = json!({"^x": self.schema(depth)}),
            6 if self.newer => schema["$defs"] = json!({"inner": self.schema(depth), "a/b": {"type": "string"}}),
            _ => {}
        }
        schema
    }

    /// Generates a schema that only implies its type.
    fn without_type(&mut self, depth: usize) -> Value {
        match self.choices.below(8) {
            0 => json!({"properties": {"a": self.schema(depth)}}),
            1 => json!({"items": self.schema(depth)}),
            2 => json!({"format": *self.choices.pick(&FORMATS)}),
            3 => json!({"pattern": "^a"}),
            4 => json!({"minimum": 1}),
            5 => json!({"additionalProperties": self.schema(depth)}),
            6 => json!({"required": ["a"]}),
            _ => json!({"not": self.schema(depth)}),
        }
    }

    fn newer_kind(&mut self, depth: usize) -> Value {
        match self.choices.below(8) {
            0 => json!({"const": *self.choices.pick(&VALUES)}),
            1 => json!({"const": self.choices.below(3), "type": "integer"}),
            2 => json!({"const": null}),
            3 => json!({"type": ["string", "integer"]}),
            4 => {
                json!({"type": ["array", "object", "null"], "items": self.schema(depth), "properties": {"a": {"type": "string"}}})
            }
            5 => json!({"type": "null"}),
            6 => true.into(),
            _ => json!({"if": self.schema(depth), "then": self.schema(depth), "type": "object"}),
        }
    }

    /// Adds annotations and constraints.
    fn decorate(&mut self, schema: &mut Value) {
        let newer = self.newer;
        let Value::Object(map) = schema else { return };
        if map.contains_key("$ref") && !newer && !self.choices.one_in(10) {
            return;
        }
        if self.choices.one_in(3) {
            map.insert("description".into(), long(self.choices).into());
        }
        match self.choices.below(24) {
            0 | 1 if !newer => drop(map.insert("nullable".into(), true.into())),
            0 | 1 => {
                if let Some(name) = map.get("type").filter(|name| name.is_string()).cloned() {
                    map.insert("type".into(), json!([name, "null"]));
                }
            }
            2 => drop(map.insert("title".into(), (*self.choices.pick(&TEXTS)).into())),
            3 => drop(map.insert("readOnly".into(), true.into())),
            4 => drop(map.insert("writeOnly".into(), true.into())),
            5 => drop(map.insert("deprecated".into(), true.into())),
            6 => drop(map.insert("x-odd".into(), json!({"$ref": "#/nowhere"}))),
            7 => drop(map.insert("example".into(), json!({"a": [1, "b"]}))),
            8 => drop(map.insert("externalDocs".into(), json!({"url": "https://ships.example"}))),
            9 => drop(map.insert("xml".into(), json!({"wrapped": true}))),
            _ => {}
        }
    }
}

/// Returns a text, rarely a very long one.
pub fn long(choices: &mut Choices<'_>) -> String {
    let text = *choices.pick(&TEXTS);
    if choices.one_in(20) { text.repeat(100) } else { text.to_owned() }
}

/// Escapes the name of a component for a reference.
pub fn escaped(name: &str) -> String {
    join("", name).split_off(1)
}
