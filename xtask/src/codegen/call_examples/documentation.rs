//! Examples of one API, and the comments that they are added to.

use std::collections::BTreeMap;

use serde_json::Value;
use syn::{ImplItem, Item, Type, parse_quote};

use super::code::Code;
use super::example::Example;
use super::{body, call, event, objects};
use crate::codegen::ir::Ir;
use crate::codegen::refine::Refined;

/// Examples of one API.
pub struct Examples {
    /// Calls by the id of the operation.
    pub(super) calls: BTreeMap<String, Example>,
    /// Builders by the type that is built.
    pub(super) bodies: BTreeMap<String, Example>,
    /// Match arms by the name of the event.
    events: BTreeMap<String, Example>,
}

impl Examples {
    /// Writes the examples. `krate` is the path of the crate in a program that depends on it.
    pub fn of(krate: &str, bundle: &Value, ir: &Ir, refined: &Refined) -> Self {
        let code = Code::of(ir, refined);
        let all = objects::of_bodies(&code, bundle, ir, refined);
        let calls = ir.operations.iter().filter_map(|operation| {
            let signature = refined.signatures.get(&operation.id)?;
            Some((operation.id.clone(), call::call(&code, &all, krate, bundle, operation, signature)?))
        });
        let events = ir
            .events
            .iter()
            .filter(|_| ir.webhook.is_some())
            .filter_map(|event| Some((event.name.clone(), event::event(&code, krate, bundle, event)?)));
        Self { calls: calls.collect(), bodies: body::bodies(&code, &all, krate), events: events.collect() }
    }

    /// Adds the examples to the methods that start calls and to those that start builders.
    pub fn document(&self, items: &[Item]) -> Vec<Item> {
        items.iter().cloned().map(|item| self.documented(item)).collect()
    }

    fn documented(&self, mut item: Item) -> Item {
        let Item::Impl(block) = &mut item else { return item };
        let Type::Path(path) = &*block.self_ty else { return item };
        let Some(owner) = path.path.segments.last().map(|last| last.ident.to_string()) else { return item };
        for method in &mut block.items {
            let ImplItem::Fn(method) = method else { continue };
            let name = method.sig.ident.to_string();
            let example = match name.as_str() {
                _ if path.path == parse_quote!(crate::Client) => self.calls.get(&name),
                "builder" => self.bodies.get(&owner),
                _ => None,
            };
            let at = method.attrs.iter().take_while(|attribute| attribute.path().is_ident("doc")).count();
            method.attrs.splice(at..at, example.into_iter().flat_map(Example::attributes));
        }
        item
    }

    /// Returns the lines of a comment that show the match arm of an event; none if it has no example.
    pub fn of_event(&self, name: &str) -> Vec<String> {
        self.events.get(name).map(Example::documentation).unwrap_or_default()
    }

    /// Writes every example as a function, for a crate that is compiled to check them.
    pub fn functions(&self) -> String {
        let all = self.calls.values().chain(self.bodies.values()).chain(self.events.values());
        let modules = all.enumerate().map(|(index, example)| {
            format!("#[allow(deprecated, unused)]\nmod example_{index} {{\npub {}}}\n\n", example.function())
        });
        modules.collect()
    }
}
