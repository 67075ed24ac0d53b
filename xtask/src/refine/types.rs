//! Types: derives, builders, and a `Debug` that shows nothing it was not told to.

use std::collections::BTreeMap;

use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, Fields, Item, ItemEnum, ItemStruct, Type, parse_quote};

use super::builders::{Builder, Member, Setter};
use super::operations::option_argument;
use super::{SHARED, docs};
use crate::features;
use crate::model::{Lowered, TypeUse};
use crate::problem::{Problem, Result};

/// Types whose setters take what converts into them.
const CONVERTED: [&str; 4] = ["String", "Secret", "Timestamp", "Base64"];

type ByTag = BTreeMap<String, Vec<Item>>;

/// Refines the types, writes the builders of bodies, and sorts both by tag.
pub fn refine(items: Vec<Item>, lowered: &Lowered) -> Result<(ByTag, ByTag)> {
    let (mut by_tag, mut builders) = (ByTag::new(), ByTag::new());
    let uses = &lowered.types;
    for item in items {
        match item {
            Item::Struct(item) => {
                let used = used(uses, &item.ident)?;
                let (items, builder) = structure(item, used, lowered);
                add(&mut by_tag, used, items)?;
                add(&mut builders, used, builder)?;
            }
            Item::Enum(item) => {
                let used = used(uses, &item.ident)?;
                add(&mut by_tag, used, alternatives(item))?;
            }
            Item::Impl(block) => {
                let name = block.self_ty.to_token_stream().to_string();
                let used = uses.get(&name).cloned().unwrap_or_default();
                add(&mut by_tag, &used, vec![Item::Impl(block)])?;
            }
            // Errors of conversions that no generated type has.
            Item::Mod(module) if module.ident == "error" => {}
            other => {
                return Err(Problem::new(format!(
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
        Problem::new(format!("the generator made up the type `{name}`; make its schema a component of its own"))
    })
}

/// Adds items to the file of their tag, or to that of what several use, each with its condition.
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

fn structure(mut item: ItemStruct, used: &TypeUse, lowered: &Lowered) -> (Vec<Item>, Vec<Item>) {
    let name = item.ident.clone();
    let named = matches!(item.fields, Fields::Named(_));
    docs::normalise(&mut item.attrs, &format!("`{name}`, as the vendor sends it."));
    derive(&mut item.attrs);
    if named {
        item.attrs.push(parse_quote!(#[non_exhaustive]));
    }
    for field in &mut item.fields {
        rename(field, &name, lowered);
        let fallback = match &field.ident {
            Some(_) if is_flattened(field) => "The fields that stand beside these.".to_owned(),
            Some(ident) => format!("`{ident}`; the vendor does not describe it."),
            None => String::new(),
        };
        docs::normalise(&mut field.attrs, &fallback);
    }
    let debug = debug_structure(&item, lowered);
    let mut builder = if used.request && named { builder(&item) } else { Vec::new() };
    if used.request {
        builder.extend(limits(&item, lowered));
    }
    (vec![Item::Struct(item), debug], builder)
}

/// The builder of a body.
fn builder(item: &ItemStruct) -> Vec<Item> {
    let name = &item.ident;
    let members: Vec<Member> = item
        .fields
        .iter()
        .filter_map(|field| {
            let ident = field.ident.clone()?;
            // The fields that the type does not name.
            let others = is_flattened(field);
            let (ty, required) = match option_argument(&field.ty) {
                Some(inner) => (inner.clone(), false),
                None => (field.ty.clone(), !others),
            };
            let text = ty.to_token_stream().to_string();
            let setter = if CONVERTED.contains(&text.as_str()) { Setter::Into } else { Setter::Plain };
            let docs = field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect();
            Some(Member { ident, ty, required, or_empty: others, setter, docs })
        })
        .collect();
    let builder = Builder {
        name: format_ident!("{name}Builder"),
        docs: docs::lines(&format!("Builds a [`{name}`].")),
        is_call: false,
        members,
    };
    let (bounds, start, builder_name) = (builder.bounds(), builder.start(), &builder.name);
    let fields = builder.members.iter().map(|member| {
        let (ident, value) = (&member.ident, Builder::value(member));
        quote!(#ident: #value)
    });
    let mut items: Vec<Item> = vec![parse_quote! {
        impl #name {
            /// Starts a body. What is required is checked when it is compiled.
            pub fn builder() -> #builder_name {
                #start
            }
        }
    }];
    items.extend(builder.items(&quote! {
        /// The body.
        pub fn build(self) -> #name where #bounds {
            #name { #(#fields),* }
        }
    }));
    items
}

/// The check of a body's documented limits, if it has any.
fn limits(item: &ItemStruct, lowered: &Lowered) -> Option<Item> {
    let name = &item.ident;
    if !is_limited(&name.to_string(), lowered) {
        return None;
    }
    let checks = item.fields.iter().filter_map(|field| {
        let ident = field.ident.as_ref()?;
        let wire = wire_name(field);
        let limits = lowered.limits.get(&(name.to_string(), wire.clone())).into_iter().flatten().map(|limit| {
            let variant = format_ident!("{}", limit.variant);
            let number: syn::Expr = syn::parse_str(&number(limit)).ok()?;
            Some(quote!(check.field(#wire, &self.#ident, Limit::#variant(#number));))
        });
        let inside = inner_type(&field.ty)
            .filter(|inner| is_limited(inner, lowered))
            .map(|_| quote!(check.inside(#wire, &self.#ident);));
        Some(quote!(#(#limits)* #inside))
    });
    Some(parse_quote! {
        impl Limits for #name {
            fn check(&self, check: &mut LimitCheck) {
                #(#checks)*
            }
        }
    })
}

fn number(limit: &crate::model::Limit) -> String {
    // Bounds are compared as numbers, lengths are counted.
    match (limit.variant, limit.number.as_f64()) {
        ("Minimum" | "Maximum", Some(number)) => format!("{number:?}"),
        _ => limit.number.to_string(),
    }
}

/// Whether a type has limits, in itself or inside.
pub fn is_limited(name: &str, lowered: &Lowered) -> bool {
    lowered.limited.contains(name)
}

/// The name of the type inside `Option` and `Vec`.
fn inner_type(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    match super::operations::first_type(&last.arguments) {
        Some(inner) if last.ident == "Option" || last.ident == "Vec" => inner_type(inner),
        _ => Some(last.ident.to_string()),
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

/// Whether it stands for the fields that the type does not name.
fn is_flattened(field: &syn::Field) -> bool {
    field.attrs.iter().any(|attribute| {
        attribute.path().is_ident("serde") && attribute.meta.to_token_stream().to_string().contains("flatten")
    })
}

/// Gives a field the name that the spec says. Its wire name stays in the attribute that the generator wrote.
fn rename(field: &mut syn::Field, ty: &syn::Ident, lowered: &Lowered) {
    if let Some(name) = lowered.fields.get(&(ty.to_string(), wire_name(field))) {
        field.ident = Some(format_ident!("{name}"));
    }
}

/// Keeps `Clone`, `Default` and serde of what the generator derives, and adds what it can't know of.
fn derive(attributes: &mut Vec<Attribute>) {
    let default = attributes.iter().any(|attribute| {
        attribute.path().is_ident("derive") && attribute.meta.to_token_stream().to_string().contains("Default")
    });
    let at = attributes.iter().position(|attribute| attribute.path().is_ident("derive")).unwrap_or(attributes.len());
    attributes.retain(|attribute| !attribute.path().is_ident("derive"));
    let default = default.then(|| quote!(Default,));
    let added: [Attribute; 2] = [
        parse_quote!(#[derive(Clone, #default ::serde::Deserialize, ::serde::Serialize)]),
        parse_quote!(#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]),
    ];
    attributes.splice(at..at, added);
}

/// Shows flags and the values of enums, which the spec lists; texts and numbers may be anybody's.
fn debug_structure(item: &ItemStruct, lowered: &Lowered) -> Item {
    let name = &item.ident;
    let text = name.to_string();
    let shown = item.fields.iter().filter(|field| is_shown(&field.ty, lowered)).filter_map(|field| {
        let ident = field.ident.as_ref()?;
        let name = ident.to_string();
        Some(quote!(.field(#name, &self.#ident)))
    });
    parse_quote! {
        impl ::std::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(#text) #(#shown)* .finish_non_exhaustive()
            }
        }
    }
}

fn is_shown(ty: &Type, lowered: &Lowered) -> bool {
    let text = ty.to_token_stream().to_string().replace(' ', "");
    let inner = text.strip_prefix("Option<").and_then(|rest| rest.strip_suffix('>')).unwrap_or(&text);
    inner == "bool"
        || inner.strip_prefix("types::").is_some_and(|name| lowered.enums.iter().any(|open| open.name == name))
}

fn alternatives(mut item: ItemEnum) -> Vec<Item> {
    let name = item.ident.clone();
    docs::normalise(&mut item.attrs, &format!("`{name}`, as the vendor sends it."));
    derive(&mut item.attrs);
    item.attrs.push(parse_quote!(#[non_exhaustive]));
    let text = name.to_string();
    let mut arms = Vec::new();
    for variant in &mut item.variants {
        let ident = &variant.ident;
        let shown = format!("{text}::{ident}(..)");
        arms.push(match variant.fields {
            Fields::Unit => quote!(Self::#ident => f.write_str(#shown)),
            Fields::Unnamed(_) => quote!(Self::#ident(..) => f.write_str(#shown)),
            Fields::Named(_) => quote!(Self::#ident { .. } => f.write_str(#shown)),
        });
        docs::normalise(&mut variant.attrs, &format!("The alternative `{ident}`."));
    }
    let debug = parse_quote! {
        impl ::std::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self { #(#arms),* }
            }
        }
    };
    vec![Item::Enum(item), debug]
}
