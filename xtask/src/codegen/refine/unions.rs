//! Unions: names and decoding of their variants.

use std::collections::BTreeMap;

use quote::{ToTokens as _, format_ident, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Item, ItemEnum, parse_quote};

use super::debug;
use super::docs;
use super::syntax::derive;
use crate::codegen::features;
use crate::codegen::ir::{Decoding, Ir, TypeUse};
use crate::diagnostic::{Diagnostic, Result};

/// Variants that the generator renamed by cutting off common prefixes.
pub struct Variants(BTreeMap<String, Vec<(String, String)>>);

impl Variants {
    /// Compares the variants of the generator with those of the document.
    pub fn of(items: &[Item], ir: &Ir) -> Result<Self> {
        let mut found = BTreeMap::new();
        for item in items {
            let Item::Enum(item) = item else { continue };
            let Some(union) = ir.unions.get(&item.ident.to_string()) else { continue };
            if union.variants.len() != item.variants.len() {
                let location = ir.types.get(&item.ident.to_string()).and_then(|used| used.pointer.clone());
                return Err(Diagnostic::at(
                    location.unwrap_or_default(),
                    format!(
                        "the generator made {} alternatives of {}; give them one form in the overlay",
                        item.variants.len(),
                        union.variants.len()
                    ),
                ));
            }
            let names =
                item.variants.iter().map(|variant| variant.ident.to_string()).zip(union.variants.iter().cloned());
            found.insert(item.ident.to_string(), names.collect());
        }
        Ok(Self(found))
    }

    /// Renames the variants in an item.
    pub fn rename(&self, item: &mut Item) {
        match item {
            Item::Enum(item) => {
                for (variant, (_, to)) in
                    item.variants.iter_mut().zip(self.0.get(&item.ident.to_string()).into_iter().flatten())
                {
                    variant.ident = format_ident!("{to}");
                }
            }
            Item::Impl(block) => {
                let name = block.self_ty.to_token_stream().to_string();
                if let Some(names) = self.0.get(&name) {
                    InPaths(names).visit_item_impl_mut(block);
                }
            }
            _ => {}
        }
    }
}

/// Renames variants in paths that begin with `Self`.
struct InPaths<'n>(&'n [(String, String)]);

impl VisitMut for InPaths<'_> {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        if path.segments.len() == 2
            && path.segments[0].ident == "Self"
            && let Some((_, to)) = self.0.iter().find(|(from, _)| path.segments[1].ident == from)
        {
            path.segments[1].ident = format_ident!("{to}");
        }
        visit_mut::visit_path_mut(self, path);
    }
}

/// Rewrites a union, with its `Debug` and `Deserialize`.
pub fn alternatives(mut item: ItemEnum, used: &TypeUse, ir: &Ir) -> Result<Vec<Item>> {
    let name = item.ident.clone();
    docs::normalise(&mut item.attrs, &format!("`{name}`, as the vendor sends it."));
    derive(&mut item.attrs);
    docs::add_paragraph(&mut item.attrs, &features::sentence(&used.tags));
    item.attrs.push(parse_quote!(#[non_exhaustive]));
    let text = name.to_string();
    let decoding = ir.unions.get(&text).map_or(&Decoding::FirstMatch, |union| &union.decoding);
    for variant in &mut item.variants {
        let ident = &variant.ident;
        docs::normalise(&mut variant.attrs, &format!("The alternative `{ident}`."));
    }
    let decode = decode(&item, decoding)?;
    if decode.is_some() {
        without_deserialize(&mut item.attrs);
    }
    if matches!(decoding, Decoding::ByProperty { .. }) {
        item.variants.push(parse_quote! {
            /// An alternative that the spec does not list, or one of another form than it says, as it came.
            #[cfg_attr(feature = "schemars", schemars(skip))]
            Unknown(::serde_json::Value)
        });
    }
    let debug = debug::alternatives(&item, ir);
    Ok(std::iter::once(Item::Enum(item)).chain(std::iter::once(debug)).chain(decode).collect())
}

fn without_deserialize(attributes: &mut [Attribute]) {
    for attribute in attributes.iter_mut().filter(|attribute| attribute.path().is_ident("derive")) {
        *attribute = parse_quote!(#[derive(Clone, ::serde::Serialize)]);
    }
}

/// Generates the decoding of a union; `None` if serde's untagged decoding suffices.
fn decode(item: &ItemEnum, decoding: &Decoding) -> Result<Option<Item>> {
    let name = &item.ident;
    let variants: Vec<String> = item.variants.iter().map(|variant| variant.ident.to_string()).collect();
    let body = match decoding {
        Decoding::FirstMatch => return Ok(None),
        Decoding::BestMatch => {
            let tries = item.variants.iter().map(|variant| {
                let ident = &variant.ident;
                quote!(.or(Self::#ident))
            });
            quote!(::api_runtime::__BestFit::new(value) #(#tries)* .finish())
        }
        Decoding::ByProperty { property, values } => {
            let mut arms = Vec::new();
            for (value, variant) in values {
                if !variants.contains(variant) {
                    return Err(Diagnostic::new(format!("the generator wrote no variant `{variant}` of `{name}`")));
                }
                let variant = format_ident!("{variant}");
                arms.push(quote!(Some(#value) => ::api_runtime::__alternative(&value).map(Self::#variant)));
            }
            quote! {
                let found = match ::api_runtime::__tag(&value, #property).as_deref() {
                    #(#arms,)*
                    _ => None,
                };
                Ok(found.unwrap_or(Self::Unknown(value)))
            }
        }
    };
    Ok(Some(parse_quote! {
        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let value: ::serde_json::Value = ::serde::Deserialize::deserialize(deserializer)?;
                #body
            }
        }
    }))
}
