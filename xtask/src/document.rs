//! A document in the making, and where each part of it came from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::problem::Problem;

/// One file of `specs/`.
#[derive(Debug, Clone)]
pub struct Fragment {
    pub file: PathBuf,
    pub value: Value,
}

/// An OpenAPI document, with the file that each part of it was read from.
#[derive(Debug, Clone)]
pub struct Document {
    pub value: Value,
    pub origins: BTreeMap<String, PathBuf>,
}

impl Document {
    /// Names the file that the problem's pointer leads to.
    pub fn blame(&self, problem: Problem) -> Problem {
        let file = problem.pointer().and_then(|pointer| self.origin(pointer)).map(Path::to_owned);
        match file {
            Some(file) => problem.in_file(&file),
            None => problem,
        }
    }

    fn origin(&self, pointer: &str) -> Option<&Path> {
        self.origins
            .iter()
            .filter(|(prefix, _)| {
                pointer.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(_, file)| file.as_path())
    }
}

/// Appends a key to a JSON pointer (RFC 6901).
pub fn join(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The object at a key, or an empty one.
pub fn object<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

/// The text at a key.
pub fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// The name of the component that a schema is, directly or in a wrapper that only adds words.
pub fn component_name(schema: &Value) -> Option<&str> {
    let target = text(schema, "$ref").or_else(|| match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([only]) => text(only, "$ref"),
        _ => None,
    })?;
    target.strip_prefix("#/components/schemas/")
}

/// The schema itself, or the component that it is.
pub fn component<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    component_name(schema).and_then(|name| document["components"]["schemas"].get(name)).unwrap_or(schema)
}

pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Every operation: pointer, path, method, operation.
pub fn operations(document: &Value) -> impl Iterator<Item = (String, &String, &String, &Value)> {
    object(document, "paths").flat_map(|(path, item)| {
        item.as_object()
            .into_iter()
            .flatten()
            .filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(move |(method, operation)| (join(&join("/paths", path), method), path, method, operation))
    })
}
