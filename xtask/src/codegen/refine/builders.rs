//! Typestate builders, written out so that no macro runs in a user's build: each required member has a type parameter,
//! which is a marker of the member's name until the member is set.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, Item, Type, parse_quote};

/// Member of a builder.
pub struct Member {
    pub ident: Ident,
    /// Stored type, without `Option`.
    pub ty: Type,
    pub required: bool,
    /// Empty if it is not set, and stored without `Option`.
    pub default_empty: bool,
    /// May be set to null.
    pub clearable: bool,
    pub setter: Setter,
    pub docs: Vec<Attribute>,
}

/// Argument of a setter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setter {
    /// The type itself.
    Plain,
    /// `impl Into<T>`.
    Into,
    /// `impl Into<Option<T>>`.
    IntoOption,
    /// `impl OptionalText`.
    OptionalText,
}

/// Builder to generate.
pub struct Builder {
    pub name: Ident,
    pub docs: Vec<Attribute>,
    /// Type of the answer of a call, which also stores pipeline and options and borrows the client for `'c`; `None` for a body.
    pub answer: Option<Type>,
    pub members: Vec<Member>,
}

impl Builder {
    /// Generates the builder and its setters. `finish` is a method in which the members are variables.
    pub fn items(&self, finish: &TokenStream) -> Vec<Item> {
        let name = &self.name;
        let docs = &self.docs;
        let parameters = self.parameters();
        let defaults = self.required().map(|member| {
            let (parameter, marker) = (parameter(&member.ident), marker(&member.ident));
            quote!(#parameter = #marker)
        });
        let lifetime = self.lifetime();
        let context = self.is_call().then(|| quote!(pipeline: &'c Pipeline, options: CallOptions,));
        let fields = self.members.iter().map(|member| {
            let (ident, ty) = (&member.ident, &member.ty);
            if member.required {
                let parameter = parameter(ident);
                quote!(#ident: #parameter)
            } else if member.clearable {
                quote!(#ident: Option<Option<#ty>>)
            } else {
                quote!(#ident: Option<#ty>)
            }
        });
        let unfinished = match self.is_call() {
            true => "a call does nothing until it ends with `.send().await`",
            false => "a builder does nothing until it ends with `.build()`",
        };
        let mut items: Vec<Item> = vec![parse_quote! {
            #(#docs)*
            #[must_use = #unfinished]
            pub struct #name<#lifetime #(#defaults),*> { #context #(#fields),* }
        }];
        items.extend(self.required().map(|member| self.required_setter(member)));
        let setters = self.members.iter().filter(|member| !member.required).map(optional_setter);
        let options = self.is_call().then(|| quote!(::api_runtime::__call_options!();));
        items.extend(self.answer.as_ref().map(|answer| self.unsent(answer)));
        items.push(parse_quote! {
            impl<#lifetime #(#parameters),*> #name<#lifetime #(#parameters),*> {
                #(#setters)*
                #options
                #finish
            }
        });
        items
    }

    /// Generates an empty builder.
    pub fn start(&self) -> TokenStream {
        let name = &self.name;
        let context = self.is_call().then(|| quote!(pipeline: &self.pipeline, options: CallOptions::default(),));
        let members = self.members.iter().map(|member| {
            let ident = &member.ident;
            if member.required {
                let marker = marker(ident);
                quote!(#ident: #marker)
            } else {
                quote!(#ident: None)
            }
        });
        quote!(#name { #context #(#members),* })
    }

    /// Generates the bounds for a complete builder.
    pub fn bounds(&self) -> TokenStream {
        let bounds = self.required().map(|member| {
            let (parameter, ty) = (parameter(&member.ident), &member.ty);
            quote!(#parameter: IsSet<#ty>)
        });
        quote!(#(#bounds),*)
    }

    /// Generates the value of a member in the finishing method.
    pub fn value(member: &Member) -> TokenStream {
        let ident = &member.ident;
        match (member.required, member.default_empty) {
            (true, _) => quote!(self.#ident.into_value()),
            (false, true) => quote!(self.#ident.unwrap_or_default()),
            (false, false) => quote!(self.#ident),
        }
    }

    /// Generates a `Future` that no call is, by which the compiler names the remedy of an `.await` without `.send()`.
    fn unsent(&self, answer: &Type) -> Item {
        let (name, parameters) = (&self.name, self.parameters());
        parse_quote! {
            #[doc(hidden)]
            impl<'c, #(#parameters),*> ::std::future::Future for #name<'c, #(#parameters),*> where Self: EndTheCallWithSendBeforeAwait {
                type Output = Result<Response<#answer>, crate::Error>;

                fn poll(
                    self: ::std::pin::Pin<&mut Self>,
                    _: &mut ::std::task::Context<'_>,
                ) -> ::std::task::Poll<Self::Output> {
                    ::std::task::Poll::Pending
                }
            }
        }
    }

    fn is_call(&self) -> bool {
        self.answer.is_some()
    }

    fn required(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.required)
    }

    fn parameters(&self) -> Vec<Ident> {
        self.required().map(|member| parameter(&member.ident)).collect()
    }

    fn lifetime(&self) -> Option<TokenStream> {
        self.is_call().then(|| quote!('c,))
    }

    /// Generates the setter of a required member, which changes its type parameter from the marker to the member's type.
    fn required_setter(&self, member: &Member) -> Item {
        let (name, ident, ty, docs) = (&self.name, &member.ident, &member.ty, &member.docs);
        let lifetime = self.lifetime();
        let (own, marker) = (parameter(ident), marker(ident));
        let all = self.parameters();
        let others = all.iter().filter(|parameter| **parameter != own);
        let before = all.iter().map(|parameter| if *parameter == own { quote!(#marker) } else { quote!(#parameter) });
        let after = all.iter().map(|parameter| if *parameter == own { quote!(#ty) } else { quote!(#parameter) });
        let context = self.is_call().then(|| quote!(pipeline: self.pipeline, options: self.options,));
        let kept = self.members.iter().map(|other| {
            let other = &other.ident;
            if *other == *ident { None } else { Some(quote!(#other: self.#other,)) }
        });
        let (argument, value) = argument(member);
        parse_quote! {
            impl<#lifetime #(#others),*> #name<#lifetime #(#before),*> {
                #(#docs)*
                pub fn #ident(self, #argument) -> #name<#lifetime #(#after),*> {
                    #name { #context #ident: #value, #(#kept)* }
                }
            }
        }
    }
}

fn optional_setter(member: &Member) -> TokenStream {
    let (ident, docs) = (&member.ident, &member.docs);
    let (argument, value) = argument(member);
    let value = match (member.setter, member.clearable) {
        (Setter::IntoOption | Setter::OptionalText, _) => value,
        (_, true) => quote!(Some(Some(#value))),
        _ => quote!(Some(#value)),
    };
    let clear = member.clearable.then(|| {
        let clear = format_ident!("clear_{}", ident.to_string().trim_end_matches('_'));
        let line = format!(" Clears `{}`: null is sent, which is not the same as leaving it out.", ident);
        quote! {
            #[doc = #line]
            pub fn #clear(mut self) -> Self {
                self.#ident = Some(None);
                self
            }
        }
    });
    quote! {
        #(#docs)*
        pub fn #ident(mut self, #argument) -> Self {
            self.#ident = #value;
            self
        }
        #clear
    }
}

fn argument(member: &Member) -> (TokenStream, TokenStream) {
    let (ident, ty) = (&member.ident, &member.ty);
    match member.setter {
        Setter::Plain => (quote!(#ident: #ty), quote!(#ident)),
        Setter::Into => (quote!(#ident: impl Into<#ty>), quote!(#ident.into())),
        Setter::IntoOption => (quote!(#ident: impl Into<Option<#ty>>), quote!(#ident.into())),
        Setter::OptionalText => (quote!(#ident: impl OptionalText<'c>), quote!(#ident.into_text())),
    }
}

/// Returns the type parameter of a member, whose name does not shadow a type.
fn parameter(ident: &Ident) -> Ident {
    format_ident!("With{}", ident.to_string().trim_start_matches("r#").to_upper_camel_case())
}

/// Returns the marker of a member that is not set.
fn marker(ident: &Ident) -> TokenStream {
    quote!(missing::#ident)
}

/// Returns the names of the markers of some builders and calls.
pub fn markers<'i>(items: impl Iterator<Item = &'i Item>) -> BTreeSet<String> {
    let structs = items.filter_map(|item| if let Item::Struct(item) = item { Some(item) } else { None });
    let defaults =
        structs.flat_map(|item| item.generics.type_params()).filter_map(|parameter| parameter.default.as_ref());
    let paths = defaults.filter_map(|ty| if let Type::Path(path) = ty { path.path.segments.last() } else { None });
    paths.map(|marker| marker.ident.to_string()).collect()
}
