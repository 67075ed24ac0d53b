//! Invariants for any document: refusals have a location, and generated code is valid Rust without duplicate names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use syn::{Fields, ImplItem, Item};

use crate::codegen::features;
use crate::commands::scratch;
use crate::commands::stages::{DocumentOutcome, GeneratedCode};
use crate::diagnostic::Diagnostic;
use crate::spec::document::object;

/// Returns the violated invariants, and the files of the code.
pub fn violations(document: &Value, outcome: &DocumentOutcome) -> (Vec<String>, Vec<(String, String)>) {
    let mut violations: Vec<String> =
        outcome.refusals.iter().filter_map(|diagnostic| check_location(document, diagnostic)).collect();
    // The earlier stages must refuse whatever the generator can't handle.
    let failed = outcome.refusals.iter().filter(|diagnostic| diagnostic.message().starts_with("the generator "));
    violations.extend(failed.map(ToString::to_string));
    let Some(code) = &outcome.code else { return (violations, Vec::new()) };
    let files = match scratch::files(code, String::new()) {
        Ok(files) => files,
        Err(diagnostic) => {
            violations.extend(check_location(document, &diagnostic));
            return (violations, Vec::new());
        }
    };
    violations.extend(duplicate_names(code, &files));
    (violations, files)
}

/// Returns an error unless the pointer of a refusal leads into the document; its last key may be missing there.
fn check_location(document: &Value, diagnostic: &Diagnostic) -> Option<String> {
    if diagnostic.file().is_none() {
        return Some(format!("a refusal without a file: {diagnostic}"));
    }
    let Some(pointer) = diagnostic.pointer() else { return Some(format!("a refusal without a pointer: {diagnostic}")) };
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    let leads = document.pointer(pointer).is_some() || document.pointer(parent).is_some();
    (!leads).then(|| format!("a refusal whose pointer leads nowhere: {diagnostic}"))
}

/// Names by scope.
#[derive(Default)]
struct Scopes {
    scopes: BTreeMap<String, BTreeSet<String>>,
    violations: Vec<String>,
}

impl Scopes {
    fn add(&mut self, scope: &str, name: impl ToString) {
        let name = name.to_string();
        let name = name.trim_start_matches("r#").to_owned();
        if !self.scopes.entry(scope.to_owned()).or_default().insert(name.clone()) {
            self.violations.push(format!("`{name}` stands twice in {scope}"));
        }
    }

    fn count(&self, scope: &str) -> usize {
        self.scopes.get(scope).map_or(0, BTreeSet::len)
    }
}

fn duplicate_names(code: &GeneratedCode, files: &[(String, String)]) -> Vec<String> {
    let mut scopes = Scopes::default();
    for operation in &code.ir.operations {
        scopes.add("the ids of operations", &operation.id);
    }
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".rs")) {
        let parsed = match syn::parse_file(text) {
            Ok(parsed) => parsed,
            Err(error) => {
                scopes.violations.push(format!("{path} is no Rust: {error}"));
                continue;
            }
        };
        // The files of a folder share a namespace, except for the calls of each tag.
        let folder = match path.rsplit_once('/') {
            Some((folder, _)) if folder.ends_with("/types") || folder.ends_with("/builders") => folder,
            _ => path.as_str(),
        };
        for item in parsed.items {
            add_item(item, folder, &mut scopes);
        }
    }
    if let Err(error) = toml::from_str::<toml::Table>(&features::list(&code.ir)) {
        scopes.violations.push(format!("the features are no manifest: {error}"));
    }
    let methods = scopes.count("the methods of Client in any file");
    // Beside those of the operations there are `builder`, `request`, `operation`, and for each credential one that makes
    // another client.
    let credentials = object(&code.document.value["components"], "securitySchemes").count();
    if methods != code.ir.operations.len() + 3 + credentials {
        scopes.violations.push(format!("{} operations have {methods} methods", code.ir.operations.len()));
    }
    scopes.violations
}

fn add_item(item: Item, folder: &str, scopes: &mut Scopes) {
    match item {
        Item::Struct(item) => {
            scopes.add(folder, &item.ident);
            let Fields::Named(fields) = item.fields else { return };
            for field in fields.named {
                let Some(ident) = field.ident else { continue };
                scopes.add(&format!("the fields of {folder}::{}", item.ident), &ident);
                scopes.add(&format!("the wire's names of {folder}::{}", item.ident), wire_name(&field.attrs, &ident));
            }
        }
        Item::Enum(item) => {
            scopes.add(folder, &item.ident);
            for variant in item.variants {
                scopes.add(&format!("the variants of {folder}::{}", item.ident), &variant.ident);
            }
        }
        Item::Type(item) => scopes.add(folder, &item.ident),
        Item::Const(item) => scopes.add(folder, &item.ident),
        Item::Static(item) => scopes.add(folder, &item.ident),
        Item::Mod(item) => scopes.add(&format!("the modules of {folder}"), &item.ident),
        Item::Impl(item) if item.trait_.is_none() => {
            let syn::Type::Path(of) = *item.self_ty else { return };
            let of = of.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
            // A component may have the same name.
            let of_types = folder.ends_with("/types") || folder.ends_with("/builders");
            let place = if of == "Client" && !of_types { "any file" } else { folder };
            for inside in item.items {
                match inside {
                    ImplItem::Fn(method) => {
                        scopes.add(&format!("the methods of {of} in {place}"), &method.sig.ident);
                        let arguments = format!("the arguments of {}::{of}::{}", folder, method.sig.ident);
                        for argument in &method.sig.inputs {
                            if let syn::FnArg::Typed(argument) = argument
                                && let syn::Pat::Ident(argument) = &*argument.pat
                            {
                                scopes.add(&arguments, &argument.ident);
                            }
                        }
                    }
                    ImplItem::Const(constant) => {
                        scopes.add(&format!("the constants of {of} in {place}"), &constant.ident);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Returns the name that serde uses for a field.
fn wire_name(attributes: &[syn::Attribute], ident: &syn::Ident) -> String {
    let mut name = ident.to_string();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // Other keys may have values of any form.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = meta.value()?.parse::<syn::LitStr>()?.value();
            } else if let Ok(value) = meta.value() {
                value.parse::<syn::Expr>()?;
            }
            Ok(())
        });
    }
    name
}
