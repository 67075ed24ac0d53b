//! References to other parts of the document than its components.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{REF, join, object, text};
use crate::spec::names::{Scope, camel};
use crate::spec::visit::{NodeKind, walk};

/// Turns each referenced schema into a component, and replaces each reference to a path item by its content. Adds the
/// pointer of each copy and of its original to `moved`.
pub fn resolve_into_components(document: &mut Value, moved: &mut Vec<(String, String)>) -> Result<()> {
    path_items(document, moved)?;
    let mut definitions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    walk(document, "", NodeKind::Object, &mut |value, pointer, kind| {
        if kind == NodeKind::Schema {
            for key in ["$defs", "definitions"] {
                for (name, _) in object(value, key) {
                    let at = join(&join(pointer, key), name);
                    definitions.entry(format!("#/{key}/{name}")).or_default().push(at);
                }
            }
        }
        Ok(())
    })?;
    let mut names = Scope::types();
    for (name, _) in object(&document["components"], "schemas") {
        names.reserve(&camel(name));
    }
    let mut made: BTreeMap<String, String> = BTreeMap::new();
    // A copy may hold references of its own.
    loop {
        let mut wanted = Vec::new();
        walk(document, "", NodeKind::Object, &mut |value, pointer, kind| {
            if let (NodeKind::Schema, Some(target)) = (kind, text(value, "$ref"))
                && let Some(from) = deep_target(target, &definitions)
            {
                wanted.push((pointer.to_owned(), from));
            }
            Ok(())
        })?;
        if wanted.is_empty() {
            return Ok(());
        }
        for (pointer, from) in wanted {
            let name = match made.get(&from) {
                Some(name) => name.clone(),
                None => {
                    let copy = document.pointer(&from).cloned().ok_or_else(|| {
                        Diagnostic::at(
                            join(&pointer, "$ref"),
                            format!("`#{from}` leads nowhere; write the schema here instead"),
                        )
                    })?;
                    let name = names.camel(&words(&from));
                    document["components"]["schemas"][&name] = copy;
                    moved.push((join("/components/schemas", &name), from.clone()));
                    made.insert(from, name.clone());
                    name
                }
            };
            if let Some(schema) = document.pointer_mut(&pointer) {
                schema["$ref"] = format!("{REF}{name}").into();
            }
        }
    }
}

/// Returns the target pointer of a reference, unless it is a component.
fn deep_target(target: &str, definitions: &BTreeMap<String, Vec<String>>) -> Option<String> {
    if let Some([only]) = definitions.get(target).map(Vec::as_slice) {
        return Some(only.clone());
    }
    let pointer = target.strip_prefix('#')?;
    let component = target.strip_prefix(REF).is_some_and(|name| !name.contains('/'));
    (!component && pointer.starts_with('/')).then(|| pointer.to_owned())
}

/// Returns the segments of a pointer that identify a schema, joined.
fn words(pointer: &str) -> String {
    let parts: Vec<&str> = pointer
        .split('/')
        .filter(|part| {
            !matches!(
                *part,
                "" | "components" | "schemas" | "properties" | "$defs" | "definitions" | "schema" | "paths" | "content"
            )
        })
        .collect();
    parts.join("_").replace("~1", "_").replace("~0", "_")
}

/// Replaces references to path items by their content.
fn path_items(document: &mut Value, moved: &mut Vec<(String, String)>) -> Result<()> {
    for root in ["paths", "webhooks", "x-webhooks"] {
        let found: Vec<(String, String)> = object(document, root)
            .filter_map(|(path, item)| Some((path.clone(), text(item, "$ref")?.to_owned())))
            .collect();
        for (path, target) in found {
            let at = join(&join(&format!("/{root}"), &path), "$ref");
            let item = target.strip_prefix('#').and_then(|pointer| document.pointer(pointer)).cloned();
            let Some(Value::Object(item)) = item.filter(|item| item.get("$ref").is_none()) else {
                return Err(Diagnostic::at(at, format!("`{target}` leads to no path item; write it here instead")));
            };
            let Some(own) = document[root][&path].as_object_mut() else { continue };
            own.shift_remove("$ref");
            for (key, value) in item {
                if !own.contains_key(&key) {
                    let into = join(&join(&format!("/{root}"), &path), &key);
                    moved.push((into, join(target.trim_start_matches('#'), &key)));
                    own.insert(key, value);
                }
            }
        }
    }
    if document.get("components").is_none() {
        return Ok(());
    }
    // Copies of referenced schemas are added to this map.
    if document["components"].get("schemas").is_none() && document["components"].is_object() {
        document["components"]["schemas"] = json!({});
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_is_referred_to_becomes_a_component() {
        let mut document = json!({
            "paths": {"/a": {"$ref": "#/components/pathItems/A"}},
            "components": {
                "pathItems": {"A": {"get": {"operationId": "a"}}},
                "schemas": {
                    "Ship": {"properties": {"crew": {"type": "array", "items": {"$ref": "#/components/schemas/Ship/properties/crew"}}}},
                    "Fleet": {"properties": {"first": {"$ref": "#/$defs/Boat"}}, "$defs": {"Boat": {"type": "string"}}},
                    "Other": {"properties": {"crew": {"$ref": "#/components/schemas/Ship/properties/crew"}}},
                },
            },
        });
        let mut moved = Vec::new();
        resolve_into_components(&mut document, &mut moved).expect("all lead somewhere");
        assert_eq!(document["paths"]["/a"]["get"]["operationId"], "a");
        assert_eq!(moved[0], ("/paths/~1a/get".to_owned(), "/components/pathItems/A/get".to_owned()));
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Other"]["properties"]["crew"]["$ref"], "#/components/schemas/ShipCrew");
        assert_eq!(schemas["ShipCrew"]["items"]["$ref"], "#/components/schemas/ShipCrew");
        assert_eq!(schemas["Fleet"]["properties"]["first"]["$ref"], "#/components/schemas/FleetBoat");
        assert_eq!(schemas["FleetBoat"], json!({"type": "string"}));
        assert!(
            moved.contains(&("/components/schemas/FleetBoat".into(), "/components/schemas/Fleet/$defs/Boat".into()))
        );
    }

    #[test]
    fn a_reference_that_leads_nowhere_has_a_place() {
        let mut document =
            json!({"components": {"schemas": {"A": {"items": {"$ref": "#/components/schemas/B/items"}}}}});
        let diagnostic =
            resolve_into_components(&mut document, &mut Vec::new()).expect_err("it leads nowhere").to_string();
        assert!(
            diagnostic.starts_with("at /components/schemas/A/items/$ref: `#/components/schemas/B/items` leads nowhere"),
            "{diagnostic}"
        );
    }
}
