//! Accessors for values that the server sends under several names, or empty if there is none yet, and for lists that it
//! may leave out.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote};
use syn::ext::IdentExt as _;
use syn::{Field, Item, ItemStruct, Type, parse_quote};

use super::syntax::{first_type, option_argument};
use crate::codegen::ir::Ir;
use crate::diagnostic::{Diagnostic, Result};

/// Types that are returned by value.
const COPIED: [&str; 3] = ["bool", "i64", "f64"];

/// Generates the accessors of a type: `accessor` returns the method of a field. An empty id or text counts as absent.
pub fn of<'a>(item: &ItemStruct, ir: &Ir, accessor: impl Fn(&Field) -> Option<&'a str>) -> Result<Option<Item>> {
    let mut methods: BTreeMap<&str, Vec<&Field>> = BTreeMap::new();
    let mut order = Vec::new();
    for field in &item.fields {
        let Some(name) = accessor(field) else { continue };
        let fields = methods.entry(name).or_default();
        if fields.is_empty() {
            order.push(name);
        }
        fields.push(field);
    }
    if order.is_empty() {
        return Ok(None);
    }
    for (name, fields) in &mut methods {
        // The field of that name comes first, and describes the method.
        fields.sort_by_key(|field| field.ident.as_ref().is_none_or(|ident| ident != name));
    }
    let methods = order.iter().map(|name| method(item, ir, name, &methods[name])).collect::<Result<Vec<_>>>()?;
    let name = &item.ident;
    Ok(Some(parse_quote!(impl #name { #(#methods)* })))
}

/// Generates a method for each optional list of a type that comes in answers: the items, none if the list is absent.
/// `is_private` returns `true` for a field that is read by an accessor.
pub fn lists(item: &ItemStruct, is_private: impl Fn(&Field) -> bool) -> Option<Item> {
    let methods: Vec<TokenStream> = item
        .fields
        .iter()
        .filter(|field| !is_private(field))
        .filter_map(|field| {
            let ident = field.ident.as_ref().filter(|ident| *ident != "builder")?;
            let Type::Path(list) = option_argument(&field.ty)? else { return None };
            let last = list.path.segments.last().filter(|segment| segment.ident == "Vec")?;
            let items = first_type(&last.arguments)?;
            let about = format!(" Returns the items of `{}`; none if it is absent or null.", ident.unraw());
            Some(quote! {
                #[doc = #about]
                pub fn #ident(&self) -> &[#items] {
                    self.#ident.as_deref().unwrap_or_default()
                }
            })
        })
        .collect();
    let name = &item.ident;
    (!methods.is_empty()).then(|| parse_quote!(impl #name { #(#methods)* }))
}

fn method(item: &ItemStruct, ir: &Ir, name: &str, fields: &[&Field]) -> Result<TokenStream> {
    let kinds: Vec<String> = fields.iter().map(|field| value_type(field).to_token_stream().to_string()).collect();
    if kinds.iter().any(|kind| *kind != kinds[0]) {
        return Err(Diagnostic::new(format!(
            "`{}` has fields of different types for `x-accessor: {name}`: {}; give them one type",
            item.ident,
            kinds.join(", ")
        )));
    }
    let ty = value_type(fields[0]);
    let kind = kinds[0].as_str();
    let (returned, empty): (TokenStream, _) = match kind {
        "String" => (quote!(&str), true),
        _ if COPIED.contains(&kind) => (quote!(#ty), false),
        _ => (quote!(&#ty), ir.ids.iter().any(|id| kind.rsplit(' ').next() == Some(&id.name))),
    };
    let values = fields.iter().map(|field| read(field, kind, empty));
    let values: Vec<TokenStream> = values.collect();
    let (first, rest) = values.split_first().ok_or_else(|| Diagnostic::new("an accessor without a field"))?;
    let ident = format_ident!("{name}");
    let rest = rest.iter().map(|rest| if empty { quote!(.or_else(|| #rest)) } else { quote!(.or(#rest)) });
    let docs = fields[0].attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
    Ok(quote! {
        #(#docs)*
        pub fn #ident(&self) -> Option<#returned> {
            #first #(#rest)*
        }
    })
}

/// Generates the expression that reads one field.
fn read(field: &Field, kind: &str, empty: bool) -> TokenStream {
    let ident = &field.ident;
    let optional = option_argument(&field.ty).is_some();
    let value = match (optional, kind) {
        (true, "String") => quote!(self.#ident.as_deref()),
        (true, _) if COPIED.contains(&kind) => quote!(self.#ident),
        (true, _) => quote!(self.#ident.as_ref()),
        (false, "String") => quote!(Some(self.#ident.as_str())),
        (false, _) if COPIED.contains(&kind) => quote!(Some(self.#ident)),
        (false, _) => quote!(Some(&self.#ident)),
    };
    match (empty, kind) {
        (true, "String") => quote!(#value.filter(|value| !value.is_empty())),
        (true, _) => quote!(#value.filter(|value| !value.as_str().is_empty())),
        (false, _) => value,
    }
}

fn value_type(field: &Field) -> &Type {
    option_argument(&field.ty).unwrap_or(&field.ty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::ir::PathId;

    fn accessors(item: &ItemStruct) -> Result<String> {
        let ir = Ir {
            ids: vec![PathId { name: "ShipId".to_owned(), description: String::new(), shown: false }],
            ..Ir::default()
        };
        let read = of(item, &ir, |field| match field.ident.as_ref()?.to_string().as_str() {
            "link" | "url" => Some("url"),
            "id" => Some("id"),
            "afloat" | "swims" => Some("afloat"),
            "flag" => Some("flag"),
            _ => None,
        })?;
        Ok(read.map(|item| item.to_token_stream().to_string().replace(' ', "")).unwrap_or_default())
    }

    #[test]
    fn one_method_reads_every_name_and_takes_nothing_empty() {
        let text = accessors(&parse_quote! {
            struct Ship {
                /// By its other name.
                link: Option<String>,
                /// By its first name.
                url: Option<String>,
                id: types::ShipId,
                afloat: Option<bool>,
                swims: Option<bool>,
                flag: Option<types::Flag>,
                name: String,
            }
        })
        .expect("the types agree");
        for method in [
            // The field of that name comes first.
            "///Byitsfirstname.pubfnurl(&self)->Option<&str>{self.url.as_deref().filter(|value|!value.is_empty())\
             .or_else(||self.link.as_deref().filter(|value|!value.is_empty()))}",
            "pubfnid(&self)->Option<&types::ShipId>{Some(&self.id).filter(|value|!value.as_str().is_empty())}",
            "pubfnafloat(&self)->Option<bool>{self.afloat.or(self.swims)}",
            "pubfnflag(&self)->Option<&types::Flag>{self.flag.as_ref()}",
        ] {
            let docs = text
                .replace("#[doc=r\"Byitsfirstname.\"]", "///Byitsfirstname.")
                .replace("#[doc=\"Byitsfirstname.\"]", "///Byitsfirstname.");
            assert!(docs.contains(method), "{method} in {docs}");
        }
        assert!(!text.contains("fnname"));
    }

    #[test]
    fn an_optional_list_is_read_as_a_slice() {
        let ship: ItemStruct = parse_quote! {
            struct Ship {
                crew: Option<Vec<types::Sailor>>,
                guests: Vec<types::Guest>,
                ports: Option<Vec<String>>,
                cargo: Option<Option<Vec<String>>>,
                builder: Option<Vec<String>>,
                name: Option<String>,
            }
        };
        let found = lists(&ship, |field| field.ident.as_ref().is_some_and(|ident| ident == "ports"));
        let expected: Item = parse_quote! {
            impl Ship {
                #[doc = " Returns the items of `crew`; none if it is absent or null."]
                pub fn crew(&self) -> &[types::Sailor] {
                    self.crew.as_deref().unwrap_or_default()
                }
            }
        };
        assert_eq!(found, Some(expected));
        assert_eq!(
            lists(
                &parse_quote!(
                    struct Ship {
                        name: String,
                    }
                ),
                |_| false
            ),
            None
        );
    }

    #[test]
    fn names_of_one_value_have_one_type() {
        let error = accessors(&parse_quote!(
            struct Ship {
                url: Option<String>,
                link: Option<i64>,
            }
        ));
        let Err(error) = error else { panic!("the types differ") };
        let said = "`Ship` has fields of different types for `x-accessor: url`: String, i64; give them one type";
        assert!(error.to_string().contains(said), "{error}");
    }
}
