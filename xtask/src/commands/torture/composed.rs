//! Generation of composed schemas.

use serde_json::{Value, json};

use super::samples::{NAMES, TEXTS, VALUES};
use super::schemas::{Schemas, escaped};
use crate::spec::document::REF;

impl Schemas<'_, '_> {
    /// Generates a base with a discriminator.
    pub fn base(&mut self, name: &str) -> Value {
        let property = *self.choices.pick(&["kind", "type", "a-b", "Kind", "$type"]);
        let mut schema = json!({"type": "object", "properties": {property: {"type": "string"}}, "required": [property],
            "discriminator": {"propertyName": property}});
        if self.choices.one_in(2) {
            schema["properties"]["name"] = self.schema(1);
        }
        if self.choices.one_in(3) {
            let other = self.choices.pick(&self.components).clone();
            schema["discriminator"]["mapping"] =
                json!({"x": format!("{REF}{}", escaped(&other)), "y": other, "own": name});
        }
        self.objects.push(name.to_owned());
        schema
    }

    pub fn subtype(&mut self) -> Value {
        let base = self.reference_before();
        let own = self.object(1);
        match self.choices.below(3) {
            0 => json!({"allOf": [base], "properties": own["properties"], "type": "object"}),
            _ => json!({"allOf": [base, own]}),
        }
    }

    pub fn all_of(&mut self, depth: usize) -> Value {
        let parts: Vec<Value> = (0..1 + self.choices.below(3))
            .map(|_| match self.choices.below(6) {
                0..=2 => self.reference_before(),
                3 => self.schema(depth),
                4 => json!({"required": [*self.choices.pick(&NAMES)]}),
                _ => self.object(depth),
            })
            .collect();
        let mut schema = json!({"allOf": parts});
        match self.choices.below(6) {
            0 => schema["properties"] = json!({*self.choices.pick(&NAMES): self.schema(depth)}),
            1 => schema["type"] = "object".into(),
            2 => schema["additionalProperties"] = false.into(),
            3 => schema["required"] = json!([*self.choices.pick(&NAMES)]),
            _ => {}
        }
        schema
    }

    /// Generates a union.
    pub fn one_of(&mut self, depth: usize) -> Value {
        let mut list: Vec<Value> = (0..1 + self.choices.below(4))
            .map(|_| match self.choices.below(10) {
                0..=3 => self.reference(),
                4 | 5 => self.object(depth),
                6 => self.schema(depth),
                7 => json!({"type": "object", "properties": {"kind": {"type": "string", "enum": [*self.choices.pick(&VALUES)]}}, "required": ["kind"]}),
                8 if self.newer => json!({"type": "null"}),
                _ => self.leaf(),
            })
            .collect();
        if self.choices.one_in(8) {
            list.push(list[0].clone());
        }
        if self.choices.one_in(4) {
            for alternative in &mut list {
                if alternative.is_object() && alternative.get("$ref").is_none() {
                    alternative["title"] = (*self.choices.pick(&TEXTS)).into();
                }
            }
        }
        let key = *self.choices.pick(&["oneOf", "anyOf"]);
        let mut schema = json!({key: list});
        match self.choices.below(8) {
            0 => schema["discriminator"] = json!({"propertyName": *self.choices.pick(&["kind", "type", "name"])}),
            1 => {
                let name = self.choices.pick(&self.components).clone();
                schema["discriminator"] = json!({"propertyName": "kind",
                    "mapping": {*self.choices.pick(&VALUES): format!("{REF}{}", escaped(&name)), "z": name}});
            }
            2 => {
                schema["properties"] = json!({"a": self.schema(depth), "b": {"type": "string"}});
                schema["type"] = "object".into();
                if self.choices.one_in(2) {
                    schema[key] = json!([{"required": ["a"]}, {"required": ["b"]}]);
                }
            }
            _ => {}
        }
        schema
    }
}
