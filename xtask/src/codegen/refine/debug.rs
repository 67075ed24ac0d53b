//! `Debug` of types, and the rule by which it shows a field.

use quote::{ToTokens as _, quote};
use syn::{Fields, Item, ItemEnum, ItemStruct, Type, parse_quote};

use super::syntax::{inner_type, option_argument};
use crate::codegen::ir::Ir;

/// The rule, for the documentation of the types.
pub const RULE: &str = "# `Debug`

`Debug` goes into logs, so it shows what is on this list and nothing else. What is absent is left out; `..` at the end says \
that there may be more.

- By type: booleans, listed values of an enum, points in time that have the form of one, and types of this module and lists
of them, by the same rule.
- Numbers, ids and texts that the spec marks with `x-debug`: they let nobody act without a credential, tell nothing of a
person, and are no address.

So names of people, titles that people write, e-mail addresses, phone numbers, links, secrets, and tokens that open a page without a \
login are not shown: read the field, or encode the value as JSON.";

/// Generates `Debug` of a structure; `is_marked` returns `true` for a field with `x-debug`.
pub fn structure(item: &ItemStruct, ir: &Ir, is_marked: impl Fn(&syn::Field) -> bool) -> Item {
    let name = &item.ident;
    let text = name.to_string();
    let shown = item.fields.iter().filter(|field| is_marked(field) || is_shown(&field.ty, ir)).filter_map(|field| {
        let ident = field.ident.as_ref()?;
        let name = ident.to_string();
        Some(match option_argument(&field.ty) {
            Some(_) => quote!((#name, ::api_runtime::__debug_value(&self.#ident))),
            None => quote!((#name, Some(&self.#ident))),
        })
    });
    parse_quote! {
        impl ::std::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::api_runtime::__debug(f, #text, &[#(#shown),*])
            }
        }
    }
}

/// Generates `Debug` of alternatives, which shows the name of the one that there is, and its value if it may be shown.
pub fn alternatives(item: &ItemEnum, ir: &Ir) -> Item {
    let name = &item.ident;
    let arms = item.variants.iter().map(|variant| {
        let ident = &variant.ident;
        let shown = format!("{name}::{ident}");
        let hidden = format!("{name}::{ident}(..)");
        match &variant.fields {
            Fields::Unit => quote!(Self::#ident => f.write_str(#hidden)),
            Fields::Unnamed(fields) if fields.unnamed.iter().all(|field| is_shown(&field.ty, ir)) => {
                quote!(Self::#ident(value) => f.debug_tuple(#shown).field(value).finish())
            }
            Fields::Unnamed(_) => quote!(Self::#ident(..) => f.write_str(#hidden)),
            Fields::Named(_) => quote!(Self::#ident { .. } => f.write_str(#hidden)),
        }
    });
    parse_quote! {
        impl ::std::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self { #(#arms),* }
            }
        }
    }
}

/// Returns `true` if `Debug` of a type shows nothing that may be secret or personal.
pub fn is_shown(ty: &Type, ir: &Ir) -> bool {
    // The keys of a map are data.
    if ty.to_token_stream().to_string().contains("BTreeMap") {
        return false;
    }
    inner_type(ty).is_some_and(|name| {
        name == "bool"
            || name == "Timestamp"
            || ir.types.contains_key(&name)
            || ir.enums.iter().any(|open| open.name == name)
            || ir.ids.iter().any(|id| id.name == name && id.shown)
    })
}
