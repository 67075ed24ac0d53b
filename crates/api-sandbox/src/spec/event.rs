//! Event of a bundle: the body of a delivery, and its schema.

use std::collections::BTreeSet;

use api_bundle::{Schemas, escape_token};
use serde_json::Value;

use super::operation::object;
use super::override_error::OverrideError;
use super::pointer;

/// Number of fields within each other among the known pointers.
const MAX_DEPTH: usize = 6;

/// Callback of an operation: what the vendor posts to a webhook.
pub(crate) struct Event {
    pub(crate) name: String,
    /// Example of the body.
    pub(crate) example: Value,
    schema: Value,
}

impl Event {
    /// Parses the callbacks of a document that have an example.
    pub(super) fn parse_all(document: &Value) -> Vec<Self> {
        let operations = object(&document["paths"]).flat_map(|(_, item)| object(item));
        let callbacks = operations.flat_map(|(_, operation)| object(&operation["callbacks"]));
        callbacks.filter_map(|(name, paths)| Self::parse(name, paths)).collect()
    }

    fn parse(name: &str, paths: &Value) -> Option<Self> {
        object(paths).find_map(|(_, path)| {
            let content = path["post"]["requestBody"]["content"].get("application/json")?;
            let (_, example) = object(&content["examples"]).next()?;
            let (example, schema) = (example["value"].clone(), content["schema"].clone());
            Some(Self { name: name.to_owned(), example, schema })
        })
    }

    /// Checks the value that is to stand at a JSON pointer of this body against the schema.
    pub(crate) fn check(
        &self,
        schemas: &Schemas,
        body: &Value,
        pointer: &str,
        value: &Value,
    ) -> Result<(), OverrideError> {
        let tokens = pointer::tokens(pointer)?;
        // The field that names the event, such as `event_type`.
        let named = tokens.first().filter(|_| tokens.len() == 1).and_then(|field| self.example.get(field));
        if named.is_some_and(|named| *named == *self.name) && *value != *self.name {
            return Err(OverrideError::other_event(pointer, &self.name));
        }
        let schema = tokens.iter().try_fold(self.schema.clone(), |schema, token| schemas.member(&schema, token));
        let schema = schema.ok_or_else(|| self.unknown_pointer(schemas, body, pointer))?;
        self.check_value(schemas, body, &schema, pointer, value)
    }

    /// Checks a value and all within it, the innermost first, so that the error names the place.
    fn check_value(
        &self,
        schemas: &Schemas,
        body: &Value,
        schema: &Value,
        pointer: &str,
        value: &Value,
    ) -> Result<(), OverrideError> {
        let mut unknown = None;
        for (token, member) in pointer::members(value) {
            let pointer = format!("{pointer}/{}", escape_token(&token));
            match schemas.member(schema, &token) {
                Some(schema) => self.check_value(schemas, body, &schema, &pointer, member)?,
                None => unknown = unknown.or(Some(pointer)),
            }
        }
        // A schema of the bundle compiles, as those of requests do.
        let validator = schemas.validator(schema).expect("a schema of the bundle");
        if let Some(error) = validator.iter_errors(value).next() {
            return Err(OverrideError::of_value(schemas, schema, pointer, value, &error));
        }
        unknown.map_or(Ok(()), |pointer| Err(self.unknown_pointer(schemas, body, &pointer)))
    }

    fn unknown_pointer(&self, schemas: &Schemas, body: &Value, pointer: &str) -> OverrideError {
        let mut known = BTreeSet::new();
        collect_pointers(schemas, &self.schema, Some(body), String::new(), &mut known);
        OverrideError::unknown_pointer(pointer, &known)
    }
}

/// Collects the pointers that a schema knows; those of a list with the indices that the body has.
fn collect_pointers(schemas: &Schemas, schema: &Value, body: Option<&Value>, at: String, known: &mut BTreeSet<String>) {
    let items = 0..body.and_then(Value::as_array).map_or(0, Vec::len);
    let names = schemas.property_names(schema).into_iter().chain(items.map(|index| index.to_string()));
    if at.matches('/').count() < MAX_DEPTH {
        for name in names {
            let Some(member) = schemas.member(schema, &name) else { continue };
            let inner = body.and_then(|body| body.pointer(&format!("/{}", escape_token(&name))));
            let at = format!("{at}/{}", escape_token(&name));
            collect_pointers(schemas, &member, inner, at, known);
        }
    }
    if !at.is_empty() {
        known.insert(at);
    }
}
