//! Generation of `.items()`, a stream over all pages of a list, which owns what the call borrows.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use syn::{Item, Type, parse_quote};

use super::builders::Builder;
use super::docs;
use super::signature::{Argument, Source};
use super::syntax::{first_type, option_argument};
use crate::codegen::ir::{Ir, Operation, PageStyle, Pagination};

/// Types that are `Copy`.
const COPIED: [&str; 7] = ["bool", "f32", "f64", "i32", "i64", "u32", "u64"];
const INTEGERS: [&str; 4] = ["i32", "i64", "u32", "u64"];

const ABOUT: &str = "Returns the items of the list as a stream, page after page, beginning where this call does. A page is asked \
    for when the items before it have been taken. The stream ends after the last item and after an error; a list that the server \
    does not end is ended with one: [`DecodeErrorKind::RepeatedPage`](::api_runtime::DecodeErrorKind::RepeatedPage) at a page that has come before, \
    [`DecodeErrorKind::TooManyPages`](::api_runtime::DecodeErrorKind::TooManyPages) after 10,000 pages.";

/// Call that returns one page of a list.
pub struct List<'l> {
    pub operation: &'l Operation,
    pub pagination: &'l Pagination,
    pub arguments: &'l [Argument],
    /// Type of the response.
    pub page: &'l Type,
    pub builder: &'l Builder,
    pub types: &'l BTreeMap<String, Vec<Item>>,
    pub ir: &'l Ir,
}

/// Result with a message about `x-pagination`.
type Result<T> = std::result::Result<T, String>;

impl List<'_> {
    /// Generates the method.
    pub fn items(&self) -> Result<TokenStream> {
        let chosen = self.chosen()?;
        let (items, item) = self.taken()?;
        let page = self.next_page(&items)?;
        let (call, bounds) = (&self.builder.name, self.builder.bounds());
        let ident = format_ident!("{}", chosen.ident);
        let (first, position, sent) = position(self.pagination.style, &ident, &chosen.ty);
        let others: Vec<&Argument> = self.arguments.iter().filter(|argument| argument.ident != chosen.ident).collect();
        let owned = others.iter().map(|argument| owned(argument));
        let cloned = others.iter().filter(|argument| argument.by_reference || !COPIED.contains(&argument.ty.as_str()));
        let cloned = cloned.map(|argument| {
            let ident = format_ident!("{}", argument.ident);
            quote!(let #ident = #ident.clone();)
        });
        let lent = others.iter().map(|argument| lent(argument));
        let docs = docs::lines(ABOUT);
        Ok(quote! {
            #(#docs)*
            pub fn items(self) -> Items<#item, crate::ApiError> where #bounds {
                let (pipeline, options) = (self.pipeline.clone(), self.options);
                #(#owned)*
                let first = #first;
                let ask = move |#ident: #position| {
                    let (pipeline, options) = (pipeline.clone(), options.clone());
                    #(#cloned)*
                    async move {
                        let call = #call { pipeline: &pipeline, options, #(#lent,)* #ident: #sent };
                        call.send().await
                    }
                };
                Items::new(paginate(first, ask, #page))
            }
        })
    }

    /// Returns the argument that selects the page.
    fn chosen(&self) -> Result<&Argument> {
        let name = &self.pagination.parameter;
        let parameter = self.operation.parameters.iter().find(|parameter| parameter.name == *name);
        let source = parameter.map(|parameter| Source::Parameter(parameter.rust.clone()));
        let is_it = |argument: &&Argument| argument.optional && Some(&argument.source) == source.as_ref();
        let argument = self.arguments.iter().find(is_it);
        let argument = argument.ok_or_else(|| format!("there is no parameter `{name}` that may be left out"))?;
        let (fits, form) = match self.pagination.style {
            PageStyle::Offset | PageStyle::Page => (INTEGERS.contains(&argument.ty.as_str()), "an integer"),
            PageStyle::Cursor | PageStyle::Link => (argument.ty == "str", "a text"),
        };
        if fits { Ok(argument) } else { Err(format!("the parameter `{name}` must be {form}")) }
    }

    /// Returns the expression that takes the items out of a page, and the type of an item.
    fn taken(&self) -> Result<(TokenStream, Type)> {
        let (mut value, mut ty, mut optional) = (quote!(page), self.page.clone(), false);
        for (ident, field) in self.path(&self.pagination.items)? {
            let inner = option_argument(&field).cloned();
            value = match (optional, inner.is_some()) {
                (false, _) => quote!(#value.#ident),
                (true, true) => quote!(#value.and_then(|value| value.#ident)),
                (true, false) => quote!(#value.map(|value| value.#ident)),
            };
            optional |= inner.is_some();
            ty = inner.unwrap_or(field);
        }
        let item = match &ty {
            Type::Path(path) => path.path.segments.last().filter(|last| last.ident == "Vec"),
            _ => None,
        };
        let item = item.and_then(|last| first_type(&last.arguments)).cloned();
        let item = item.ok_or_else(|| format!("there is no list at `{}` of the answer", self.pagination.items))?;
        let item = self.with_path(item);
        Ok((if optional { quote!(#value.unwrap_or_default()) } else { value }, item))
    }

    /// Qualifies a type with its module.
    fn with_path(&self, ty: Type) -> Type {
        let name = ty.to_token_stream().to_string();
        let Ir { types, enums, ids, .. } = self.ir;
        let known =
            types.contains_key(&name) || enums.iter().any(|e| e.name == name) || ids.iter().any(|id| id.name == name);
        if known { parse_quote!(types::#ty) } else { ty }
    }

    /// Generates the closure that converts a response to the runtime's `Page`.
    fn next_page(&self, items: &TokenStream) -> Result<TokenStream> {
        let more = match &self.pagination.more {
            Some(pointer) => Some(self.read(pointer)?),
            None => None,
        };
        let misplaced = |form: &str| {
            let pointer = self.pagination.more.as_deref().unwrap_or_default();
            Err(format!("what is at `{pointer}` of the answer must be {form}"))
        };
        let kind = more.as_ref().map(|(_, ty)| ty.as_str());
        let value = more.as_ref().map(|(value, _)| value);
        let (statement, page) = match (self.pagination.style, kind) {
            (PageStyle::Offset, None) => (quote!(None), quote!(Page::by_offset(#items, position, more))),
            (PageStyle::Offset, Some(ty)) if INTEGERS.contains(&ty) => (
                quote!(#value.and_then(|total| u64::try_from(*total).ok())),
                quote!(Page::by_offset(#items, position, more)),
            ),
            (PageStyle::Offset, Some(_)) => return misplaced("an integer"),
            (PageStyle::Page, None) => (quote!(true), quote!(Page::by_number(#items, position, more))),
            (PageStyle::Page, Some("bool")) => {
                (quote!(#value == Some(&true)), quote!(Page::by_number(#items, position, more)))
            }
            (PageStyle::Page, Some(_)) => (quote!(#value.is_some()), quote!(Page::by_number(#items, position, more))),
            (PageStyle::Cursor, Some("String")) => (
                quote!(#value.filter(|next| !next.is_empty()).cloned()),
                quote!(Page::by_cursor(#items, position, more)),
            ),
            (PageStyle::Link, Some("String")) => {
                let parameter = &self.pagination.parameter;
                (quote!(#value.cloned()), quote!(Page::by_link(#items, position, more.as_deref(), #parameter)))
            }
            (PageStyle::Cursor | PageStyle::Link, _) => return misplaced("a text"),
        };
        let answer = self.page;
        Ok(quote! {
            |page: #answer, position| {
                let more = #statement;
                #page
            }
        })
    }

    /// Returns the expression that reads a value of the page as `Option<&T>`, and its type.
    fn read(&self, pointer: &str) -> Result<(TokenStream, String)> {
        let mut read: Option<TokenStream> = None;
        let mut kind = String::new();
        for (ident, field) in self.path(pointer)? {
            let inner = option_argument(&field);
            read = Some(match (read, inner.is_some()) {
                (None, true) => quote!(page.#ident.as_ref()),
                (None, false) => quote!(Some(&page.#ident)),
                (Some(value), true) => quote!(#value.and_then(|value| value.#ident.as_ref())),
                (Some(value), false) => quote!(#value.map(|value| &value.#ident)),
            });
            kind = inner.unwrap_or(&field).to_token_stream().to_string().replace(' ', "");
        }
        read.map(|value| (value, kind)).ok_or_else(|| "the whole answer says nothing of the next page".to_owned())
    }

    /// Returns the fields along a JSON pointer, with their types.
    fn path(&self, pointer: &str) -> Result<Vec<(Ident, Type)>> {
        let mut ty = self.page.clone();
        let mut path = Vec::new();
        for key in pointer.split('/').skip(1) {
            let key = key.replace("~1", "/").replace("~0", "~");
            let (ident, field) =
                self.field(&ty, &key).ok_or_else(|| format!("the answer has no field at `{pointer}`"))?;
            ty = option_argument(&field).unwrap_or(&field).clone();
            path.push((ident, field));
        }
        Ok(path)
    }

    fn field(&self, ty: &Type, key: &str) -> Option<(Ident, Type)> {
        let Type::Path(path) = ty else { return None };
        let name = path.path.segments.last()?.ident.to_string();
        let known = self.ir.fields.iter().find(|((of, _), field)| *of == name && field.wire == key);
        let rust = &known?.1.rust;
        let items = self.types.values().flatten();
        let item = items.filter_map(|item| if let Item::Struct(item) = item { Some(item) } else { None });
        let fields = item.filter(|item| item.ident == name).flat_map(|item| &item.fields);
        let mut fields = fields.filter_map(|field| Some((field.ident.clone()?, field.ty.clone())));
        fields.find(|(ident, _)| ident == rust)
    }
}

/// Returns the first position, the type of a position, and the argument for one.
fn position(style: PageStyle, ident: &Ident, ty: &str) -> (TokenStream, TokenStream, TokenStream) {
    let integer = format_ident!("{ty}");
    let given = quote!(self.#ident.and_then(|first| first.try_into().ok()));
    let sent = quote!(Some(#ident.try_into().unwrap_or(#integer::MAX)));
    match style {
        PageStyle::Offset => (quote!(#given.unwrap_or(0)), quote!(u64), sent),
        PageStyle::Page => (quote!(#given.unwrap_or(1)), quote!(u32), sent),
        PageStyle::Cursor | PageStyle::Link => {
            (quote!(self.#ident.map(ToOwned::to_owned)), quote!(Option<String>), quote!(#ident.as_deref()))
        }
    }
}

/// Generates an owned copy of a borrowed argument.
fn owned(argument: &Argument) -> TokenStream {
    let ident = format_ident!("{}", argument.ident);
    let value = match (argument.by_reference, argument.ty.as_str(), argument.is_option()) {
        (true, "str", true) => quote!(self.#ident.map(ToOwned::to_owned)),
        (true, "str", false) => quote!(self.#ident.into_value().to_owned()),
        (true, _, true) => quote!(self.#ident.cloned()),
        (true, _, false) => quote!(self.#ident.into_value().clone()),
        (false, _, true) => quote!(self.#ident),
        (false, _, false) => quote!(self.#ident.into_value()),
    };
    quote!(let #ident = #value;)
}

/// Generates the argument that borrows the owned copy.
fn lent(argument: &Argument) -> TokenStream {
    let ident = format_ident!("{}", argument.ident);
    match (argument.by_reference, argument.ty.as_str(), argument.is_option()) {
        (true, "str", true) => quote!(#ident: #ident.as_deref()),
        (true, "str", false) => quote!(#ident: #ident.as_str()),
        (true, _, true) => quote!(#ident: #ident.as_ref()),
        (true, _, false) => quote!(#ident: &#ident),
        (false, ..) => quote!(#ident),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::codegen::{generate, lower, refine};
    use crate::spec::document::Document;

    /// Generates the calls of an API with this pagination, these fields of a page and these parameters.
    fn calls(pagination: Value, page: Value, parameters: &Value) -> Result<String, String> {
        let value = json!({
            "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
            "paths": {"/fleets/{fleet}/ships": {"get": {
                "operationId": "list_ships", "tags": ["ships"], "x-pagination": pagination,
                "x-evidence": [{"source": "s", "seen": "2026-01-01", "level": "documented"}],
                "parameters": parameters,
                "responses": {"200": {"description": "", "content": {"application/json": {"schema": page}}}}}}},
            "components": {"schemas": {
                "Ship": {"type": "object", "properties": {"name": {"type": "string"}}},
                "Cargo": {"type": "object", "properties": {"ships": {"type": "array", "items": {"$ref": "#/components/schemas/Ship"}}, "more": {"type": "boolean"}}},
                "Page": page,
            }},
        });
        let mut document = Document { value, ..Document::default() };
        document.value["paths"]["/fleets/{fleet}/ships"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] =
            json!({"$ref": "#/components/schemas/Page"});
        let ir = lower::lower(&mut document, &[]).map_err(|diagnostic| diagnostic.to_string())?;
        let tokens = generate::generate(&ir).map_err(|diagnostic| diagnostic.to_string())?;
        let refined = refine::refine(tokens, &ir).map_err(|diagnostic| diagnostic.to_string())?;
        let file = syn::File { shebang: None, attrs: Vec::new(), items: refined.operations["ships"].clone() };
        let text = prettyplease::unparse(&file);
        Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn parameters(name: &str, ty: &str) -> Value {
        let parameter = |name: &str, place: &str, required: bool, ty: &str| json!({"name": name, "in": place, "required": required, "schema": {"type": ty}});
        json!([
            parameter("fleet", "path", true, "string"),
            parameter(name, "query", false, ty),
            parameter("mood", "query", false, "string"),
            {"name": "class", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
        ])
    }

    #[test]
    fn each_style_finds_the_next_page_its_way() {
        let list = json!({"type": "array", "items": {"$ref": "#/components/schemas/Ship"}});
        let page = json!({"type": "object", "required": ["ships"], "properties": {
            "ships": list, "count": {"type": "integer"}, "next": {"type": "string"}, "cargo": {"$ref": "#/components/schemas/Cargo"}}});
        for (pagination, parameters, expected) in [
            (
                json!({"style": "offset", "items": "/ships", "total": "/count"}),
                parameters("offset", "integer"),
                &[
                    "pub fn items(self) -> Items<types::Ship, crate::ApiError> where WithFleet: IsSet<&'c str>,",
                    "let fleet = self.fleet.into_value().to_owned(); let class = self.class.cloned(); let mood = self.mood.map(ToOwned::to_owned);",
                    "fleet: fleet.as_str(), class: class.as_ref(), mood: mood.as_deref(), offset: Some(offset.try_into().unwrap_or(i64::MAX)),",
                    "Page::by_offset(page.ships, position, more)",
                ][..],
            ),
            (
                json!({"style": "page", "items": "/cargo/ships", "next": "/cargo/more", "parameter": "leaf"}),
                parameters("leaf", "integer"),
                &[
                    "let first = self.leaf.and_then(|first| first.try_into().ok()).unwrap_or(1); let ask = move |leaf: u32| {",
                    "page.cargo.as_ref().and_then(|value| value.more.as_ref()) == Some(&true);",
                    "page.cargo.and_then(|value| value.ships).unwrap_or_default()",
                ],
            ),
            (
                json!({"style": "cursor", "items": "/ships", "next": "/next", "parameter": "after"}),
                parameters("after", "string"),
                &["page.next.as_ref().filter(|next| !next.is_empty()).cloned();", "after: after.as_deref()"],
            ),
            (
                json!({"style": "link", "items": "/ships", "next": "/next", "parameter": "after"}),
                parameters("after", "string"),
                &["Page::by_link(page.ships, position, more.as_deref(), \"after\")"],
            ),
        ] {
            let text =
                calls(pagination, page.clone(), &parameters).expect("a list").replace(". ", ".").replace(" .", ".");
            for part in expected {
                assert!(text.contains(part), "{part} in {text}");
            }
        }
        let whole = json!({"style": "offset", "items": ""});
        let text = calls(whole, list, &parameters("offset", "integer")).expect("a list");
        assert!(text.contains("Page::by_offset(page, position, more)"), "{text}");
    }

    #[test]
    fn a_place_that_is_not_there_is_refused() {
        let page = json!({"type": "object", "properties": {"ships": {"type": "string"}, "next": {"type": "string"}}});
        for (pagination, ty, expected) in [
            (json!({"style": "offset", "items": "/boats"}), "integer", "the answer has no field at `/boats`"),
            (json!({"style": "offset", "items": "/ships"}), "integer", "there is no list at `/ships` of the answer"),
            (
                json!({"style": "page", "items": "/ships"}),
                "integer",
                "there is no parameter `page` that may be left out",
            ),
            (json!({"style": "offset", "items": "/ships"}), "string", "the parameter `offset` must be an integer"),
            (
                json!({"style": "link", "items": "/ships", "next": "/next", "parameter": "offset"}),
                "integer",
                "the parameter `offset` must be a text",
            ),
        ] {
            let error = calls(pagination, page.clone(), &parameters("offset", ty)).expect_err("it is refused");
            let place = "at /paths/~1fleets~1{fleet}~1ships/get/x-pagination: ";
            assert_eq!(error, format!("{place}{expected}"));
        }
    }
}
