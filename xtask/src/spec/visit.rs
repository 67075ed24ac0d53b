//! Traversal of a document by the kind of each value: OpenAPI object, schema, map, or data.

use serde_json::Value;

use super::document::join;
use crate::diagnostic::Result;

/// Kind of a value in an OpenAPI document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// An OpenAPI object, or a list of them.
    Object,
    /// A schema.
    Schema,
    /// A map from names to OpenAPI objects.
    Map,
    /// A map from names to schemas, or a list of schemas.
    SchemaMap,
    /// Data, whose structure OpenAPI does not define.
    Data,
}

fn child(kind: NodeKind, key: &str) -> NodeKind {
    match (kind, key) {
        (NodeKind::Data, _) => NodeKind::Data,
        (NodeKind::Map, _) => NodeKind::Object,
        (NodeKind::SchemaMap, _) => NodeKind::Schema,
        (NodeKind::Object, "x-webhooks" | "webhooks" | "pathItems" | "parameters") => NodeKind::Map,
        (_, "example" | "default" | "enum" | "const" | "value") => NodeKind::Data,
        (NodeKind::Schema, "examples") => NodeKind::Data,
        (_, key) if key.starts_with("x-") => NodeKind::Data,
        (
            NodeKind::Schema,
            "properties" | "patternProperties" | "$defs" | "definitions" | "allOf" | "anyOf" | "oneOf" | "prefixItems",
        ) => NodeKind::SchemaMap,
        (NodeKind::Schema, "items" | "not" | "additionalProperties") => NodeKind::Schema,
        (NodeKind::Schema, _) => NodeKind::Data,
        (NodeKind::Object, "schema") => NodeKind::Schema,
        (NodeKind::Object, "schemas") => NodeKind::SchemaMap,
        (
            NodeKind::Object,
            "paths" | "responses" | "headers" | "securitySchemes" | "requestBodies" | "examples" | "links" | "content"
            | "callbacks" | "variables" | "encoding" | "mapping" | "scopes",
        ) => NodeKind::Map,
        (NodeKind::Object, _) => NodeKind::Object,
    }
}

/// Calls `f` on every value, parents before children, with its JSON pointer and kind.
pub fn walk(
    value: &mut Value,
    pointer: &str,
    kind: NodeKind,
    f: &mut impl FnMut(&mut Value, &str, NodeKind) -> Result<()>,
) -> Result<()> {
    f(value, pointer, kind)?;
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                walk(value, &join(pointer, key), child(kind, key), f)?;
            }
        }
        Value::Array(list) => {
            // The elements of a list have the kind of the list's owner.
            let kind = match kind {
                NodeKind::SchemaMap => NodeKind::Schema,
                NodeKind::Map => NodeKind::Object,
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
        walk(&mut schema, "", NodeKind::Schema, &mut |_, pointer, kind| {
            if kind == NodeKind::Schema {
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
        walk(&mut document, "", NodeKind::Object, &mut |_, pointer, kind| {
            match kind {
                NodeKind::Schema => schemas.push(pointer.rsplit('/').next().unwrap_or_default().to_owned()),
                NodeKind::Data => data.push(pointer.rsplit('/').next().unwrap_or_default().to_owned()),
                _ => {}
            }
            Ok(())
        })
        .expect("the visitor never fails");
        assert_eq!(schemas, ["schema", "default", "0"]);
        assert_eq!(data, ["type", "example", "x-ray", "value", "x-ray"]);
    }
}
