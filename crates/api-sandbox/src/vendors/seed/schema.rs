//! Schema of a seed.

use std::collections::BTreeSet;

use api_bundle::Schemas;
use api_bundle::jsonschema::ValidationError;
use api_bundle::jsonschema::error::ValidationErrorKind as Kind;
use serde_json::{Map, Value, json};

use super::error::SeedError;
use super::item::SeedItem;
use crate::spec::{Bundle, pointer};

/// Schema of a vendor's part of a seed, from the schemas of its API. Of an object, any field may be left out, and no other
/// field is accepted.
pub(crate) struct SeedSchema {
    components: Value,
    part: Value,
}

impl SeedSchema {
    /// Creates the schema of a part without keys.
    pub(crate) fn of(bundle: &Bundle) -> Self {
        let mut components = bundle.components().clone();
        components.as_object_mut().into_iter().flatten().for_each(|(_, schema)| close(schema));
        Self { components, part: closed_object(Map::new()) }
    }

    /// Adds the key of a list with such items.
    pub(crate) fn list(self, key: &str, item: Value) -> Self {
        self.key(key, list(item))
    }

    /// Adds a key.
    pub(crate) fn key(mut self, key: &str, schema: Value) -> Self {
        self.part["properties"][key] = schema;
        self
    }

    /// Returns the schema of a resource with the fields of these components, of which some are filled in by the sandbox alone,
    /// and with fields of its own. Of a field that several have, the last one counts.
    pub(crate) fn resource(&self, components: &[&str], filled_in: &[&str], own: Value) -> Value {
        let fields = components.iter().filter_map(|component| self.components[component]["properties"].as_object());
        let mut fields: Map<String, Value> =
            fields.flatten().map(|(name, schema)| (name.clone(), schema.clone())).collect();
        for (name, schema) in &mut fields {
            if filled_in.contains(&name.as_str()) {
                *schema = false.into();
            }
        }
        if let Value::Object(own) = own {
            fields.extend(own);
        }
        closed_object(fields)
    }

    /// Checks a part against the schema.
    ///
    /// # Errors
    ///
    /// Returns all reasons, without the values: one may be a secret.
    pub(crate) fn check(&self, part: &SeedItem<'_>) -> Result<(), SeedError> {
        let schemas = Schemas::of(&json!({"components": {"schemas": self.components}})).with_formats();
        let validator = schemas.validator(&self.part).map_err(|error| SeedError::at(&part.pointer, error))?;
        let errors: Vec<SeedError> =
            validator.iter_errors(part.value).flat_map(|error| self.reasons(&schemas, &part.pointer, &error)).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.into_iter().collect()) }
    }

    fn reasons(&self, schemas: &Schemas, part: &str, error: &ValidationError<'_>) -> Vec<SeedError> {
        let place = error.instance_path().as_str();
        let pointer = format!("{part}{place}");
        match error.kind() {
            // The schema of a nullable value, and that of `null`.
            Kind::AnyOf { context } => {
                let of_value = context.first().into_iter().flatten();
                of_value.flat_map(|error| self.reasons(schemas, part, error)).collect()
            }
            Kind::AdditionalProperties { unexpected } => {
                let known = fields_at(schemas, &self.part, place);
                let known = || known.iter().map(String::as_str);
                unexpected.iter().map(|name| SeedError::unknown(&pointer, "key", name, known())).collect()
            }
            Kind::Enum { options } => {
                let options = options.as_array().into_iter().flatten().map(Value::to_string).collect::<Vec<_>>();
                vec![SeedError::at(&pointer, format!("the value is none of {}", options.join(", ")))]
            }
            Kind::Required { property } => {
                vec![SeedError::at(&pointer, format!("the key `{}` is missing", property.as_str().unwrap_or_default()))]
            }
            Kind::FalseSchema => vec![SeedError::at(&pointer, "the sandbox fills this in: leave it out")],
            _ => vec![SeedError::at(&pointer, error.masked_with("the value"))],
        }
    }
}

/// Returns the schema of a list with such items.
pub(crate) fn list(item: Value) -> Value {
    json!({"type": "array", "items": item})
}

/// Returns the schema of an object with these fields and no others.
fn closed_object(fields: Map<String, Value>) -> Value {
    json!({"type": "object", "properties": fields, "additionalProperties": false})
}

/// Closes all objects in a schema against fields that it does not have, and requires none.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            if keywords.get("properties").is_some_and(Value::is_object) {
                keywords.entry("additionalProperties").or_insert(false.into());
            }
            // A field that is called `required` has a schema, which is no list.
            keywords
                .retain(|keyword, value| !(keyword == "required" && value.is_array() || keyword == "x-exactly-one"));
            keywords.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// Returns the names of the fields that an object can have at a JSON pointer, without those that the sandbox fills in.
fn fields_at(schemas: &Schemas, part: &Value, place: &str) -> BTreeSet<String> {
    let tokens = pointer::tokens(place).unwrap_or_default();
    let object = tokens.iter().try_fold(part.clone(), |schema, token| schemas.member(&schema, token));
    let object = object.unwrap_or_default();
    let mut names = schemas.property_names(&object);
    names.retain(|name| schemas.member(&object, name) != Some(false.into()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_an_api_answers_with_can_be_a_seed() {
        for (api, operation, items, component) in [
            ("zapsign", "get_document", None, "Document"),
            ("zapsign", "get_template", None, "Template"),
            ("dialog360", "get_partner", None, "Partner"),
            ("dialog360", "list_clients", Some("clients"), "PartnerClient"),
            ("dialog360", "list_channels", Some("partner_channels"), "Channel"),
            ("dialog360", "list_templates", Some("waba_templates"), "Template"),
            ("dialog360", "get_client_balance", None, "ClientBalance"),
        ] {
            let bundle = Bundle::all().iter().find(|bundle| bundle.name == api).expect("an API");
            let schema = SeedSchema::of(bundle);
            let item = schema.resource(&[component], &[], json!({}));
            let schema = schema.list("items", item);
            let example = &bundle.operation(operation).and_then(|operation| operation.success()).expect("it").example;
            let example = items.map_or_else(|| json!([example]), |items| example[items].clone());
            assert!(example[0].is_object(), "{operation}");
            let value = json!({"items": example});
            assert_eq!(schema.check(&SeedItem { pointer: String::new(), value: &value }), Ok(()), "{operation}");
            let value = json!({"items": [{"another": 1}]});
            assert!(schema.check(&SeedItem { pointer: String::new(), value: &value }).is_err(), "{operation}");
        }
    }
}
