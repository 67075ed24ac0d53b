//! Secrets in a value: the fields that a schema calls a password, and unknown fields with the name of one.

use serde_json::{Value, json};

use crate::Schemas;
use crate::pointer::escape_token;

/// Text in the place of a secret that is not shown.
pub const MASK: &str = "***";

/// Parts of the names of fields that no schema knows, and that are taken for secrets.
const SECRET_NAMES: [&str; 5] = ["password", "secret", "token", "api_key", "apikey"];

impl Schemas {
    /// Returns `true` if a schema, or one that it is composed of, has `format: password`.
    pub fn is_secret(&self, schema: &Value) -> bool {
        let schema = self.resolve(schema);
        let composed = ["allOf", "anyOf", "oneOf"].iter().filter_map(|keyword| schema[*keyword].as_array()).flatten();
        schema["format"] == "password" || composed.into_iter().any(|part| self.is_secret(part))
    }

    /// Calls a function with each secret of a value and its JSON pointer. A secret is a value other than `null` whose schema
    /// [`is_secret`](Self::is_secret), or that no schema knows and whose name is that of a password, a token or a key.
    pub fn visit_secrets(&self, schema: &Value, value: &mut Value, visit: &mut dyn FnMut(&str, &mut Value)) {
        self.visit_members(schema, value, "", visit);
    }

    fn visit_members(&self, schema: &Value, value: &mut Value, at: &str, visit: &mut dyn FnMut(&str, &mut Value)) {
        match value {
            Value::Object(fields) => {
                for (name, member) in fields {
                    self.visit_member(schema, name, member, at, visit);
                }
            }
            Value::Array(items) => {
                for (index, member) in items.iter_mut().enumerate() {
                    self.visit_member(schema, &index.to_string(), member, at, visit);
                }
            }
            _ => {}
        }
    }

    fn visit_member(
        &self,
        schema: &Value,
        name: &str,
        member: &mut Value,
        at: &str,
        visit: &mut dyn FnMut(&str, &mut Value),
    ) {
        let pointer = format!("{at}/{}", escape_token(name));
        let known = self.member(schema, name);
        // A schema that says nothing knows no field either.
        let is_secret = match known.as_ref().filter(|known| known.as_object().is_some_and(|known| !known.is_empty())) {
            Some(known) => self.is_secret(known),
            None => SECRET_NAMES.iter().any(|secret| name.to_lowercase().contains(secret)),
        };
        if is_secret && !member.is_null() {
            visit(&pointer, member);
        } else {
            self.visit_members(&known.unwrap_or_else(|| json!({})), member, &pointer, visit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_by_schema_and_unknown_ones_by_name() {
        let schemas = Schemas::of(&json!({"components": {"schemas": {
            "Key": {"type": "object", "properties": {
                "id": {"type": "string"},
                "token_type": {"type": "string"},
                "value": {"allOf": [{"type": "string", "format": "password"}]},
                "more/less": {"type": "array", "items": {"$ref": "#/components/schemas/Key"}},
            }},
        }}}));
        let mut value = json!({
            "id": "a", "token_type": "b", "value": "s3cret",
            "more/less": [{"value": null, "id": "c"}, {"value": "s3cret"}],
        });
        let mut found = Vec::new();
        let key = json!({"$ref": "#/components/schemas/Key"});
        schemas.visit_secrets(&key, &mut value, &mut |pointer, secret| {
            found.push((pointer.to_owned(), secret.take()));
        });
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        assert_eq!(
            found,
            [("/more~1less/1/value".to_owned(), json!("s3cret")), ("/value".to_owned(), json!("s3cret"))]
        );

        let mut unknown = json!({"my_token": 7, "more": {"API_KEY": {"a": 1}, "value": 1}, "none": null});
        schemas.visit_secrets(&json!({}), &mut unknown, &mut |_, secret| *secret = "***".into());
        assert_eq!(unknown, json!({"my_token": "***", "more": {"API_KEY": "***", "value": 1}, "none": null}));
    }
}
