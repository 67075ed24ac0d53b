//! Parts of a seed.

use serde_json::{Map, Value};

use super::error::SeedError;

/// Value of a seed with its place.
#[derive(Debug, Clone)]
pub(crate) struct SeedItem<'s> {
    /// JSON pointer.
    pub(crate) pointer: String,
    pub(crate) value: &'s Value,
}

impl<'s> SeedItem<'s> {
    /// Returns the value of a key, unless it is absent or `null`.
    pub(crate) fn get(&self, key: &str) -> Option<&'s Value> {
        self.value.get(key).filter(|value| !value.is_null())
    }

    /// Returns a text that is given.
    pub(crate) fn text(&self, key: &str) -> Option<&'s str> {
        self.get(key)?.as_str()
    }

    /// Returns an id that is given, as text.
    pub(crate) fn id(&self, key: &str) -> Option<String> {
        self.get(key).map(|id| id.as_str().map_or_else(|| id.to_string(), ToOwned::to_owned))
    }

    /// Returns the value of a key with its place.
    pub(crate) fn item(&self, key: &str) -> Option<Self> {
        self.get(key).map(|value| Self { pointer: self.pointer_of(key), value })
    }

    /// Returns the items of a list.
    pub(crate) fn items(&self, key: &str) -> Vec<Self> {
        let list = self.get(key).and_then(Value::as_array).into_iter().flatten().enumerate();
        list.map(|(index, value)| Self { pointer: format!("{}/{index}", self.pointer_of(key)), value }).collect()
    }

    /// Returns the JSON pointer of a key.
    pub(crate) fn pointer_of(&self, key: &str) -> String {
        format!("{}/{key}", self.pointer)
    }

    /// Creates the error of a key.
    pub(crate) fn refuse(&self, key: &str, reason: &str) -> SeedError {
        SeedError::at(&self.pointer_of(key), reason)
    }

    /// Refuses several fields of which a request takes exactly one, by its schema. If none is given, there is a default.
    ///
    /// # Errors
    ///
    /// Returns the error of the item.
    pub(crate) fn require_at_most_one(&self, request: &Value) -> Result<(), SeedError> {
        let names = request["x-exactly-one"]["of"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let given: Vec<String> = names
            .filter(|name| self.get(name).is_some_and(|value| value != ""))
            .map(|name| format!("`{name}`"))
            .collect();
        if given.len() < 2 {
            return Ok(());
        }
        Err(SeedError::at(&self.pointer, format!("the vendor takes one of {}: leave the others out", given.join(", "))))
    }

    /// Writes the fields that an API answers with into a resource: those that have a schema there, and are not among the ones
    /// that were written already.
    pub(crate) fn write_fields(&self, schema: &Value, written: &[&str], resource: &mut Value) {
        let given = self.value.as_object().into_iter().flatten();
        let fields: Map<String, Value> = given
            .filter(|(name, _)| schema["properties"].get(name.as_str()).is_some() && !written.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        merge(resource, Value::Object(fields));
    }
}

/// Merges objects at any depth, and lists of them by index; any other value takes the place of the one before.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) => {
            into.resize(from.len(), Value::Null);
            into.iter_mut().zip(from).for_each(|(into, from)| merge(into, from));
        }
        (into, from) => *into = from,
    }
}
