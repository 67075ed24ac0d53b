//! Stage 7: rewrites the generator's output as the code of the crate.

mod accessors;
mod boxes;
mod builders;
pub mod debug;
pub mod docs;
mod exactly_one;
mod operations;
mod pagination;
mod signature;
pub mod syntax;
mod types;
mod unions;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use syn::visit_mut::{self, VisitMut};

use crate::codegen::ir::Ir;
use crate::diagnostic::{Diagnostic, Result};

pub use builders::markers;
pub use signature::{Argument, Signature, Source};

/// Code of one crate: items by the tag of their file.
pub struct Refined {
    pub types: BTreeMap<String, Vec<syn::Item>>,
    pub builders: BTreeMap<String, Vec<syn::Item>>,
    pub operations: BTreeMap<String, Vec<syn::Item>>,
    pub signatures: BTreeMap<String, Signature>,
}

/// Refines the generator's output.
pub fn refine(tokens: TokenStream, ir: &Ir) -> Result<Refined> {
    let mut file: syn::File =
        syn::parse2(tokens).map_err(|e| Diagnostic::new(format!("the generator wrote what is no Rust: {e}")))?;
    Simplify.visit_file_mut(&mut file);
    let mut type_items = Vec::new();
    let mut methods = Vec::new();
    for item in file.items {
        match item {
            syn::Item::Mod(module) if module.ident == "types" => {
                type_items.extend(module.content.into_iter().flat_map(|(_, items)| items));
            }
            syn::Item::Impl(block) if block.trait_.is_none() => {
                methods.extend(block.items.into_iter().filter_map(|item| match item {
                    syn::ImplItem::Fn(method) if method.sig.asyncness.is_some() => Some(method),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    let (types, builders) = types::refine(type_items, ir)?;
    let (operations, signatures) = operations::refine(methods, &types, ir)?;
    Ok(Refined { types, builders, operations, signatures })
}

/// Shortens the paths of types of the standard library and of the runtime.
struct Simplify;

impl VisitMut for Simplify {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        let short = path.segments.len() > 1 && {
            let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            matches!(
                names[..],
                ["std", "option", "Option", ..]
                    | ["std", "string", "String"]
                    | ["std", "vec", "Vec"]
                    | ["std", "boxed", "Box"]
                    | ["std", "collections", "BTreeMap"]
                    | ["api_runtime", _]
            ) && names.len() <= 3
        };
        if short && let Some(last) = path.segments.pop() {
            path.leading_colon = None;
            path.segments = std::iter::once(last.into_value()).collect();
        } else if path.segments.len() == 3 && path.segments[0].ident == "crate" && path.segments[1].ident == "types" {
            path.segments = path.segments.iter().skip(1).cloned().collect();
        }
        visit_mut::visit_path_mut(self, path);
    }
}
