//! Fields of which a body has exactly one: an enum of them, which one required setter takes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Field, Ident, Item, ItemEnum, ItemStruct, Type, parse_quote};

use super::builders::{Member, Setter};
use super::debug;
use super::docs;
use super::syntax::option_argument;
use crate::codegen::ir::{ExactlyOne, Ir};

/// Group of fields of one type.
pub struct Group<'l> {
    of: &'l ItemStruct,
    group: &'l ExactlyOne,
}

impl<'l> Group<'l> {
    /// Returns the group of a type; `None` if it has none.
    pub fn of(item: &'l ItemStruct, ir: &'l Ir) -> Option<Self> {
        Some(Self { of: item, group: ir.exactly_one.get(&item.ident.to_string())? })
    }

    /// Returns `true` if the field belongs to the group.
    pub fn has(&self, field: &Ident) -> bool {
        self.group.of.iter().any(|(of, _)| field == of)
    }

    /// Returns the member of the builder that stands for the fields.
    pub fn member(&self) -> Member {
        let ty = self.ident();
        let fields: Vec<String> = self.fields().map(|(ident, ..)| format!("`{ident}`")).collect();
        Member {
            ident: format_ident!("{}", self.group.member),
            ty: parse_quote!(types::#ty),
            required: true,
            default_empty: false,
            clearable: false,
            setter: Setter::Plain,
            docs: docs::lines(&format!("Sets exactly one of {}.", fields.join(", "))),
        }
    }

    /// Generates the enum and its `Debug`.
    pub fn items(&self, ir: &Ir) -> Vec<Item> {
        let (ident, of) = (self.ident(), &self.of.ident);
        let docs = docs::lines(&format!(
            "Alternatives for the {} of a [`{of}`], of which one is given.",
            self.group.member.replace('_', " ")
        ));
        let variants = self.fields().map(|(_, variant, ty, field)| {
            let docs = field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
            quote!(#(#docs)* #variant(#ty))
        });
        let item: ItemEnum = parse_quote! {
            #(#docs)*
            #[derive(Clone)]
            #[non_exhaustive]
            pub enum #ident { #(#variants),* }
        };
        let debug = debug::alternatives(&item, ir);
        vec![Item::Enum(item), debug]
    }

    /// Generates the body with the field that was chosen set, of the body `without` any of them.
    pub fn chosen(&self, without: &TokenStream) -> TokenStream {
        let (ident, member) = (self.ident(), format_ident!("{}", self.group.member));
        let arms = self.fields().map(|(field, variant, _, of)| {
            let is_clearable = option_argument(&of.ty).is_some_and(|inner| option_argument(inner).is_some());
            let value = if is_clearable { quote!(Some(Some(value))) } else { quote!(Some(value)) };
            quote!(types::#ident::#variant(value) => body.#field = #value)
        });
        quote! {
            let mut body = #without;
            match self.#member.into_value() { #(#arms),* }
            body
        }
    }

    /// Generates the check that one of the fields is set, whose names on the wire are `wires`.
    pub fn check(&self, wire: impl Fn(&Field) -> String) -> TokenStream {
        let member = &self.group.member;
        let wires = self.fields().map(|(.., field)| wire(field));
        let is_set = self.fields().map(|(ident, ..)| quote!(self.#ident.is_some()));
        quote!(validator.exactly_one(#member, &[#(#wires),*], &[#(#is_set),*]);)
    }

    fn ident(&self) -> Ident {
        format_ident!("{}", self.group.ty)
    }

    /// Iterates over the names of the fields and variants, the types of their values, and the fields.
    fn fields(&self) -> impl Iterator<Item = (&Ident, Ident, &Type, &Field)> {
        self.group.of.iter().filter_map(|(name, variant)| {
            let field = self.of.fields.iter().find(|field| field.ident.as_ref().is_some_and(|ident| ident == name))?;
            let inner = option_argument(&field.ty).unwrap_or(&field.ty);
            Some((field.ident.as_ref()?, format_ident!("{variant}"), option_argument(inner).unwrap_or(inner), field))
        })
    }
}
