//! Operations: rewrites the generator's methods as call builders with one expression as body.

use std::collections::BTreeMap;

use heck::{ToShoutySnakeCase, ToUpperCamelCase};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, FnArg, ImplItemFn, Item, ItemImpl, Pat, Type, parse_quote};

use super::builders::{Builder, Member, Setter};
use super::docs;
use super::pagination::List;
use super::signature::{Argument, Signature, Source};
use super::syntax::{option_argument, success_type};
use crate::codegen::features;
use crate::codegen::ir::{
    Body, BodyKind, EvidenceLevel, Ir, Operation, Parameter, ParameterLocation, ParameterStyle, RateLimitScope, Retry,
    Success,
};
use crate::codegen::lower::essence;
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::join;

type Items = BTreeMap<String, Vec<Item>>;

/// Rewrites the methods as call builders, by tag.
pub fn refine(methods: Vec<ImplItemFn>, types: &Items, ir: &Ir) -> Result<(Items, BTreeMap<String, Signature>)> {
    let mut by_name: BTreeMap<String, ImplItemFn> =
        methods.into_iter().map(|method| (method.sig.ident.to_string(), method)).collect();
    let mut starts: BTreeMap<String, ItemImpl> = BTreeMap::new();
    let mut calls: Items = BTreeMap::new();
    let mut signatures = BTreeMap::new();
    for operation in &ir.operations {
        let method = match by_name.remove(&operation.id) {
            Some(method) => method,
            None => return Err(Diagnostic::at(&operation.pointer, "the generator wrote no method for the operation")),
        };
        let (start, call, signature) = call_of(&method, operation, types, ir)?;
        starts
            .entry(operation.tag.clone())
            .or_insert_with(|| parse_quote!(impl crate::Client {}))
            .items
            .push(syn::ImplItem::Fn(start));
        calls.entry(operation.tag.clone()).or_default().extend(call);
        signatures.insert(operation.id.clone(), signature);
    }
    for (tag, block) in starts {
        calls.entry(tag).or_default().insert(0, Item::Impl(block));
    }
    Ok((calls, signatures))
}

/// Returns the arguments for the parts of a form, which the generator does not support.
fn part_arguments(operation: &Operation) -> Vec<Argument> {
    operation
        .parts()
        .map(|part| Argument {
            ident: part.rust.clone(),
            ty: match &part.component {
                Some(component) => format!("types::{component}"),
                None if part.binary => "FilePart".to_owned(),
                None => "str".to_owned(),
            },
            by_reference: true,
            optional: !part.required,
            client_default: false,
            source: Source::Part(part.name.clone()),
        })
        .collect()
}

/// Generates the method of the client, the call builder, and the signature.
fn call_of(
    method: &ImplItemFn,
    operation: &Operation,
    types: &Items,
    ir: &Ir,
) -> Result<(ImplItemFn, Vec<Item>, Signature)> {
    let arguments = arguments(method, operation)?;
    let success: Type = match operation.success {
        Success::Json | Success::JsonOrEmpty => {
            let ty = success_type(&method.sig.output)
                .ok_or_else(|| Diagnostic::at(&operation.pointer, "the generator's method has an unknown result"))?;
            if operation.success == Success::Json { ty } else { parse_quote!(Option<#ty>) }
        }
        Success::Text => parse_quote!(String),
        Success::Raw => parse_quote!(RawBody),
        Success::Empty => parse_quote!(()),
    };
    let name = &method.sig.ident;
    let builder = Builder {
        name: format_ident!("{}Call", operation.id.to_upper_camel_case()),
        docs: docs::lines(&format!(
            "A call of [`Client::{name}`](crate::Client::{name}).\n\n{}",
            features::sentence([&operation.tag])
        )),
        answer: Some(success.clone()),
        members: arguments.iter().map(|argument| member(argument, operation)).collect(),
    };
    let (bounds, start, builder_name) = (builder.bounds(), builder.start(), &builder.name);
    let body = body(operation, &arguments, ir);
    let values = builder.members.iter().map(|member| {
        let (ident, value) = (&member.ident, Builder::value(member));
        quote!(let #ident = #value;)
    });
    let list = match &operation.pagination {
        Some(pagination) => {
            let (arguments, page, builder) = (&arguments[..], &success, &builder);
            let list = List { operation, pagination, arguments, page, builder, types, ir };
            let items = list.items().map_err(|what| Diagnostic::at(join(&operation.pointer, "x-pagination"), what))?;
            Some(items)
        }
        None => None,
    };
    let call = builder.items(&quote! {
        /// Sends the call and decodes the answer.
        pub async fn send(self) -> Result<Response<#success>, crate::Error> where #bounds {
            #(#values)*
            #body
        }
        #list
    });
    let docs = docs::lines(&doc(operation));
    let deprecated: Option<Attribute> = operation.deprecated.then(|| parse_quote!(#[deprecated]));
    let start: ImplItemFn = parse_quote! {
        #(#docs)*
        #deprecated
        pub fn #name(&self) -> #builder_name<'_> {
            #start
        }
    };
    let signature = Signature { arguments, success: success.to_token_stream().to_string().replace(' ', "") };
    Ok((start, call, signature))
}

fn member(argument: &Argument, operation: &Operation) -> Member {
    let description = match &argument.source {
        Source::Part(name) => {
            let part = operation.parts().find(|part| part.name == *name);
            part.map_or_else(String::new, |part| part.description.clone())
        }
        Source::Body => "The body.".to_owned(),
        Source::Parameter(rust) => {
            let parameter = operation.parameters.iter().find(|parameter| parameter.rust == *rust);
            let described = parameter.map(|parameter| parameter.description.as_str()).filter(|text| !text.is_empty());
            let name = parameter.map_or(rust, |parameter| &parameter.name);
            let described =
                described.map_or_else(|| format!("`{name}`; the vendor does not describe it."), ToOwned::to_owned);
            if argument.client_default {
                let own = format!("[`ClientBuilder::{rust}`](crate::ClientBuilder::{rust})");
                format!("{described}\n\nA call without it takes that of the client, which {own} sets.")
            } else {
                described
            }
        }
    };
    let ty: Type = if argument.by_reference {
        let inner: Type = syn::parse_str(&argument.ty).unwrap_or_else(|_| parse_quote!(str));
        parse_quote!(&'c #inner)
    } else {
        syn::parse_str(&argument.ty).unwrap_or_else(|_| parse_quote!(str))
    };
    Member {
        ident: format_ident!("{}", argument.ident),
        ty,
        required: !argument.is_option(),
        default_empty: false,
        clearable: false,
        setter: match (argument.optional, argument.ty == BYTES) {
            (true, _) if argument.by_reference && argument.ty == "str" => Setter::OptionalText,
            (true, _) => Setter::IntoOption,
            (false, true) => Setter::Into,
            (false, false) => Setter::Plain,
        },
        docs: docs::lines(&description),
    }
}

fn arguments(method: &ImplItemFn, operation: &Operation) -> Result<Vec<Argument>> {
    let mut arguments = Vec::new();
    let body_required = operation.body.as_ref().is_none_or(|body| body.required);
    for input in method.sig.inputs.iter() {
        let FnArg::Typed(typed) = input else { continue };
        let Pat::Ident(pattern) = &*typed.pat else { continue };
        let ident = pattern.ident.to_string();
        let (ty, optional) = match option_argument(&typed.ty) {
            Some(inner) => (inner, true),
            None => (&*typed.ty, false),
        };
        let (ty, by_reference) = match ty {
            Type::Reference(reference) => (&*reference.elem, true),
            other => (other, false),
        };
        let parameter = operation.parameters.iter().find(|parameter| parameter.rust == ident);
        let source = match parameter {
            Some(parameter) => Source::Parameter(parameter.rust.clone()),
            None if ident == "body" => Source::Body,
            None => {
                let message = format!("argument `{ident}` of the method is no parameter");
                return Err(Diagnostic::at(&operation.pointer, message));
            }
        };
        let ty = ty.to_token_stream().to_string().replace(' ', "");
        let optional = if source == Source::Body { !body_required } else { optional };
        let client_default = parameter.is_some_and(|parameter| parameter.client_default.is_some());
        let (ty, by_reference) = if ty == "B" { (BYTES.to_owned(), false) } else { (ty, by_reference) };
        arguments.push(Argument { ident, ty, by_reference, optional, client_default, source });
    }
    arguments.extend(part_arguments(operation));
    Ok(arguments)
}

fn body(operation: &Operation, arguments: &[Argument], ir: &Ir) -> TokenStream {
    let table = format_ident!("{}", operation.id.to_shouty_snake_case());
    let steps = operation.parameters.iter().filter_map(|parameter| {
        let source = Source::Parameter(parameter.rust.clone());
        let argument = arguments.iter().find(|argument| argument.source == source)?;
        Some(step(parameter, argument))
    });
    let parts = operation.parts().map(|part| {
        let (name, ident) = (&part.name, format_ident!("{}", part.rust));
        let method = if part.binary { format_ident!("file") } else { format_ident!("text") };
        let value = match (part.required, part.component.is_some()) {
            (true, true) => quote!(Some(#ident.as_ref())),
            (true, false) => quote!(Some(#ident)),
            (false, true) => quote!(#ident.map(AsRef::as_ref)),
            (false, false) => quote!(#ident),
        };
        quote!(.#method(#name, #value))
    });
    let is_form = arguments.iter().any(|argument| matches!(argument.source, Source::Part(_)));
    let form = is_form.then(|| quote!(.form(MultipartForm::new() #(#parts)*)));
    let given = arguments.iter().find(|argument| argument.source == Source::Body);
    let content = given.zip(operation.body.as_ref()).map(|(argument, body)| content(argument, body, ir));
    let decode = match operation.success {
        Success::Json => quote!(response.json()),
        Success::JsonOrEmpty => quote!(response.json_or_empty()),
        Success::Text => quote!(response.text()),
        Success::Raw => quote!(response.raw()),
        Success::Empty => quote!(Ok(response.empty())),
    };
    quote! {
        let mut request = self.pipeline.request(&operations::#table);
        request.options(self.options) #(#steps)* #content #form;
        let response = self.pipeline.send::<crate::ApiError>(&mut request).await?;
        #decode
    }
}

/// Type of a body of bytes.
const BYTES: &str = "Bytes";

fn content(argument: &Argument, body: &Body, ir: &Ir) -> TokenStream {
    let media = essence(&body.media);
    let limited = argument.ty.strip_prefix("types::").is_some_and(|name| ir.has_constraints(name));
    let limits = limited.then(|| if argument.optional { quote!(.validate(&body)) } else { quote!(.validate(body)) });
    // A number or a flag is given by value.
    let one = if argument.by_reference { quote!(body) } else { quote!(&body) };
    let value = match (argument.optional, argument.by_reference) {
        (true, false) if body.kind == BodyKind::Json => quote!(body.as_ref()),
        (true, _) => quote!(body),
        (false, _) if body.kind == BodyKind::Json => quote!(Some(#one)),
        (false, _) => quote!(Some(body)),
    };
    match (body.kind, argument.optional) {
        (BodyKind::Json, false) if media == "application/json" => quote!(#limits .json(#one)),
        (BodyKind::Json, _) => quote!(#limits .json_as(#media, #value)),
        (BodyKind::UrlEncoded, _) => quote!(#limits .url_encoded(#value)),
        (BodyKind::Text | BodyKind::Raw | BodyKind::Multipart, _) => {
            let media = &body.media;
            quote!(.bytes(#media, #value))
        }
    }
}

/// Generates the expression that adds one parameter.
fn step(parameter: &Parameter, argument: &Argument) -> TokenStream {
    let name = &parameter.name;
    let ident = format_ident!("{}", argument.ident);
    let secret = argument.ty == "Secret";
    let list = |ident: &proc_macro2::Ident| {
        if argument.optional { quote!(#ident.map(Vec::as_slice)) } else { quote!(Some(#ident.as_slice())) }
    };
    match (parameter.location, parameter.style) {
        (ParameterLocation::Path, style) if style.is_list() => quote!(.path_list(#name, #ident.as_slice())),
        (ParameterLocation::Path, _) if argument.client_default => {
            let setter = &argument.ident;
            quote!(.path_or_default(#name, #setter, #ident.map(AsRef::as_ref), self.pipeline.path_default(#name)))
        }
        (ParameterLocation::Path, _) if secret => quote!(.path(#name, #ident.expose())),
        (ParameterLocation::Path, _) if argument.ty == "str" || argument.ty.starts_with("types::") => {
            quote!(.path(#name, #ident.as_ref()))
        }
        (ParameterLocation::Path, _) => quote!(.path(#name, &#ident.to_string())),
        (ParameterLocation::Header, style) if style.is_list() => {
            let values = list(&ident);
            quote!(.header_list(#name, #values))
        }
        (_, style) if style.is_list() => {
            let values = list(&ident);
            let style = match style {
                ParameterStyle::Comma => quote!(ListStyle::Comma),
                ParameterStyle::Space => quote!(ListStyle::Space),
                ParameterStyle::Pipe => quote!(ListStyle::Pipe),
                _ => quote!(ListStyle::Repeated),
            };
            quote!(.query_list(#name, #values, #style))
        }
        (_, style) if style.is_object() => {
            let value = if argument.optional { quote!(#ident) } else { quote!(Some(#ident)) };
            let style = match style {
                ParameterStyle::DeepObject => quote!(ObjectStyle::Deep),
                ParameterStyle::CommaObject => quote!(ObjectStyle::Comma),
                _ => quote!(ObjectStyle::Exploded),
            };
            quote!(.query_object(#name, #value, #style))
        }
        (ParameterLocation::Header, _) if secret => {
            let value = if argument.optional { quote!(#ident) } else { quote!(Some(#ident)) };
            quote!(.secret_header(#name, #value))
        }
        (location, _) => {
            let method =
                if location == ParameterLocation::Query { format_ident!("query") } else { format_ident!("header") };
            let value = match (argument.optional, secret) {
                (true, true) => {
                    quote!(#ident.map(|value| value.expose()).as_ref().map(|value| value as &dyn ::std::fmt::Display))
                }
                (true, false) => quote!(#ident.as_ref().map(|value| value as &dyn ::std::fmt::Display)),
                (false, true) => quote!(Some(&#ident.expose())),
                (false, false) => quote!(Some(&#ident)),
            };
            quote!(.#method(#name, #value))
        }
    }
}

/// Returns the doc comment of an operation: summary, description, retries, limits, evidence.
fn doc(operation: &Operation) -> String {
    let mut parts = vec![operation.summary.trim_end_matches('.').to_owned() + "."];
    if !operation.description.is_empty() && operation.description != operation.summary {
        parts.push(operation.description.clone());
    }
    if operation.pagination.is_some() {
        parts.push(
            "The answer is one page of a list; `.items()` instead of `.send()` goes through all of them.".to_owned(),
        );
    }
    let retry = match operation.retry {
        Retry::ByIdempotency => None,
        Retry::RateLimited => Some(
            "An answer of 5xx may come after the effect, so the call is sent again by itself only after a 429, or if no \
             connection was made.",
        ),
        Retry::ConnectErrorsOnly => Some(
            "An answer of 429 or 5xx may come after the effect, so the call is not sent again by itself unless no \
             connection was made.",
        ),
    };
    parts.extend(retry.map(ToOwned::to_owned));
    if let Some(pointer) = &operation.result {
        parts.push(format!("A success whose body has nothing at `{pointer}` made nothing, and is an error."));
    }
    if let Some(pattern) = &operation.cooldown {
        let at = pattern.pointer.as_ref().map_or_else(String::new, |at| format!(" with a text at `{at}`"));
        let at = pattern.value.as_ref().map_or(at, |value| format!(" with `{value}`"));
        parts.push(format!(
            "An answer of {}{at} is a cool-down of what was asked for: the call is not sent again by itself.",
            pattern.status
        ));
    }
    for limit in &operation.rate_limits {
        let scope = match &limit.scope {
            // The same for every operation, so it is documented once, for the crate.
            RateLimitScope::Credential | RateLimitScope::Address => continue,
            RateLimitScope::Path(name) => format!("for each `{name}`"),
            RateLimitScope::Body(pointer) => format!("for each `{}` of the body", pointer.trim_start_matches('/')),
        };
        let requests = if limit.requests == 1 { "request" } else { "requests" };
        parts.push(format!("Published limit: {} {requests} in {} seconds {scope}.", limit.requests, limit.per_seconds));
    }
    let evidence = match operation.level() {
        Some(EvidenceLevel::Published) | None => "from the vendor's OpenAPI text",
        Some(EvidenceLevel::Documented) => "documented in the vendor's prose",
        Some(EvidenceLevel::Observed) => "observed in clients",
    };
    parts.push(features::sentence([&operation.tag]));
    let page = operation.page.as_ref().map_or_else(String::new, |page| format!(" ([page]({page}))"));
    parts.push(format!("`{} {}`, {evidence}{page}.", operation.method.to_uppercase(), operation.path));
    parts.join("\n\n")
}
