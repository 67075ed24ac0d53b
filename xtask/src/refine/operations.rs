//! Operations: the generator's signatures as calls that are built and sent, over a body of one expression.

use std::collections::BTreeMap;

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, FnArg, GenericArgument, ImplItemFn, Item, ItemImpl, Pat, PathArguments, ReturnType, Type, parse_quote,
};

use super::builders::{Builder, Member, Setter};
use super::docs;
use super::types::is_limited;
use crate::model::{Level, ListStyle, Lowered, Operation, Parameter, Place, Scope, Success};
use crate::problem::{Problem, Result};

/// What calling an operation takes and gives, in Rust.
pub struct Signature {
    pub arguments: Vec<Argument>,
    /// Type of the value that a success holds.
    pub success: String,
}

pub struct Argument {
    pub ident: String,
    /// The type without reference and `Option`, as text.
    pub ty: String,
    pub by_reference: bool,
    pub optional: bool,
    /// Name of the parameter, or `None` for the body.
    pub parameter: Option<String>,
    /// It is a part of a form.
    pub part: bool,
}

type Items = BTreeMap<String, Vec<Item>>;

/// Turns the methods into calls and sorts them by tag.
pub fn refine(methods: Vec<ImplItemFn>, lowered: &Lowered) -> Result<(Items, BTreeMap<String, Signature>)> {
    let mut by_name: BTreeMap<String, ImplItemFn> =
        methods.into_iter().map(|method| (method.sig.ident.to_string(), method)).collect();
    let mut starts: BTreeMap<String, ItemImpl> = BTreeMap::new();
    let mut calls: Items = BTreeMap::new();
    let mut signatures = BTreeMap::new();
    for operation in &lowered.operations {
        let method = match by_name.remove(&operation.id) {
            Some(method) => method,
            None if operation.generated() => {
                return Err(Problem::at(&operation.pointer, "the generator wrote no method for the operation"));
            }
            None => form_method(operation)?,
        };
        let (start, call, signature) = call_of(&method, operation, lowered)?;
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

/// What the generator would write for a form if it knew forms: a method with an argument for each part.
fn form_method(operation: &Operation) -> Result<ImplItemFn> {
    let name = format_ident!("{}", operation.id);
    let body = operation.success_response().and_then(|response| response.body.as_ref());
    let success: Type = match body.and_then(|body| body.component.as_ref()) {
        Some(component) => {
            let component = format_ident!("{component}");
            parse_quote!(types::#component)
        }
        None => parse_quote!(()),
    };
    let mut arguments: Vec<FnArg> = Vec::new();
    for parameter in &operation.parameters {
        let ident = format_ident!("{}", parameter.name.to_snake_case());
        if parameter.place != Place::Path {
            return Err(Problem::at(
                &operation.pointer,
                "a form with parameters outside of the path can't be written yet",
            ));
        }
        arguments.push(match &parameter.component {
            Some(component) => {
                let component = format_ident!("{component}");
                parse_quote!(#ident: &types::#component)
            }
            None => parse_quote!(#ident: &str),
        });
    }
    for part in operation.parts() {
        let ident = format_ident!("{}", part.name.to_snake_case());
        let ty: Type = match &part.component {
            Some(component) => {
                let component = format_ident!("{component}");
                parse_quote!(&types::#component)
            }
            None if part.binary => parse_quote!(&FilePart),
            None => parse_quote!(&str),
        };
        arguments.push(if part.required { parse_quote!(#ident: #ty) } else { parse_quote!(#ident: Option<#ty>) });
    }
    Ok(parse_quote! {
        pub async fn #name(&self, #(#arguments),*) -> Result<ResponseValue<#success>, Error<crate::ApiError>> {}
    })
}

/// The client's method, the call that it starts, and its signature.
fn call_of(
    method: &ImplItemFn,
    operation: &Operation,
    lowered: &Lowered,
) -> Result<(ImplItemFn, Vec<Item>, Signature)> {
    let arguments = arguments(method, operation)?;
    let success: Type = match operation.success {
        Success::Json => success_type(&method.sig.output)
            .ok_or_else(|| Problem::at(&operation.pointer, "the generator's method has an unknown result"))?,
        Success::Text => parse_quote!(String),
        Success::Raw => parse_quote!(RawBody),
        Success::Empty => parse_quote!(()),
    };
    let name = &method.sig.ident;
    let builder = Builder {
        name: format_ident!("{}Call", operation.id.to_upper_camel_case()),
        docs: docs::lines(&format!("A call of [`Client::{name}`](crate::Client::{name}).")),
        is_call: true,
        members: arguments.iter().map(|argument| member(argument, operation)).collect(),
    };
    let (bounds, start, builder_name) = (builder.bounds(), builder.start(), &builder.name);
    let body = body(operation, &arguments, lowered);
    let values = builder.members.iter().map(|member| {
        let (ident, value) = (&member.ident, Builder::value(member));
        quote!(let #ident = #value;)
    });
    let call = builder.items(&quote! {
        /// Sends the call and decodes the answer.
        pub async fn send(self) -> Result<ResponseValue<#success>, crate::Error> where #bounds {
            #(#values)*
            #body
        }
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
    let description = match &argument.parameter {
        None if argument.part => {
            let part = operation.parts().find(|part| part.name.to_snake_case() == argument.ident);
            part.map_or_else(String::new, |part| part.description.clone())
        }
        None => "The body.".to_owned(),
        Some(name) => {
            let parameter = operation.parameters.iter().find(|parameter| parameter.name == *name);
            let described = parameter.map(|parameter| parameter.description.as_str()).filter(|text| !text.is_empty());
            described.map_or_else(|| format!("`{name}`; the vendor does not describe it."), ToOwned::to_owned)
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
        required: !argument.optional,
        or_empty: false,
        setter: if argument.optional { Setter::IntoOption } else { Setter::Plain },
        docs: docs::lines(&description),
    }
}

fn arguments(method: &ImplItemFn, operation: &Operation) -> Result<Vec<Argument>> {
    let mut arguments = Vec::new();
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
        let parameter = operation.parameters.iter().find(|p| p.name.to_snake_case() == ident).map(|p| p.name.clone());
        let part = operation.parts().any(|part| part.name.to_snake_case() == ident);
        if parameter.is_none() && ident != "body" && !part {
            return Err(Problem::at(&operation.pointer, format!("argument `{ident}` of the method is no parameter")));
        }
        let ty = ty.to_token_stream().to_string().replace(' ', "");
        arguments.push(Argument { ident, ty, by_reference, optional, parameter, part });
    }
    Ok(arguments)
}

/// `T` of `Option<T>`.
pub fn option_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    first_type(&last.arguments)
}

pub fn first_type(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `T` of `Result<ResponseValue<T>, _>`.
fn success_type(output: &ReturnType) -> Option<Type> {
    let ReturnType::Type(_, ty) = output else { return None };
    let Type::Path(result) = &**ty else { return None };
    let Type::Path(value) = first_type(&result.path.segments.last()?.arguments)? else { return None };
    first_type(&value.path.segments.last()?.arguments).cloned()
}

fn body(operation: &Operation, arguments: &[Argument], lowered: &Lowered) -> TokenStream {
    let table = format_ident!("{}", operation.id.to_shouty_snake_case());
    let steps = operation.parameters.iter().filter_map(|parameter| {
        let argument = arguments.iter().find(|argument| argument.parameter.as_ref() == Some(&parameter.name))?;
        Some(step(parameter, argument))
    });
    let parts = operation.parts().map(|part| {
        let (name, ident) = (&part.name, format_ident!("{}", part.name.to_snake_case()));
        let method = if part.binary { format_ident!("file") } else { format_ident!("text") };
        let value = match (part.required, part.component.is_some()) {
            (true, true) => quote!(Some(#ident.as_ref())),
            (true, false) => quote!(Some(#ident)),
            (false, true) => quote!(#ident.map(AsRef::as_ref)),
            (false, false) => quote!(#ident),
        };
        quote!(.#method(#name, #value))
    });
    let form = arguments.iter().any(|argument| argument.part).then(|| quote!(.form(Form::new() #(#parts)*)));
    let body = |argument: &&Argument| argument.parameter.is_none() && !argument.part;
    let json = arguments.iter().find(body).map(|argument| {
        let limited = argument.ty.strip_prefix("types::").is_some_and(|name| is_limited(name, lowered));
        let limits = limited.then(|| quote!(.limits(body)));
        quote!(#limits .json(body))
    });
    let call = quote!(self.transport.call(&operations::#table).options(self.options) #(#steps)* #json #form .send::<crate::ApiError>().await?);
    match operation.success {
        Success::Json => quote!(#call.json()),
        Success::Text => quote!(#call.text()),
        Success::Raw => quote!(#call.raw()),
        Success::Empty => quote!(Ok(#call.empty())),
    }
}

fn step(parameter: &Parameter, argument: &Argument) -> TokenStream {
    let name = &parameter.name;
    let ident = format_ident!("{}", argument.ident);
    let is_text = argument.ty == "str" || argument.ty.starts_with("types::");
    match (parameter.place, parameter.list) {
        (Place::Path, _) if is_text => quote!(.path(#name, #ident.as_ref())),
        (Place::Path, _) => quote!(.path(#name, &#ident.to_string())),
        (Place::Query, Some(style)) => {
            let style = match style {
                ListStyle::Repeated => quote!(ListStyle::Repeated),
                ListStyle::Comma => quote!(ListStyle::Comma),
            };
            let values =
                if argument.optional { quote!(#ident.map(Vec::as_slice)) } else { quote!(Some(#ident.as_slice())) };
            quote!(.query_list(#name, #values, #style))
        }
        (place, _) => {
            let method = if place == Place::Query { format_ident!("query") } else { format_ident!("header") };
            let value = if argument.optional {
                quote!(#ident.as_ref().map(|value| value as &dyn ::std::fmt::Display))
            } else {
                quote!(Some(&#ident))
            };
            quote!(.#method(#name, #value))
        }
    }
}

/// What it does, what to beware of, and where it is known from.
fn doc(operation: &Operation) -> String {
    let mut parts = vec![operation.summary.trim_end_matches('.').to_owned() + "."];
    if !operation.description.is_empty() && operation.description != operation.summary {
        parts.push(operation.description.clone());
    }
    if operation.retry_never {
        parts.push(
            "An answer of 429 or 5xx may come after the effect, so the call is not sent again by itself unless no \
             connection was made."
                .to_owned(),
        );
    }
    for limit in &operation.rate_limits {
        let scope = match &limit.scope {
            // The same for every operation, so it is said once, in the crate's own text.
            Scope::Credential => continue,
            Scope::Path(name) => format!("for each `{name}`"),
            Scope::Body(pointer) => format!("for each `{}` of the body", pointer.trim_start_matches('/')),
        };
        let requests = if limit.requests == 1 { "request" } else { "requests" };
        parts.push(format!("Published limit: {} {requests} in {} seconds {scope}.", limit.requests, limit.per_seconds));
    }
    let evidence = match operation.level() {
        Some(Level::Published) | None => "from the vendor's OpenAPI text",
        Some(Level::Documented) => "documented in the vendor's prose",
        Some(Level::Observed) => "observed in clients",
    };
    let page = operation.page.as_ref().map_or_else(String::new, |page| format!(" ([page]({page}))"));
    parts.push(format!("`{} {}`, {evidence}{page}.", operation.method.to_uppercase(), operation.path));
    parts.join("\n\n")
}
