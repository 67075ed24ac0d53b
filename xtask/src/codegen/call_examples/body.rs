//! Example of a body: its builder with values.

use std::collections::{BTreeMap, BTreeSet};

use quote::{format_ident, quote};
use syn::parse_quote;

use super::answer;
use super::code::Code;
use super::example::{Example, Paragraph};
use super::objects::Objects;
use super::value::Writer;

/// Writes the builder of each type that a body consists of.
pub fn bodies(code: &Code, all: &Objects, krate: &str) -> BTreeMap<String, Example> {
    let examples = all.iter().filter_map(|(name, objects)| {
        let ident = format_ident!("{name}");
        let variable = answer::name(code, &parse_quote!(types::#ident), "value");
        let mut writer = Writer::new(code, all, BTreeSet::from([variable.to_string()]));
        let body = writer.builder(name, objects)?;
        let variables = writer.take_variables();
        let paragraphs = [Paragraph::of(quote!(#variables let #variable = #body;))];
        Some((name.clone(), Example::of(krate, "", false, &[], &paragraphs)?))
    });
    examples.collect()
}
