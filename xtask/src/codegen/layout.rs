//! Stage 8: formats the generated code and arranges it in files.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use quote::format_ident;
use syn::parse_quote;

use super::call_examples::Examples;
use super::cases::{Table, cases};
use super::client::{client, secret_setter};
use super::error_body::error_body;
use super::features::{self, EVENTS, SHARED};
use super::ir::Ir;
use super::operations_table;
use super::refine::{Refined, debug, docs, markers};
use super::schema_table::schema_table;
use super::tables;
use crate::diagnostic::Result;
use crate::spec::document::Document;
use crate::workspace::api::Api;
use crate::workspace::files::Output;

/// Paths of the files of one API.
pub struct Layout {
    /// Folder of generated files; all others in it are removed.
    pub generated: PathBuf,
    pub bundle: PathBuf,
    /// API whose crate has an OPERATIONS.md; `None` for a scratch crate.
    pub operations: Option<Api>,
    /// Conformance table to write.
    pub cases: Option<Table>,
    /// Path of the crate in a program that depends on it.
    pub krate: String,
    /// First line of each generated Rust file.
    pub header: String,
}

impl From<&Api> for Layout {
    fn from(api: &Api) -> Self {
        Self {
            generated: api.generated(),
            bundle: api.bundle(),
            operations: Some(api.clone()),
            cases: Some(Table { path: api.cases(), api: api.name().to_owned(), crate_name: api.crate_name() }),
            krate: api.crate_name(),
            header: api.header(),
        }
    }
}

impl Layout {
    /// Generates the examples of the documentation.
    pub fn examples(&self, bundle: &Document, ir: &Ir, refined: &Refined) -> Examples {
        Examples::of(&self.krate, &bundle.value, ir, refined)
    }
}

/// Arranges the generated code of one API in files.
pub fn lay_out(layout: &Layout, bundle: &Document, ir: &Ir, refined: &Refined) -> Result<Output> {
    let mut output = Output::of_folder(layout.generated.clone());
    let pretty = serde_json::to_string_pretty(&bundle.value).unwrap_or_default() + "\n";
    let schemas = schema_table(&bundle.value, &pretty, ir);
    output.add(&layout.bundle, pretty);
    let examples = layout.examples(bundle, ir, refined);
    let header = &layout.header;
    let folder = &layout.generated;
    let mut source = |name: &str, text: &str| {
        output.add(folder.join(name), format!("{header}\n{text}"));
    };
    let client = client(&bundle.value, ir).map_err(|diagnostic| bundle.with_origin(diagnostic))?;
    source("client.rs", &client);
    source("error.rs", &error_body(&bundle.value, &ir.error));
    let about = match &layout.operations {
        Some(_) => "#![doc = include_str!(\"../../OPERATIONS.md\")]",
        None => "//! Operations of the API.",
    };
    source("operations.rs", &format!("{about}\n\n{}", tables::operations(ir)));
    source("schemas.rs", &schemas);
    source("types/enums.rs", &tables::enums(&ir.enums));
    source("types/ids.rs", &tables::ids(&ir.ids));
    let filters = tables::filters(&ir.filters);
    if let Some(filters) = &filters {
        source("types/filters.rs", filters);
    }
    for (tag, items) in &refined.types {
        source(&format!("types/{tag}.rs"), &file("Types", tag, TYPES_USE, items));
    }
    let beside = if filters.is_some() { &["enums", "ids", "filters"][..] } else { &["enums", "ids"] };
    let title = format!("Bodies of requests, answers and events.\n\n{}", debug::RULE);
    source("types/mod.rs", &index(&title, beside, refined.types.keys(), true));
    for (tag, items) in &refined.builders {
        source(&format!("builders/{tag}.rs"), &file("Builders", tag, BUILDERS_USE, &examples.document(items)));
    }
    let title = "Bodies in the making: what `builder()` of a body returns.\n\nA setter takes what converts into its value without \
                 loss: a text as `&str`, `&String` or `String`, an id by value or by reference. A number has the type of its field, \
                 into which a `usize` may not fit.";
    source("builders/mod.rs", &index(title, &[], refined.builders.keys(), true));
    for (tag, items) in &refined.operations {
        source(&format!("calls/{tag}.rs"), &file("Operations", tag, CALLS_USE, &examples.document(items)));
    }
    let title = "Calls in the making, by tag: what the client's methods return, with a setter for each parameter.\n\nA call borrows \
                 its texts, ids and bodies, so their setters take references. A setter of an optional parameter also takes an \
                 `Option`, and that of an optional text `&Option<String>`, too. A number has the type of its parameter, into \
                 which a `usize` may not fit.";
    source("calls/mod.rs", &index(title, &[], refined.operations.keys(), false));
    let all = refined.builders.values().chain(refined.operations.values()).flatten();
    let markers: String = markers(all).iter().map(|name| format!("::api_runtime::__missing!({name});\n")).collect();
    source("missing.rs", &format!("{MISSING}\n{markers}"));
    let events = ir.webhook.as_ref().and_then(|keys| tables::events(ir, keys, &examples));
    if let Some(events) = &events {
        source("webhooks.rs", events);
    }
    let mut index = String::from("//! Everything that is generated.\n\n");
    for name in ["builders", "calls", "client", "error", "missing", "operations", "schemas", "types", "webhooks"] {
        match name {
            "client" | "error" => {
                let _ = writeln!(index, "mod {name};");
                continue;
            }
            "webhooks" if events.is_none() => continue,
            "webhooks" => index.push_str(&features::line(&BTreeSet::from([EVENTS.to_owned()]))),
            _ => {}
        }
        let _ = writeln!(index, "pub mod {name};");
    }
    index.push_str("\npub use client::*;\npub use error::*;\n");
    source("mod.rs", &index);
    if let Some(api) = &layout.operations {
        output.add(api.operations(), operations_table::document(api, ir));
    }
    if let Some(table) = &layout.cases {
        let text = cases(table, secret_setter(&bundle.value).as_deref(), &layout.bundle, ir, refined);
        output.add(&table.path, format!("{header}\n{text}"));
    }
    Ok(output)
}

/// Imports for each kind of file; a file may use only some of them.
const TYPES_USE: &str = "use ::api_runtime::{Base64, Secret, Timestamp}; use ::std::collections::BTreeMap; \
                         use crate::types::{self, *};";
const BUILDERS_USE: &str = "use ::api_runtime::{Base64, Constraint, IsSet, Secret, Timestamp, Validate, Validator}; \
                            use ::std::collections::BTreeMap; use crate::generated::missing; use crate::types;";
const CALLS_USE: &str = "use ::api_runtime::{EndTheCallWithSendBeforeAwait, Base64, Bytes, CallOptions, FilePart, IsSet, Items, ListStyle, MultipartForm, \
                         ObjectStyle, OptionalText, Page, Pipeline, RawBody, Response, Secret, Sort, Timestamp, paginate}; \
                         use ::std::collections::BTreeMap; use crate::generated::{missing, operations}; use crate::types;";

const MISSING: &str =
    "//! Markers of values that a call or a body lacks, which the compiler names where one is used too early.\n";

fn file(what: &str, tag: &str, uses: &str, items: &[syn::Item]) -> String {
    let title =
        if tag == SHARED { format!(" {what} of more than one tag.") } else { format!(" {what} of {}.", words(tag)) };
    let uses: syn::File = syn::parse_str(uses).unwrap_or_else(|_| parse_quote!());
    let mut all: syn::File = parse_quote!(#![doc = #title]);
    for mut item in uses.items {
        if let syn::Item::Use(item) = &mut item {
            item.attrs.push(parse_quote!(#[allow(unused_imports)]));
        }
        all.items.push(item);
    }
    all.items.extend(items.iter().cloned());
    format_file(all)
}

/// Generates a `mod.rs` that re-exports the items of its modules if `flat`, or else makes the modules public.
fn index<'n>(title: &str, always: &[&str], tags: impl Iterator<Item = &'n String>, flat: bool) -> String {
    let always = always.iter().map(|name| (format_ident!("{name}"), Vec::new()));
    let tags = tags.map(|tag| {
        let conditions = if tag == SHARED { Vec::new() } else { features::attributes([tag]) };
        (format_ident!("{tag}"), conditions)
    });
    let (modules, conditions): (Vec<_>, Vec<_>) = always.chain(tags).unzip();
    let about = docs::wrap(title).into_iter().map(|line| if line.is_empty() { line } else { format!(" {line}") });
    format_file(if flat {
        parse_quote! {
            #(#![doc = #about])*
            #(#(#conditions)* mod #modules;)*
            #(#(#conditions)* #[allow(unused_imports)] pub use #modules::*;)*
        }
    } else {
        parse_quote! {
            #(#![doc = #about])*
            #(#(#conditions)* pub mod #modules;)*
        }
    })
}

fn words(tag: &str) -> String {
    tag.replace('_', " ")
}

fn format_file(file: syn::File) -> String {
    // The formatter leaves out the blank line between some items.
    let mut text = prettyplease::unparse(&file);
    for start in ["impl", "#[derive", "pub "] {
        text = text.replace(&format!("\n}}\n{start}"), &format!("\n}}\n\n{start}"));
    }
    text.replace("\n    }\n    ///", "\n    }\n\n    ///")
        .replace("\n}\n///", "\n}\n\n///")
        .replace(";\n///", ";\n\n///")
        .replace(";\nimpl", ";\n\nimpl")
}

/// Returns the number of types, for the summary line.
pub fn count_types(ir: &Ir) -> usize {
    ir.types.len() + ir.enums.len() + ir.ids.len()
}
