//! Types: derives, builders, and a redacting `Debug`.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Fields, Item, ItemStruct, Type, parse_quote};

use super::accessors;
use super::boxes;
use super::builders::{Builder, Member, Setter};
use super::debug;
use super::docs;
use super::exactly_one::Group;
use super::syntax::{derive, inner_type, option_argument};
use super::unions::{Variants, alternatives};
use crate::codegen::features::{self, SHARED};
use crate::codegen::ir::{Decoding, Field, Ir, TypeUse};
use crate::codegen::lower::constraints::{FILE, FORMATS};
use crate::diagnostic::{Diagnostic, Result};

/// Types whose setters take `impl Into<T>`.
const CONVERTED: [&str; 4] = ["String", "Secret", "Timestamp", "Base64"];

type ByTag = BTreeMap<String, Vec<Item>>;

/// Rewrites the types and generates the builders of bodies, by tag.
pub fn refine(items: Vec<Item>, ir: &Ir) -> Result<(ByTag, ByTag)> {
    let (mut by_tag, mut builders) = (ByTag::new(), ByTag::new());
    let uses = &ir.types;
    let variants = Variants::of(&items, ir)?;
    let descriptions = descriptions(&items, ir);
    for mut item in items {
        variants.rename(&mut item);
        match item {
            Item::Struct(item) => {
                let used = used(uses, &item.ident)?;
                let (items, builder) = structure(item, used, ir, &descriptions)?;
                add(&mut by_tag, used, items)?;
                add(&mut builders, used, builder)?;
            }
            Item::Enum(item) => {
                let used = used(uses, &item.ident)?;
                add(&mut by_tag, used, alternatives(item, used, ir)?)?;
            }
            Item::Impl(block) => {
                // Keep the generator's trait impls that all types support.
                let name = block.self_ty.to_token_stream().to_string();
                let of = block
                    .trait_
                    .as_ref()
                    .and_then(|(_, path, _)| path.segments.last())
                    .map(|last| last.ident.to_string());
                let by_property =
                    matches!(ir.unions.get(&name).map(|union| &union.decoding), Some(Decoding::ByProperty { .. }));
                let kept = match of.as_deref() {
                    Some("Display") => !by_property,
                    Some("From" | "Default") => true,
                    _ => false,
                };
                if let Some(used) = uses.get(&name).filter(|_| kept) {
                    add(&mut by_tag, used, vec![Item::Impl(block)])?;
                }
            }
            // Errors of conversions that no generated type has.
            Item::Mod(module) if module.ident == "error" => {}
            other => {
                return Err(Diagnostic::new(format!(
                    "the generator wrote `{}`, which no stage knows; change the schema that it comes from",
                    other.to_token_stream().to_string().chars().take(80).collect::<String>()
                )));
            }
        }
    }
    Ok((by_tag, builders))
}

fn used<'a>(uses: &'a BTreeMap<String, TypeUse>, name: &syn::Ident) -> Result<&'a TypeUse> {
    uses.get(&name.to_string()).ok_or_else(|| {
        Diagnostic::new(format!("the generator made up the type `{name}`; make its schema a component of its own"))
    })
}

/// Adds items to the module of their tag, or gated to the shared module.
fn add(by_tag: &mut ByTag, used: &TypeUse, items: Vec<Item>) -> Result<()> {
    let mut tags = used.tags.iter();
    match (tags.next(), tags.next()) {
        _ if items.is_empty() => {}
        (Some(tag), None) => by_tag.entry(tag.clone()).or_default().extend(items),
        _ => {
            let shared = by_tag.entry(SHARED.to_owned()).or_default();
            for item in items {
                shared.push(features::gate(item, &used.tags)?);
            }
        }
    }
    Ok(())
}

/// Returns what each type is, in one sentence.
fn descriptions(items: &[Item], ir: &Ir) -> BTreeMap<String, String> {
    let enums = ir.enums.iter().map(|open| (open.name.clone(), open.description.clone()));
    let ids = ir.ids.iter().map(|id| (id.name.clone(), id.description.clone()));
    let others = items.iter().filter_map(|item| match item {
        Item::Struct(item) => Some((item.ident.to_string(), docs::text(&item.attrs))),
        Item::Enum(item) => Some((item.ident.to_string(), docs::text(&item.attrs))),
        _ => None,
    });
    let all = enums.chain(ids).chain(others);
    all.filter_map(|(name, text)| Some((name, docs::first_sentence(&text)?.to_owned()))).collect()
}

/// Returns the description of a field that has none of its own: that of its type.
fn described_by_type<'d>(field: &syn::Field, descriptions: &'d BTreeMap<String, String>) -> Option<&'d str> {
    let Type::Path(path) = option_argument(&field.ty).unwrap_or(&field.ty) else { return None };
    let last = path.path.segments.last().filter(|segment| segment.arguments.is_none())?;
    descriptions.get(&last.ident.to_string()).map(String::as_str)
}

fn structure(
    mut item: ItemStruct,
    used: &TypeUse,
    ir: &Ir,
    descriptions: &BTreeMap<String, String>,
) -> Result<(Vec<Item>, Vec<Item>)> {
    let name = item.ident.clone();
    let named = matches!(item.fields, Fields::Named(_));
    docs::normalise(&mut item.attrs, &format!("`{name}`, as the vendor sends it."));
    derive(&mut item.attrs);
    if named {
        item.attrs.push(parse_quote!(#[non_exhaustive]));
    }
    for field in &mut item.fields {
        boxes::unbox(field);
        rename(field, &name, ir);
        let known = field_of(field, &name, ir);
        if known.is_some_and(|known| known.clearable) {
            clearable(field);
        }
        if known.is_some_and(|known| known.accessor.is_some()) {
            field.vis = parse_quote!(pub(crate));
        }
        let fallback = match &field.ident {
            Some(_) if is_flattened(field) => "The fields that stand beside these.".to_owned(),
            Some(ident) => match described_by_type(field, descriptions) {
                Some(text) => text.to_owned(),
                None => format!("`{ident}`; the vendor does not describe it."),
            },
            None => String::new(),
        };
        docs::normalise(&mut field.attrs, &fallback);
    }
    docs::add_paragraph(&mut item.attrs, &features::sentence(&used.tags));
    let debug = debug::structure(&item, ir, |field| field_of(field, &name, ir).is_some_and(|known| known.shown));
    let group = if used.request { Group::of(&item, ir) } else { None };
    let alternatives = group.map(|group| group.items(ir)).unwrap_or_default();
    let read = accessors::of(&item, ir, |field| field_of(field, &name, ir)?.accessor.as_deref())?;
    let is_private = |field: &syn::Field| field_of(field, &name, ir).is_some_and(|known| known.accessor.is_some());
    let lists = used.response.then(|| accessors::lists(&item, is_private)).flatten();
    let mut builder = if used.request && named { builder(&item, ir) } else { Vec::new() };
    if used.request {
        builder.extend(limits(&item, ir));
    }
    Ok(([Item::Struct(item), debug].into_iter().chain(read).chain(lists).chain(alternatives).collect(), builder))
}

/// Generates the builder of a body.
fn builder(item: &ItemStruct, ir: &Ir) -> Vec<Item> {
    let name = &item.ident;
    let group = Group::of(item, ir);
    let mut members: Vec<Member> = item
        .fields
        .iter()
        .filter_map(|field| {
            let ident = field.ident.clone()?;
            let known = field_of(field, name, ir);
            if known.is_some_and(|known| known.read_only) || group.as_ref().is_some_and(|group| group.has(&ident)) {
                return None;
            }
            let clearable = known.is_some_and(|known| known.clearable);
            // The map of unknown fields, or a list that is sent even if it is empty.
            let others = is_flattened(field) || known.is_some_and(|known| known.default_empty);
            let (ty, required) = match option_argument(&field.ty) {
                Some(inner) if clearable => (option_argument(inner).unwrap_or(inner).clone(), false),
                Some(inner) => (inner.clone(), false),
                None => (field.ty.clone(), !others),
            };
            let text = ty.to_token_stream().to_string();
            let is_converted = CONVERTED.contains(&text.as_str()) || ir.ids.iter().any(|id| is_named(&ty, &id.name));
            let setter = if is_converted { Setter::Into } else { Setter::Plain };
            let docs = field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect();
            let ty = qualified(ty, ir);
            Some(Member { ident, ty, required, default_empty: others, clearable, setter, docs })
        })
        .collect();
    members.extend(group.as_ref().map(Group::member));
    let builder = Builder {
        name: format_ident!("{name}Builder"),
        docs: docs::lines(&format!("Builds a [`{name}`](types::{name}).")),
        answer: None,
        members,
    };
    let (bounds, start, builder_name) = (builder.bounds(), builder.start(), &builder.name);
    let fields = item.fields.iter().filter_map(|field| {
        let ident = field.ident.as_ref()?;
        let value = match builder.members.iter().find(|member| member.ident == *ident) {
            Some(member) => Builder::value(member),
            // `Default` is `None`, in a box or not.
            None => quote!(Default::default()),
        };
        Some(quote!(#ident: #value))
    });
    let body = quote!(types::#name { #(#fields),* });
    let body = group.as_ref().map_or(body.clone(), |group| group.chosen(&body));
    let mut items: Vec<Item> = vec![parse_quote! {
        impl types::#name {
            /// Starts a body. What is required is checked when it is compiled.
            pub fn builder() -> #builder_name {
                #start
            }
        }
    }];
    items.extend(builder.items(&quote! {
        /// The body.
        pub fn build(self) -> types::#name where #bounds {
            #body
        }
    }));
    items
}

fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name && last.arguments.is_none()))
}

/// Generates the validation of a body's constraints, if it has any.
fn limits(item: &ItemStruct, ir: &Ir) -> Option<Item> {
    let name = &item.ident;
    if !ir.has_constraints(&name.to_string()) {
        return None;
    }
    let wire =
        |field: &syn::Field| field_of(field, name, ir).map_or_else(|| wire_name(field), |known| known.wire.clone());
    let checks = item.fields.iter().filter_map(|field| {
        let ident = field.ident.as_ref()?;
        let wire = wire(field);
        let limits = ir.constraints.get(&(name.to_string(), key(field, name, ir))).into_iter().flatten().map(|limit| {
            if limit.variant == FILE {
                return Some(quote!(validator.file(#wire, &self.#ident);));
            }
            let variant = format_ident!("{}", limit.variant);
            if FORMATS.iter().any(|(_, format)| *format == limit.variant) {
                return Some(quote!(validator.field(#wire, &self.#ident, Constraint::#variant);));
            }
            let number: syn::Expr = syn::parse_str(&number(limit)).ok()?;
            Some(quote!(validator.field(#wire, &self.#ident, Constraint::#variant(#number));))
        });
        let inside = inner_type(&field.ty)
            .filter(|inner| ir.has_constraints(inner))
            .map(|_| quote!(validator.nested(#wire, &self.#ident);));
        Some(quote!(#(#limits)* #inside))
    });
    let one = Group::of(item, ir).map(|group| group.check(wire));
    Some(parse_quote! {
        impl Validate for types::#name {
            fn validate(&self, validator: &mut Validator) {
                #(#checks)*
                #one
            }
        }
    })
}

fn number(constraint: &crate::codegen::ir::Constraint) -> String {
    // Bounds are compared as numbers, lengths are counted.
    match (constraint.variant, constraint.number.as_f64()) {
        ("Minimum" | "Maximum" | "ExclusiveMinimum" | "ExclusiveMaximum", Some(number)) => format!("{number:?}"),
        _ => constraint.number.to_string(),
    }
}

fn wire_name(field: &syn::Field) -> String {
    let renamed = field.attrs.iter().find_map(|attribute| {
        let text = attribute.meta.to_token_stream().to_string();
        let (_, rest) = text.split_once("rename = \"")?;
        Some(rest.split('"').next()?.to_owned())
    });
    renamed.or_else(|| field.ident.as_ref().map(ToString::to_string)).unwrap_or_default()
}

/// Returns `true` for the field that collects unknown properties.
fn is_flattened(field: &syn::Field) -> bool {
    field.attrs.iter().any(|attribute| {
        attribute.path().is_ident("serde") && attribute.meta.to_token_stream().to_string().contains("flatten")
    })
}

/// Renames a field to its Rust name, with its name on the wire as serde attribute.
fn rename(field: &mut syn::Field, ty: &syn::Ident, ir: &Ir) {
    let others = is_flattened(field);
    let key = if others { String::new() } else { wire_name(field) };
    let Some(known) = ir.fields.get(&(ty.to_string(), key)) else { return };
    field.ident = Some(format_ident!("{}", known.rust));
    if others {
        return;
    }
    let renamed = (known.rust != known.wire).then(|| {
        let wire = &known.wire;
        quote!(rename = #wire)
    });
    let mut rest: Vec<TokenStream> = renamed.into_iter().collect();
    let mut at = None;
    let mut index = 0;
    field.attrs.retain(|attribute| {
        if !attribute.path().is_ident("serde") {
            index += 1;
            return true;
        }
        at.get_or_insert(index);
        let nested = attribute.parse_args_with(Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated);
        let kept = nested.into_iter().flatten().filter(|meta| !meta.path().is_ident("rename"));
        rest.extend(kept.map(|meta| quote!(#meta)));
        false
    });
    if !rest.is_empty() {
        field.attrs.insert(at.unwrap_or(field.attrs.len()), parse_quote!(#[serde(#(#rest),*)]));
    }
}

/// Wraps the type in another `Option`, so that null differs from an absent field.
fn clearable(field: &mut syn::Field) {
    let ty = &field.ty;
    field.ty = parse_quote!(Option<#ty>);
    field.attrs.push(parse_quote!(#[serde(default, deserialize_with = "::api_runtime::__present")]));
}

/// Returns the name of a field in the document.
fn key(field: &syn::Field, ty: &syn::Ident, ir: &Ir) -> String {
    let ident = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    let key = ident.trim_end_matches('_').to_owned();
    if ir.fields.contains_key(&(ty.to_string(), key.clone())) { key } else { ident }
}

fn field_of<'l>(field: &syn::Field, ty: &syn::Ident, ir: &'l Ir) -> Option<&'l Field> {
    if is_flattened(field) {
        return None;
    }
    ir.fields.get(&(ty.to_string(), key(field, ty, ir)))
}

/// Qualifies the names of API types with their module, since names of the runtime may be equal.
fn qualified(mut ty: Type, ir: &Ir) -> Type {
    struct Qualify<'l>(&'l Ir);
    impl VisitMut for Qualify<'_> {
        fn visit_path_mut(&mut self, path: &mut syn::Path) {
            if path.segments.len() == 1 && self.0.types.contains_key(&path.segments[0].ident.to_string()) {
                path.segments.insert(0, parse_quote!(types));
            }
            visit_mut::visit_path_mut(self, path);
        }
    }
    Qualify(ir).visit_type_mut(&mut ty);
    ty
}
