//! Example of an event: its match arm.

use quote::{format_ident, quote};
use serde_json::Value;
use syn::{Type, parse_quote};

use super::answer;
use super::code::Code;
use super::example::{Example, Paragraph};
use crate::codegen::ir::Event;

/// Writes the match arm of an event.
pub fn event(code: &Code, krate: &str, bundle: &Value, event: &Event) -> Option<Example> {
    let body = event.body.component()?;
    let ident = format_ident!("{body}");
    let ty: Type = parse_quote!(types::#ident);
    let owner = format_ident!("event");
    let json = event.body.examples.iter().filter_map(|example| bundle.pointer(&example.pointer));
    let longest = json.max_by_key(|json| json.to_string().len());
    let read = longest.and_then(|json| answer::read(code, &owner, &ty, json));
    let variant = format_ident!("{}", event.variant);
    let arm = match read {
        Some(read) => quote!(Event::#variant(event) => { #read }),
        None => quote!(Event::#variant(event) => println!("{event:?}"),),
    };
    let statements = quote! {
        match Event::from_slice(delivery)? {
            #arm
            other => println!("{:?}", other.name()),
        }
    };
    let event = format!("{krate}::webhooks::Event");
    Example::of(krate, "delivery: &[u8]", false, &[&event], &[Paragraph::of(statements)])
}
