//! OpenAPI documents, with the origin of each part, and access to their parts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Warning};

/// Author of a part of a document, which decides how far it is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The vendor's own text: nothing is taken for granted.
    Published,
    /// Text of `overlay.yaml` beside the vendor's.
    Overlay,
    /// Text that was written for this project.
    HandWritten,
}

/// One file of `specs/`.
#[derive(Debug, Clone)]
pub struct Fragment {
    pub file: PathBuf,
    pub value: Value,
    pub trust: Trust,
}

/// Source location of a part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub file: PathBuf,
    /// JSON pointer in that file.
    pub pointer: String,
    pub trust: Trust,
}

/// An OpenAPI document, with the origin of each part of it by JSON pointer.
#[derive(Debug, Clone, Default)]
pub struct Document {
    pub value: Value,
    pub origins: BTreeMap<String, Origin>,
    /// Findings that do not stop the run.
    pub warnings: Vec<Warning>,
    /// Number of examples that were generated from schemas.
    pub made_examples: usize,
}

impl Document {
    /// Adds file and pointer of the source to a diagnostic that points into the document. A location that is assembled
    /// from several files gets the first file that has a part of it, or else the first file of the document.
    pub fn with_origin(&self, diagnostic: Diagnostic) -> Diagnostic {
        let Some(pointer) = diagnostic.pointer().map(ToOwned::to_owned) else { return diagnostic };
        if let Some(origin) = self.origin(&pointer) {
            return diagnostic.relocated(&origin.file, origin.pointer);
        }
        let below = format!("{pointer}/");
        let inside = self.origins.range(below.clone()..).next().filter(|(at, _)| at.starts_with(&below));
        match inside.or_else(|| self.origins.first_key_value()) {
            Some((_, origin)) => diagnostic.relocated(&origin.file, pointer),
            None => diagnostic,
        }
    }

    /// Returns the source location of a pointer; `None` if it is in no file.
    pub fn origin(&self, pointer: &str) -> Option<Origin> {
        let mut prefix = pointer;
        loop {
            if let Some(origin) = self.origins.get(prefix) {
                let rest = &pointer[prefix.len()..];
                return Some(Origin { pointer: format!("{}{rest}", origin.pointer), ..origin.clone() });
            }
            prefix = &prefix[..prefix.rfind('/')?];
        }
    }

    /// Returns the author of the text at a pointer; `HandWritten` if its origin is not known.
    pub fn trust(&self, pointer: &str) -> Trust {
        self.origin(pointer).map_or(Trust::HandWritten, |origin| origin.trust)
    }

    /// Adds a warning about a location in the document.
    pub fn warn(&mut self, kind: &'static str, pointer: &str, message: impl Into<String>) {
        let diagnostic = self.with_origin(Diagnostic::at(pointer, message));
        self.warnings.push(Warning { kind, diagnostic });
    }
}

/// Prefix of a reference to a schema among the components.
pub const REF: &str = "#/components/schemas/";

/// Appends a key to a JSON pointer (RFC 6901).
pub fn join(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Iterates over the object at a key; over nothing if there is none.
pub fn object<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

/// Returns the string at a key.
pub fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// Returns the name of the component that a schema refers to, directly or in an `allOf` whose only part it is.
pub fn component_name(schema: &Value) -> Option<&str> {
    let target = text(schema, "$ref").or_else(|| match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([only]) => text(only, "$ref"),
        _ => None,
    })?;
    target.strip_prefix(REF)
}

/// Returns the component that a schema refers to, or else the schema itself.
pub fn component<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    component_name(schema).and_then(|name| document["components"]["schemas"].get(name)).unwrap_or(schema)
}

/// Returns the name that `x-rust-name` gives a schema.
pub fn rust_name(schema: &Value) -> Option<&str> {
    let name = schema.get("x-rust-name")?;
    name.as_str().or_else(|| text(name, "type"))
}

/// Returns the targets of all references that can be reached from a part of the document, transitively.
pub fn references<'a>(document: &'a Value, part: &'a Value) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![part];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(map) => {
                if let Some(target) = text(value, "$ref").filter(|target| found.insert(*target)) {
                    open.extend(target.strip_prefix('#').and_then(|pointer| document.pointer(pointer)));
                }
                open.extend(map.values());
            }
            Value::Array(list) => open.extend(list),
            _ => {}
        }
    }
    found
}

pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Iterates over all operations: JSON pointer, path, method, operation object.
pub fn operations(document: &Value) -> impl Iterator<Item = (String, &String, &String, &Value)> {
    object(document, "paths").flat_map(|(path, item)| {
        item.as_object()
            .into_iter()
            .flatten()
            .filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(move |(method, operation)| (join(&join("/paths", path), method), path, method, operation))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_no_file_has_alone_is_blamed_on_one_that_has_a_part() {
        let origin = |file: &str, pointer: &str| {
            let origin = Origin { file: file.into(), pointer: pointer.into(), trust: Trust::Published };
            (pointer.to_owned(), origin)
        };
        let origins =
            [origin("a.json", "/info"), origin("b.json", "/paths/~1b/get"), origin("c.json", "/paths/~1c/get")];
        let document = Document { origins: origins.into(), ..Document::default() };
        let located = |pointer: &str| document.with_origin(Diagnostic::at(pointer, "m")).to_string();
        assert_eq!(located("/paths/~1c/get/tags"), "c.json at /paths/~1c/get/tags: m");
        assert_eq!(located("/paths/~1c"), "c.json at /paths/~1c: m");
        assert_eq!(located("/openapi"), "a.json at /openapi: m");
    }
}
