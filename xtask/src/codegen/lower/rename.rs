//! Renaming of components to the names of their Rust types.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{join, rust_name};
use crate::spec::names::{Scope, camel};
use crate::spec::visit::{NodeKind, walk};

const SCHEMAS: &str = "/components/schemas";

/// Names of the renamed components.
pub struct Renamed {
    /// JSON pointer in the bundle, by Rust name.
    pub pointers: BTreeMap<String, String>,
    /// Name in the document, by Rust name.
    pub published: BTreeMap<String, String>,
    /// Scope of type names, in which inline schemas get theirs.
    pub scope: Scope,
}

/// Renames the components and the references to them.
pub fn rename(document: &mut Value) -> Result<Renamed> {
    let mut renamed = Renamed { pointers: BTreeMap::new(), published: BTreeMap::new(), scope: Scope::types() };
    let Some(Value::Object(schemas)) = document.pointer_mut(SCHEMAS).map(Value::take) else {
        document["components"]["schemas"] = Value::Object(Map::new());
        return Ok(renamed);
    };
    let mut new_names: BTreeMap<String, String> = BTreeMap::new();
    // Explicit names first, then names that need no change.
    for (name, schema) in &schemas {
        let Some(rust) = rust_name(schema) else { continue };
        let at = join(&join(SCHEMAS, name), "x-rust-name");
        if camel(rust) != rust {
            return Err(Diagnostic::at(at, format!("`{rust}` would become `{}`; give it that name", camel(rust))));
        }
        if let Some(first) = renamed.pointers.get(rust) {
            return Err(Diagnostic::at(
                at,
                format!("both this and {first} become the Rust type `{rust}`; give one another name"),
            ));
        }
        if !renamed.scope.take(rust) {
            return Err(Diagnostic::at(
                at,
                format!("`{rust}` is the name of another type in the crate; give it another one"),
            ));
        }
        renamed.pointers.insert(rust.to_owned(), join(SCHEMAS, name));
        new_names.insert(name.clone(), rust.to_owned());
    }
    for exact in [true, false] {
        for name in schemas.keys() {
            if !new_names.contains_key(name) && (!exact || camel(name) == *name) {
                let rust = renamed.scope.camel(name);
                renamed.pointers.insert(rust.clone(), join(SCHEMAS, name));
                new_names.insert(name.clone(), rust);
            }
        }
    }
    let mut all = Map::new();
    for (name, schema) in schemas {
        let rust = new_names[&name].clone();
        all.insert(rust.clone(), schema);
        renamed.published.insert(rust, name);
    }
    document["components"]["schemas"] = Value::Object(all);
    let find = |target: &str| new_names.get(&component_key(target)?).map(|rust| format!("#{SCHEMAS}/{rust}"));
    walk(document, "", NodeKind::Object, &mut |value, pointer, kind| {
        if kind == NodeKind::Data {
            return Ok(());
        }
        if let (NodeKind::Schema, Some(Value::Object(mapping))) = (kind, value.pointer_mut("/discriminator/mapping")) {
            for target in mapping.values_mut() {
                let short = target.as_str().map(|name| format!("#{SCHEMAS}/{name}"));
                let found = target.as_str().and_then(find).or_else(|| find(&short?));
                if let Some(found) = found {
                    *target = found.into();
                }
            }
        }
        let Some(Value::String(target)) = value.get_mut("$ref") else { return Ok(()) };
        if !target.starts_with(&format!("#{SCHEMAS}/")) {
            return Ok(());
        }
        match find(target) {
            Some(rust) => *target = rust,
            None => {
                return Err(Diagnostic::at(
                    join(pointer, "$ref"),
                    format!("`{target}` leads nowhere; add the component, or write the schema here"),
                ));
            }
        }
        Ok(())
    })?;
    Ok(renamed)
}

/// Returns the name of the component that a reference leads to.
fn component_key(target: &str) -> Option<String> {
    let name = target.strip_prefix('#')?.strip_prefix(SCHEMAS)?.strip_prefix('/')?;
    let name = percent_encoding::percent_decode_str(name).decode_utf8().ok()?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}
