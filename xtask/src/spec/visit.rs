//! Walks a document and knows what each value is: a schema, data, or anything else.

use serde_json::Value;

use super::document::join;
use crate::diagnostic::Result;

/// What a value of an OpenAPI document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An object or list of OpenAPI itself.
    Object,
    /// A schema.
    Schema,
    /// A map from names to OpenAPI objects.
    Names,
    /// A map from names to schemas, or a list of schemas.
    Schemas,
    /// Data of the API, which OpenAPI says nothing of.
    Data,
}

fn child(kind: Kind, key: &str) -> Kind {
    match (kind, key) {
        (Kind::Data, _) => Kind::Data,
        (Kind::Names, _) => Kind::Object,
        (Kind::Schemas, _) => Kind::Schema,
        (Kind::Object, "x-webhooks" | "webhooks" | "pathItems" | "parameters") => Kind::Names,
        (_, "example" | "default" | "enum" | "const" | "value") => Kind::Data,
        (Kind::Schema, "examples") => Kind::Data,
        (_, key) if key.starts_with("x-") => Kind::Data,
        (
            Kind::Schema,
            "properties" | "patternProperties" | "$defs" | "definitions" | "allOf" | "anyOf" | "oneOf" | "prefixItems",
        ) => Kind::Schemas,
        (Kind::Schema, "items" | "not" | "additionalProperties") => Kind::Schema,
        (Kind::Schema, _) => Kind::Data,
        (Kind::Object, "schema") => Kind::Schema,
        (Kind::Object, "schemas") => Kind::Schemas,
        (
            Kind::Object,
            "paths" | "responses" | "headers" | "securitySchemes" | "requestBodies" | "examples" | "links" | "content"
            | "callbacks" | "variables" | "encoding" | "mapping" | "scopes",
        ) => Kind::Names,
        (Kind::Object, _) => Kind::Object,
    }
}

/// Calls `f` on every value, parents before children, with its pointer and kind.
pub fn walk(
    value: &mut Value,
    pointer: &str,
    kind: Kind,
    f: &mut impl FnMut(&mut Value, &str, Kind) -> Result<()>,
) -> Result<()> {
    f(value, pointer, kind)?;
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                walk(value, &join(pointer, key), child(kind, key), f)?;
            }
        }
        Value::Array(list) => {
            // A list of OpenAPI objects or of schemas is of the same kind as what it stands for.
            let kind = match kind {
                Kind::Schemas => Kind::Schema,
                Kind::Names => Kind::Object,
                kind => kind,
            };
            for (index, value) in list.iter_mut().enumerate() {
                walk(value, &format!("{pointer}/{index}"), kind, f)?;
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn knows_schemas_by_every_keyword_that_keeps_them() {
        let mut schema = json!({"patternProperties": {"^a": {}}, "$defs": {"b": {}}, "prefixItems": [{}], "items": {}});
        let mut schemas = Vec::new();
        walk(&mut schema, "", Kind::Schema, &mut |_, pointer, kind| {
            if kind == Kind::Schema {
                schemas.push(pointer.to_owned());
            }
            Ok(())
        })
        .expect("the visitor never fails");
        assert_eq!(schemas, ["", "/patternProperties/^a", "/$defs/b", "/prefixItems/0", "/items"]);
    }

    #[test]
    fn tells_schemas_from_data_and_from_names() {
        let mut document = json!({
            "paths": {"/x-files": {"get": {"responses": {"200": {"content": {"application/json": {
                "schema": {"properties": {"default": {"allOf": [{"type": "string"}]}}, "example": {"x-ray": 1}},
                "examples": {"one": {"value": {"x-ray": 2}}},
            }}}}}}},
        });
        let mut schemas = Vec::new();
        let mut data = Vec::new();
        walk(&mut document, "", Kind::Object, &mut |_, pointer, kind| {
            match kind {
                Kind::Schema => schemas.push(pointer.rsplit('/').next().unwrap_or_default().to_owned()),
                Kind::Data => data.push(pointer.rsplit('/').next().unwrap_or_default().to_owned()),
                _ => {}
            }
            Ok(())
        })
        .expect("the visitor never fails");
        assert_eq!(schemas, ["schema", "default", "0"]);
        assert_eq!(data, ["type", "example", "x-ray", "value", "x-ray"]);
    }
}
