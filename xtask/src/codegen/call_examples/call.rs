//! Example of an operation: its required arguments, the call, and a few fields of the answer.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote};
use serde_json::Value;
use syn::visit_mut::{self, VisitMut};
use syn::{Ident, Type, parse_quote};

use super::answer;
use super::code::{Code, Kind};
use super::example::{Example, OF_ROOT, Paragraph};
use super::objects::Objects;
use super::tokens::{RESERVED, text, variable};
use super::value::Writer;
use crate::codegen::ir::{BodyKind, Operation, Pagination, Success};
use crate::codegen::refine::{Argument, Signature, Source};

/// Writes a call of an operation.
pub fn call(
    code: &Code,
    all: &Objects,
    krate: &str,
    bundle: &Value,
    operation: &Operation,
    signature: &Signature,
) -> Option<Example> {
    let arguments = signature.arguments.iter().map(|argument| argument.ident.clone());
    let taken: BTreeSet<String> = arguments.chain(RESERVED.map(ToOwned::to_owned)).collect();
    let mut given = Given {
        krate,
        writer: Writer::new(code, all, taken.clone()),
        bindings: TokenStream::new(),
        setters: TokenStream::new(),
        parameters: String::new(),
    };
    for argument in &signature.arguments {
        given.add(code, bundle, operation, argument);
    }
    let Given { bindings, setters, parameters, .. } = given;
    let method = format_ident!("{}", operation.id);
    let sent = quote!(client.#method() #setters .send().await?);
    let ty: Type = syn::parse_str(&signature.success).ok()?;
    let owner = answer::name(code, &ty, "answer");
    let owner = if taken.contains(&owner.to_string()) { format_ident!("answer") } else { owner };
    let json = success_example(bundle, operation);
    let read = match operation.success {
        Success::Empty => None,
        Success::Text => Some(quote!(println!("{}", #owner.as_str());)),
        Success::Raw => Some(quote!(println!("{:?}", #owner.text());)),
        Success::Json | Success::JsonOrEmpty => {
            let read = json.and_then(|json| answer::answer(code, &owner, &ty, json));
            Some(read.unwrap_or_else(|| quote!(println!("{}", #owner.status());)))
        }
    };
    let call = match read {
        Some(read) => quote!(let #owner = #sent; #read),
        None => quote!(#sent;),
    };
    let mut paragraphs = vec![Paragraph::of(quote!(#bindings #call))];
    // A parameter of the hidden function may not be given twice.
    if let Some(pagination) = operation.pagination.as_ref().filter(|_| parameters.is_empty()) {
        paragraphs.push(stream(code, operation, pagination, &setters, &ty, json));
    }
    Example::of(krate, &format!("client: {krate}::Client{parameters}"), true, &[], &paragraphs)
}

/// Arguments of one call.
struct Given<'c> {
    krate: &'c str,
    writer: Writer<'c>,
    /// Definitions before the call.
    bindings: TokenStream,
    setters: TokenStream,
    /// Parameters of the hidden function, for values that can't be written.
    parameters: String,
}

impl Given<'_> {
    fn add(&mut self, code: &Code, bundle: &Value, operation: &Operation, argument: &Argument) {
        let ident = format_ident!("{}", argument.ident);
        let Ok(ty) = syn::parse_str::<Type>(&argument.ty) else { return };
        let is_body = argument.source == Source::Body;
        if argument.optional && !is_body {
            return;
        }
        let value = match &argument.source {
            Source::Body => self.body(code, bundle, operation, &ty),
            Source::Parameter(rust) => {
                let parameter = operation.parameters.iter().find(|parameter| parameter.rust == *rust);
                parameter.and_then(|parameter| self.plain(code, &ty, parameter.example.as_ref()?))
            }
            Source::Part(name) => {
                let part = operation.parts().find(|part| part.name == *name);
                part.and_then(|part| match part.binary {
                    true => Some(file(&part.example)),
                    false => self.plain(code, &ty, &Value::from(part.example.as_str())),
                })
            }
        };
        let variables = self.writer.take_variables();
        let Some(value) = value else {
            if !argument.optional {
                self.add_parameter(argument, &ident, ty);
            }
            return;
        };
        let is_text = argument.by_reference && argument.ty == "str";
        let is_named = is_body || is_free(&ident) && matches!(code.kind(&ty), Kind::Id(_) | Kind::Filter(_));
        let argument = match (argument.by_reference, is_named) {
            (true, true) if !is_text => {
                self.bindings.extend(quote!(#variables let #ident = #value;));
                quote!(&#ident)
            }
            (by_reference, _) => {
                self.bindings.extend(variables);
                if by_reference && !is_text { quote!(&#value) } else { value }
            }
        };
        self.setters.extend(quote!(.#ident(#argument)));
    }

    /// Makes an argument a parameter of the hidden function.
    fn add_parameter(&mut self, argument: &Argument, ident: &Ident, mut ty: Type) {
        let name = if is_free(ident) || ident == "body" { ident.clone() } else { format_ident!("the_{}", ident) };
        Outside(self.krate).visit_type_mut(&mut ty);
        if argument.by_reference {
            ty = parse_quote!(&#ty);
        }
        if argument.ty == "Bytes" {
            ty = parse_quote!(Vec<u8>);
        }
        let ty = ty.to_token_stream().to_string().replace(' ', "");
        self.parameters.push_str(&format!(", {name}: {ty}"));
        self.setters.extend(quote!(.#ident(#name)));
    }

    fn body(&mut self, code: &Code, bundle: &Value, operation: &Operation, ty: &Type) -> Option<TokenStream> {
        let body = operation.body.as_ref()?;
        let mut examples = body.examples.iter().filter_map(|example| bundle.pointer(&example.pointer));
        match (body.kind, code.kind(ty)) {
            (BodyKind::Json | BodyKind::UrlEncoded, Kind::Struct(name)) => {
                let objects: Vec<_> = examples.filter_map(Value::as_object).collect();
                self.writer.builder(&name.to_string(), &objects)
            }
            (BodyKind::Json | BodyKind::UrlEncoded, _) => self.plain(code, ty, examples.next()?),
            _ => None,
        }
    }

    /// Writes the value of a parameter. A single value becomes a list, and a number a string, where the type wants it.
    fn plain(&mut self, code: &Code, ty: &Type, json: &Value) -> Option<TokenStream> {
        let text_of_number = Value::from(json.to_string());
        let is_textual = matches!(code.kind(ty), Kind::Text | Kind::Id(_));
        let json = if is_textual && json.is_number() { &text_of_number } else { json };
        match code.kind(ty) {
            Kind::Text if !matches!(ty, Type::Path(path) if path.path.is_ident("String")) => {
                let text = text(json.as_str()?);
                Some(quote!(#text))
            }
            Kind::List(_) if !json.is_array() => self.writer.value(ty, &Value::from(vec![json.clone()])),
            _ => self.writer.value(ty, json),
        }
    }
}

fn is_free(ident: &Ident) -> bool {
    !RESERVED.iter().any(|name| ident == name)
}

/// Qualifies the types of a crate with its path.
struct Outside<'n>(&'n str);

impl VisitMut for Outside<'_> {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        let first = path.segments.first().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let krate = format_ident!("{}", self.0);
        if first == "BTreeMap" && path.segments.len() == 1 {
            path.segments.insert(0, parse_quote!(collections));
            path.segments.insert(0, parse_quote!(std));
        } else if first == "types" || path.segments.len() == 1 && OF_ROOT.contains(&first.as_str()) {
            path.segments.insert(0, parse_quote!(#krate));
        }
        visit_mut::visit_path_mut(self, path);
    }
}

/// Writes a file part. The name ends as the content of the example suggests.
fn file(example: &str) -> TokenStream {
    let name = match example.trim_start() {
        text if text.starts_with("%PDF") => "file.pdf",
        text if text.starts_with(['{', '[']) => "file.json",
        _ => "file.bin",
    };
    quote!(FilePart::new(#name, std::fs::read(#name)?))
}

/// Returns the longest example of a success.
fn success_example<'b>(bundle: &'b Value, operation: &Operation) -> Option<&'b Value> {
    let body = operation.success_response()?.body.as_ref()?;
    let examples = body.examples.iter().filter_map(|example| bundle.pointer(&example.pointer));
    // The first of those that are equally long.
    examples.rev().max_by_key(|example| example.to_string().len())
}

/// Writes the loop over the items of all pages.
fn stream(
    code: &Code,
    operation: &Operation,
    pagination: &Pagination,
    setters: &TokenStream,
    page: &Type,
    json: Option<&Value>,
) -> Paragraph {
    let method = format_ident!("{}", operation.id);
    let list = operation.id.split_once('_').and_then(|(_, list)| variable(list));
    let list = list.unwrap_or_else(|| format_ident!("items"));
    let first = json.and_then(|json| json.pointer(&pagination.items)?.as_array()?.first());
    let ty = code.field_at(page, &pagination.items).and_then(|ty| match code.kind(&ty) {
        Kind::List(item) => Some(item.clone()),
        _ => None,
    });
    let item = ty.as_ref().map_or_else(|| format_ident!("item"), |ty| answer::name(code, ty, "item"));
    let read = ty.zip(first).and_then(|(ty, first)| answer::item_read(code, &item, &ty, first));
    let read = read.map_or_else(|| quote!(println!("{:?}", #item);), |(_, read)| read);
    Paragraph {
        comment: Some("Every page, one after the other."),
        statements: quote! {
            let mut #list = client.#method() #setters .items();
            while let Some(#item) = #list.next().await {
                let #item = #item?;
                #read
            }
        },
    }
}
