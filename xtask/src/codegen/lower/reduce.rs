//! Construction of the document that the generator reads.

use heck::ToUpperCamelCase;
use serde_json::{Map, Value, json};

use super::keywords::SUGGESTED_NAME;
use crate::codegen::ir::{BodyKind, Operation, ParameterLocation, Success};
use crate::spec::document::component_name;

/// Name of the error type of every operation, which the crate defines.
pub const API_ERROR: &str = "ApiError";

/// Builds a document in which each operation has one success and one error type. Paths and parameters have their names
/// in Rust; the IR keeps those on the wire.
pub fn reduce(document: &Value, schemas: Map<String, Value>, operations: &[Operation]) -> Value {
    let mut paths = Map::new();
    for operation in operations {
        let parameters: Vec<Value> = operation
            .parameters
            .iter()
            .map(|parameter| {
                let location = match parameter.location {
                    ParameterLocation::Path => "path",
                    ParameterLocation::Query => "query",
                    ParameterLocation::Header => "header",
                };
                json!({"name": parameter.rust, "in": location, "required": parameter.required,
                    "schema": parameter_schema(&parameter.schema)})
            })
            .collect();
        let error = json!({"description": "", "content": {"application/json": {
            "schema": {"$ref": format!("#/components/schemas/{API_ERROR}")}}}});
        let mut reduced = json!({
            "operationId": operation.id,
            "tags": [operation.tag],
            "parameters": parameters,
            "responses": {"200": success(operation), "4XX": error, "5XX": error},
        });
        // The generator does not support multipart forms: their parts are added to the signature later.
        if let Some(body) = operation.body.as_ref().filter(|body| body.kind != BodyKind::Multipart) {
            let name = operation.id.to_upper_camel_case();
            let (media, schema) = match body.kind {
                BodyKind::Json => ("application/json", named(&body.schema, &name)),
                BodyKind::UrlEncoded => ("application/x-www-form-urlencoded", named(&body.schema, &name)),
                _ => ("application/octet-stream", json!({"type": "string", "format": "binary"})),
            };
            reduced["requestBody"] = json!({"required": true, "content": {media: {"schema": schema}}});
        }
        paths.insert(path(operation), json!({&operation.method: reduced}));
    }
    json!({
        "openapi": document["openapi"],
        "info": {"title": "", "version": ""},
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

/// Returns the path of an operation in the document.
pub fn path(operation: &Operation) -> String {
    let mut path = format!("/{}", operation.id);
    for parameter in operation.parameters.iter().filter(|parameter| parameter.location == ParameterLocation::Path) {
        path.push_str(&format!("/{{{}}}", parameter.rust));
    }
    path
}

fn parameter_schema(schema: &Value) -> Value {
    match schema["format"].as_str() {
        // Bytes in a parameter are passed as encoded text.
        Some("byte" | "binary") => json!({"type": "string"}),
        _ => schema.clone(),
    }
}

fn success(operation: &Operation) -> Value {
    match (operation.success, &operation.success_schema) {
        (Success::Json | Success::JsonOrEmpty, Some(schema)) => {
            let schema = named(schema, &format!("{}Result", operation.id.to_upper_camel_case()));
            json!({"description": "", "content": {"application/json": {"schema": schema}}})
        }
        (Success::Text | Success::Raw, _) => {
            json!({"description": "", "content": {"application/octet-stream": {"schema": {"type": "string"}}}})
        }
        _ => json!({"description": ""}),
    }
}

/// Adds the preferred type name to an inline schema.
fn named(schema: &Value, name: &str) -> Value {
    let mut schema = schema.clone();
    if component_name(&schema).is_none()
        && let Value::Object(map) = &mut schema
    {
        map.entry(SUGGESTED_NAME).or_insert_with(|| name.into());
    }
    schema
}
