//! Objects of the spec's examples by their type.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use syn::Type;

use super::code::{Code, Kind};
use crate::codegen::ir::Ir;
use crate::codegen::refine::{Refined, Source};

/// Depth of the objects that are looked into.
const DEPTH: usize = 8;

/// A JSON object.
pub type Object = Map<String, Value>;

/// Objects by the name of their type, in the order of the document.
pub type Objects<'v> = BTreeMap<String, Vec<&'v Object>>;

/// Collects the objects that are or stand in the bodies of the operations.
pub fn of_bodies<'v>(code: &Code, bundle: &'v Value, ir: &Ir, refined: &Refined) -> Objects<'v> {
    let mut found = Objects::new();
    for operation in &ir.operations {
        let signature = refined.signatures.get(&operation.id);
        let argument = signature.and_then(|s| s.arguments.iter().find(|argument| argument.source == Source::Body));
        let Some(ty) = argument.and_then(|argument| syn::parse_str(&argument.ty).ok()) else { continue };
        for example in operation.body.iter().flat_map(|body| &body.examples) {
            if let Some(json) = bundle.pointer(&example.pointer) {
                collect(code, &ty, json, 0, &mut found);
            }
        }
    }
    found
}

/// Sorts the objects inside a body by their types.
fn collect<'v>(code: &Code, ty: &Type, json: &'v Value, depth: usize, found: &mut Objects<'v>) {
    if depth > DEPTH {
        return;
    }
    match (code.kind(ty), json) {
        (Kind::Optional(ty) | Kind::Boxed(ty), json) => collect(code, ty, json, depth, found),
        (Kind::List(ty), Value::Array(items)) => {
            items.iter().for_each(|item| collect(code, ty, item, depth + 1, found));
        }
        (Kind::Struct(name), Value::Object(object)) => {
            let Some(setters) = code.structs.get(&name.to_string()).and_then(|known| known.setters.as_ref()) else {
                return;
            };
            found.entry(name.to_string()).or_default().push(object);
            for (wire, value) in object {
                if let Some(setter) = setters.get(wire) {
                    collect(code, &setter.ty, value, depth + 1, found);
                }
            }
        }
        _ => {}
    }
}
