//! Gives components the Rust names that `x-rust-name` says.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use serde_json::{Map, Value};

use crate::document::{join, text};
use crate::problem::{Problem, Result};
use crate::visit::{Kind, walk};

const SCHEMAS: &str = "/components/schemas";

/// The name that `x-rust-name` gives a schema.
pub fn rust_name(schema: &Value) -> Option<&str> {
    let name = schema.get("x-rust-name")?;
    name.as_str().or_else(|| text(name, "type"))
}

/// Renames the components and every reference to them. Returns where each stood in the bundle, by its Rust name.
pub fn rename(document: &mut Value) -> Result<BTreeMap<String, String>> {
    let Some(Value::Object(schemas)) = document.pointer_mut(SCHEMAS).map(Value::take) else {
        document["components"]["schemas"] = Value::Object(Map::new());
        return Ok(BTreeMap::new());
    };
    let mut new_names: BTreeMap<String, String> = BTreeMap::new();
    let mut pointers: BTreeMap<String, String> = BTreeMap::new();
    let mut renamed = Map::new();
    for (name, schema) in schemas {
        let rust = rust_name(&schema).map_or_else(|| name.to_upper_camel_case(), ToOwned::to_owned);
        let pointer = join(SCHEMAS, &name);
        if let Some(first) = pointers.insert(rust.clone(), pointer.clone()) {
            return Err(Problem::at(
                pointer,
                format!("both this and {first} become the Rust type `{rust}`; give one an `x-rust-name`"),
            ));
        }
        renamed.insert(rust.clone(), schema);
        new_names.insert(name, rust);
    }
    document["components"]["schemas"] = Value::Object(renamed);
    walk(document, "", Kind::Object, &mut |value, pointer, kind| {
        if kind == Kind::Data {
            return Ok(());
        }
        let Some(Value::String(target)) = value.get_mut("$ref") else { return Ok(()) };
        let Some(name) = target.strip_prefix("#/components/schemas/") else { return Ok(()) };
        match new_names.get(name) {
            Some(rust) => *target = format!("#/components/schemas/{rust}"),
            None => return Err(Problem::at(pointer, format!("there is no component `{name}`"))),
        }
        Ok(())
    })?;
    Ok(pointers)
}
