//! Outline of the generated public API, read from its source: a changed field, type or signature changes a snapshot,
//! formatting does not.
#![allow(missing_docs)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, Item, Type};

const LONGEST_FILE: usize = 3000;

#[test]
fn outlines() {
    conformance::APIS.iter().for_each(|api| outline(api.name));
}

fn outline(api: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../crates/{api}-api/src/generated"));
    for path in sources(&folder) {
        let name = path.strip_prefix(&folder).expect("it is inside").with_extension("");
        let name = name.to_string_lossy().replace('/', ".");
        let source = fs::read_to_string(&path).expect("it reads");
        assert!(source.lines().count() <= LONGEST_FILE, "{name} has more than {LONGEST_FILE} lines");
        let mut text = String::new();
        for item in syn::parse_file(&source).expect("it is Rust").items {
            describe(&item, &mut text);
        }
        // The table of schemas repeats the bundle, whose changes are reviewed there.
        if text.is_empty() || name == "schemas" {
            continue;
        }
        insta::with_settings!({ snapshot_path => "snapshots/surface", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{api}.{name}"), text);
        });
    }
}

#[test]
fn every_call_and_event_shows_an_example() {
    let mut builders = 0;
    for api in conformance::APIS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../crates/{}-api/src/generated", api.name));
        // The client itself is no call.
        for path in sources(&folder).into_iter().filter(|path| !path.ends_with("client.rs")) {
            let source = fs::read_to_string(&path).expect("it reads");
            let file = syn::parse_file(&source).expect("it is Rust");
            let calls = file.items.iter().flat_map(|item| comments(item, |owner, _| owner == "Client"));
            // The comment of each event stands before its body.
            let mut events: Vec<String> = source.split("(types::").map(ToOwned::to_owned).collect();
            events.truncate(if path.ends_with("generated/webhooks.rs") { events.len() - 1 } else { 0 });
            for comment in calls.chain(events) {
                assert!(has_example(&comment), "{}: {comment}", path.display());
                assert!(comment.contains("Feature `") || !path.to_string_lossy().contains("/calls/"), "{comment}");
            }
            // A body of which the vendor's text has no example shows none.
            let comments = file.items.iter().flat_map(|item| comments(item, |_, method| method == "builder"));
            builders += comments.filter(|comment| has_example(comment)).count();
        }
    }
    assert!(builders >= 40, "{builders} builders have an example");
}

fn has_example(comment: &str) -> bool {
    comment.split_once("```no_run").is_some_and(|(_, example)| example.contains("```"))
}

/// Returns the comments of some methods, chosen by type and name.
fn comments(item: &Item, chosen: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let Item::Impl(block) = item else { return Vec::new() };
    let owner = own_name(&block.self_ty);
    let methods = block.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method) if chosen(&owner, &method.sig.ident.to_string()) => Some(method),
        _ => None,
    });
    let comment = |attributes: &[Attribute]| attributes.iter().map(|a| format!("{}\n", a.to_token_stream())).collect();
    methods.map(|method| comment(&method.attrs)).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it reads").path();
        if path.is_dir() { found.extend(sources(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn describe(item: &Item, text: &mut String) {
    match item {
        Item::Struct(item) if is_public(&item.vis) => {
            if ["Builder", "Call"].iter().any(|kind| item.ident.to_string().ends_with(kind)) {
                return;
            }
            let closed = if has(&item.attrs, "deny_unknown_fields") { ", closed" } else { "" };
            let _ = writeln!(text, "struct {}{closed}", item.ident);
            for field in &item.fields {
                let ident = field.ident.as_ref().map_or_else(|| "0".to_owned(), ToString::to_string);
                let wire = wire_name(&field.attrs).map_or_else(String::new, |wire| format!(" as {wire}"));
                let _ = writeln!(text, "    {ident}: {}{wire}", shown(&field.ty));
            }
        }
        Item::Enum(item) => {
            let _ = writeln!(text, "enum {}", item.ident);
            for variant in &item.variants {
                let fields: Vec<String> = match &variant.fields {
                    Fields::Unit => Vec::new(),
                    fields => fields.iter().map(|field| shown(&field.ty)).collect(),
                };
                let _ = writeln!(text, "    {}({})", variant.ident, fields.join(", "));
            }
        }
        Item::Macro(item) => {
            // Ids and open enums: the definition without its comments.
            let _ = writeln!(text, "{}", without_docs(&item.mac.tokens.to_string()));
        }
        // The setters of a body's builder repeat its fields.
        Item::Impl(block) if block.trait_.is_none() && !is_body_builder(&own_name(&block.self_ty)) => {
            for item in &block.items {
                let ImplItem::Fn(method) = item else { continue };
                if !is_public(&method.vis) {
                    continue;
                }
                let arguments: Vec<String> = method
                    .sig
                    .inputs
                    .iter()
                    .filter_map(|input| match input {
                        syn::FnArg::Typed(typed) => Some(shown(&typed.ty)),
                        syn::FnArg::Receiver(_) => None,
                    })
                    .collect();
                let result = match &method.sig.output {
                    syn::ReturnType::Type(_, ty) if method.sig.ident == "send" => format!(" -> {}", shown(ty)),
                    _ => String::new(),
                };
                let (ty, name) = (own_name(&block.self_ty), &method.sig.ident);
                let _ = writeln!(text, "{ty}.{name}({}){result}", arguments.join(", "));
            }
        }
        Item::Static(item) if item.ident != "ALL" => {
            let row = item.expr.to_token_stream().to_string().replace(" ,", ",").replace(" :", ":").replace(" . ", ".");
            let _ = writeln!(text, "{row}");
        }
        Item::Const(item) if is_public(&item.vis) => {
            let _ = writeln!(text, "{} = {}", item.ident, item.expr.to_token_stream());
        }
        _ => {}
    }
}

fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

fn is_body_builder(name: &str) -> bool {
    name.ends_with("Builder") && name != "ClientBuilder"
}

/// Returns the name of a type without its parameters.
fn own_name(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default(),
        other => shown(other),
    }
}

fn has(attributes: &[Attribute], word: &str) -> bool {
    attributes.iter().any(|attribute| attribute.to_token_stream().to_string().contains(word))
}

fn wire_name(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| {
        let text = attribute.to_token_stream().to_string();
        Some(text.split_once("rename = ")?.1.split('"').nth(1)?.to_owned())
    })
}

fn shown(ty: &Type) -> String {
    ty.to_token_stream().to_string().replace(' ', "").replace("'c", "")
}

fn without_docs(tokens: &str) -> String {
    let file: proc_macro2::TokenStream = tokens.parse().expect("it was Rust");
    let mut text = String::new();
    let mut tokens = file.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            proc_macro2::TokenTree::Punct(punct) if punct.as_char() == '#' => {
                // Doc comment of the definition.
                tokens.next();
            }
            proc_macro2::TokenTree::Group(group) => {
                let _ = write!(text, "{{ {}}}", without_docs(&group.stream().to_string()));
            }
            proc_macro2::TokenTree::Punct(punct) if punct.as_char() == ',' => text.push_str(", "),
            other => {
                let _ = write!(text, "{other} ");
            }
        }
    }
    text
}
