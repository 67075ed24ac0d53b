//! Normal form of a flattened schema: scalar, list, map, object with properties, or string enum.

use serde_json::{Map, Value, json};

use super::keywords::{ANNOTATIONS, TYPE_KEYWORDS};
use super::locations::location;
use super::schemas::Normaliser;
use super::unions;
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::text;

impl Normaliser<'_> {
    /// Returns the normal form of a flattened schema.
    pub fn form(&mut self, mut flat: Map<String, Value>) -> Result<Value> {
        if let Some(form) = unions::form(self, &mut flat)? {
            return Ok(form);
        }
        let schema = Value::Object(flat.clone());
        let kind = match text(&schema, "type") {
            Some(kind) => kind.to_owned(),
            None => inferred(&flat).unwrap_or_default().to_owned(),
        };
        if let Some(form) = self.enumeration(&mut flat, &kind)? {
            return Ok(form);
        }
        let mut form: Map<String, Value> = flat
            .iter()
            .filter(|(key, _)| ANNOTATIONS.contains(&key.as_str()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        let mut keep = |keys: &[&str]| {
            for key in keys {
                if let Some(value) = flat.get(*key) {
                    form.insert((*key).into(), value.clone());
                }
            }
        };
        match kind.as_str() {
            "string" => keep(&["format", "minLength", "maxLength"]),
            "number" => keep(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]),
            "integer" => keep(&["format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]),
            "array" => keep(&["minItems", "maxItems"]),
            _ => {}
        }
        if !kind.is_empty() {
            form.insert("type".into(), kind.as_str().into());
        }
        match kind.as_str() {
            "array" => {
                let items = flat.get("items").cloned().unwrap_or_else(|| json!({}));
                form.insert("items".into(), self.schema(&items)?);
            }
            "object" => self.object(&flat, &mut form)?,
            _ => {}
        }
        Ok(Value::Object(form))
    }

    fn object(&mut self, flat: &Map<String, Value>, form: &mut Map<String, Value>) -> Result<()> {
        let mut properties = Map::new();
        for (name, property) in flat.get("properties").and_then(Value::as_object).into_iter().flatten() {
            // `false` and `{not: {}}` say that there is no such property.
            if *property == false
                || property["not"] == json!({}) && !TYPE_KEYWORDS.iter().any(|key| property.get(key).is_some())
            {
                continue;
            }
            properties.insert(name.clone(), self.schema(property)?);
        }
        let required: Vec<&str> =
            flat.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let has_own = !properties.is_empty();
        for name in &required {
            // A required property without a schema may be any JSON.
            if has_own && !properties.contains_key(*name) {
                properties.insert((*name).to_owned(), json!({}));
            }
        }
        let others = match flat.get("additionalProperties") {
            Some(Value::Object(_)) => Some(self.schema(&flat["additionalProperties"])?),
            Some(Value::Bool(true)) => Some(json!({})),
            Some(Value::Bool(false)) => Some(false.into()),
            _ => None,
        };
        if !properties.is_empty() {
            form.insert("properties".into(), properties.into());
            if !required.is_empty() {
                form.insert("required".into(), required.into());
            }
        }
        // An object without properties that allows no others is an empty map.
        let others = others.filter(|others| has_own || *others != false);
        if let Some(others) = others {
            form.insert("additionalProperties".into(), others);
        }
        Ok(())
    }

    /// Returns the normal form of an enum: a string enum, or for other values their type, with the values listed in
    /// the description, so that new values are accepted.
    fn enumeration(&mut self, flat: &mut Map<String, Value>, kind: &str) -> Result<Option<Value>> {
        let Some(Value::Array(values)) = flat.shift_remove("enum") else { return Ok(None) };
        let schema = Value::Object(flat.clone());
        if values.contains(&Value::Null) {
            flat.insert("nullable".into(), true.into());
        }
        let listed: Vec<&Value> = values.iter().filter(|value| !value.is_null()).collect();
        let fits = |value: &&Value| match kind {
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            _ => true,
        };
        if let Some(index) = values.iter().position(|value| !value.is_null() && !fits(&value)) {
            let word = if kind == "string" { "text" } else { kind };
            return Err(Diagnostic::at(
                format!("{}/enum/{index}", location(&schema)),
                format!(
                    "the value `{}` is no {word}; remove it in the overlay, or write it as one there",
                    values[index]
                ),
            ));
        }
        let same = |is: fn(&Value) -> bool| !listed.is_empty() && listed.iter().all(|value| is(value));
        let found = match kind {
            "" if same(Value::is_string) => "string",
            "" if same(|value| value.is_i64() || value.is_u64()) => "integer",
            "" if same(Value::is_number) => "number",
            "" if same(Value::is_boolean) => "boolean",
            kind => kind,
        };
        flat.remove("type");
        if !found.is_empty() {
            flat.insert("type".into(), found.into());
        }
        if found == "string" && !listed.is_empty() {
            let mut distinct: Vec<Value> = Vec::new();
            for value in listed {
                if !distinct.contains(value) {
                    distinct.push(value.clone());
                }
            }
            flat.retain(|key, _| ANNOTATIONS.contains(&key.as_str()) || key == "type");
            flat.insert("enum".into(), distinct.into());
            return Ok(Some(Value::Object(std::mem::take(flat))));
        }
        if !listed.is_empty() && !matches!(found, "boolean" if listed.len() == 2) {
            let shown: Vec<String> = listed.iter().map(|value| format!("`{value}`")).collect();
            add_sentence(flat, &format!("One of {}.", shown.join(", ")));
        }
        Ok(None)
    }
}

/// Appends a sentence to a description.
pub fn add_sentence(map: &mut Map<String, Value>, sentence: &str) {
    let description = match map.get("description").and_then(Value::as_str).map(str::trim_end) {
        Some("") | None => sentence.to_owned(),
        Some(text) if text.ends_with(['.', '!', '?']) => format!("{text} {sentence}"),
        Some(text) => format!("{text}. {sentence}"),
    };
    map.insert("description".into(), description.into());
}

/// Returns the type that the keywords of a schema without `type` imply.
fn inferred(flat: &Map<String, Value>) -> Option<&'static str> {
    let has = |keys: &[&str]| keys.iter().any(|key| flat.contains_key(*key));
    if has(&["properties", "additionalProperties"]) || flat.get("required").is_some_and(Value::is_array) {
        Some("object")
    } else if has(&["items"]) {
        Some("array")
    } else if flat.contains_key("enum") {
        None
    } else if has(&["minLength", "maxLength", "pattern"]) {
        Some("string")
    } else if let Some(format) = flat.get("format").and_then(Value::as_str) {
        match format {
            "int32" | "int64" | "uint32" | "uint64" => Some("integer"),
            "float" | "double" => Some("number"),
            _ => Some("string"),
        }
    } else {
        None
    }
}
