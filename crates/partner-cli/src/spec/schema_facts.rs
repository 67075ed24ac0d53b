//! Keywords and types of a schema, through references and compositions.

use api_bundle::Schemas;
use serde_json::Value;

/// Number of schemas within each other that are looked through, so that a circle of them comes to an end.
pub(super) const MAX_DEPTH: usize = 8;

/// Returns the schemas that a schema is composed of.
pub(super) fn parts(schema: &Value) -> impl Iterator<Item = &Value> {
    ["allOf", "oneOf", "anyOf"].iter().filter_map(|composition| schema[*composition].as_array()).flatten()
}

/// Returns the value of a keyword that a schema, or the first one that it is composed of, has.
pub(super) fn keyword<'s>(schemas: &'s Schemas, schema: &'s Value, name: &str) -> Option<&'s Value> {
    keyword_within(schemas, schema, name, MAX_DEPTH)
}

fn keyword_within<'s>(schemas: &'s Schemas, schema: &'s Value, name: &str, depth: usize) -> Option<&'s Value> {
    let inner = depth.checked_sub(1)?;
    if let Some(found) = schema.get(name) {
        return Some(found);
    }
    let resolved = schemas.resolve(schema);
    resolved.get(name).or_else(|| parts(resolved).find_map(|part| keyword_within(schemas, part, name, inner)))
}

/// Returns the properties of which an object has exactly one, from `x-exactly-one`; none if there is no such rule.
pub(crate) fn exactly_one(schemas: &Schemas, schema: &Value) -> Vec<String> {
    let names = keyword(schemas, schema, "x-exactly-one").and_then(|rule| rule["of"].as_array());
    names.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// Returns the format of a text, or an empty one.
pub(crate) fn format<'s>(schemas: &'s Schemas, schema: &'s Value) -> &'s str {
    text(schemas, schema, "format")
}

/// Returns the text of a keyword, or an empty one.
pub(super) fn text<'s>(schemas: &'s Schemas, schema: &'s Value, name: &str) -> &'s str {
    keyword(schemas, schema, name).and_then(Value::as_str).unwrap_or_default()
}

/// Returns the types that a value may have, of each alternative one.
pub(crate) fn types<'s>(schemas: &'s Schemas, schema: &'s Value) -> Vec<&'s str> {
    let mut types = Vec::new();
    collect_types(schemas, schema, MAX_DEPTH, &mut types);
    types
}

fn collect_types<'s>(schemas: &'s Schemas, schema: &'s Value, depth: usize, types: &mut Vec<&'s str>) {
    let Some(inner) = depth.checked_sub(1) else { return };
    let schema = schemas.resolve(schema);
    if let Some(own) = schema["type"].as_str() {
        if !types.contains(&own) {
            types.push(own);
        }
        return;
    }
    parts(schema).for_each(|part| collect_types(schemas, part, inner, types));
}
