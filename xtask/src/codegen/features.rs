//! Cargo features: one per tag, so that unused operations are not compiled.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use syn::parse::Parser as _;
use syn::{Attribute, Item};

use super::ir::Ir;
use crate::diagnostic::{Diagnostic, Result};
use crate::workspace::splice::splice;

/// Tag of webhook events.
pub const EVENTS: &str = "webhooks";
/// Name of the module for items of several tags.
pub const SHARED: &str = "shared";
/// Feature that enables all tags.
const ALL: &str = "all-operations";
const START: &str = "# A feature for each tag, from the spec.";
const END: &str = "# End of the features from the spec.";

/// Returns the name of a tag's feature.
pub fn feature(tag: &str) -> String {
    tag.replace('_', "-")
}

/// Returns the `cfg` attribute for any of these tags, as a line of source; empty if there are none.
pub fn line<'t>(tags: impl IntoIterator<Item = &'t String>) -> String {
    let features: Vec<String> = tags.into_iter().map(|tag| format!("feature = {:?}", feature(tag))).collect();
    match features.as_slice() {
        [] => String::new(),
        [one] => format!("#[cfg({one})]\n"),
        several => format!("#[cfg(any({}))]\n", several.join(", ")),
    }
}

/// Returns the sentence that names the feature of these tags; empty if there are none.
pub fn sentence<'t>(tags: impl IntoIterator<Item = &'t String>) -> String {
    let features: Vec<String> = tags.into_iter().map(|tag| format!("`{}`", feature(tag))).collect();
    match features.as_slice() {
        [] => String::new(),
        [one] => format!("Feature {one}."),
        [others @ .., last] => format!("Any of the features {} and {last}.", others.join(", ")),
    }
}

/// Returns the `cfg` attribute for any of these tags, as syntax tree.
pub fn attributes<'t>(tags: impl IntoIterator<Item = &'t String>) -> Vec<Attribute> {
    Attribute::parse_outer.parse_str(&line(tags)).unwrap_or_default()
}

/// Adds the `cfg` attribute for any of these tags to an item.
pub fn gate(mut item: Item, tags: &BTreeSet<String>) -> Result<Item> {
    let known = match &mut item {
        Item::Struct(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        _ => return Err(Diagnostic::new("an item that no feature can switch")),
    };
    known.splice(0..0, attributes(tags));
    Ok(item)
}

/// Replaces the generated features of a manifest.
pub fn manifest(manifest: &str, ir: &Ir) -> Result<String> {
    splice(manifest, START, &list(ir), END)
        .ok_or_else(|| Diagnostic::new(format!("there is no place for the features: write `{START}` and `{END}`")))
}

/// Returns the hand-written features of a manifest, and the dependencies, which may be features too.
pub fn own(manifest: &str) -> Result<Vec<String>> {
    let without = splice(manifest, START, "", END).unwrap_or_else(|| manifest.to_owned());
    let table: toml::Table = toml::from_str(&without).map_err(|e| Diagnostic::new(e.to_string()))?;
    let keys = |name: &str| {
        table
            .get(name)
            .and_then(toml::Value::as_table)
            .into_iter()
            .flatten()
            .map(|(key, _)| key.clone())
            .collect::<Vec<_>>()
    };
    let mut own = keys("features");
    own.extend(keys("dependencies"));
    own.push(ALL.to_owned());
    Ok(own)
}

/// Returns the generated features, as lines of a manifest.
pub fn list(ir: &Ir) -> String {
    let operations: BTreeSet<&str> = ir.operations.iter().map(|operation| operation.tag.as_str()).collect();
    let events = (!ir.events.is_empty()).then_some(EVENTS);
    let all: BTreeSet<&str> = operations.iter().copied().chain(events).collect();
    let mut text = format!("## Every operation and event.\n{ALL} = [\n");
    for tag in &all {
        let _ = writeln!(text, "    {:?},", feature(tag));
    }
    text.push_str("]\n");
    for tag in all {
        let what = match (operations.contains(tag), events == Some(tag)) {
            (true, true) => {
                format!("Operations of {}, and the events that are delivered to one.", tag.replace('_', " "))
            }
            (true, false) => format!("Operations of {}.", tag.replace('_', " ")),
            (false, _) => "The events that are delivered to a webhook.".to_owned(),
        };
        let _ = writeln!(text, "## {what}\n{} = []", feature(tag));
    }
    text
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens as _, quote};
    use syn::parse_quote;

    use super::*;

    fn tags(tags: &[&str]) -> BTreeSet<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn what_several_tags_use_is_compiled_with_any_of_them() {
        assert_eq!(line(&tags(&[])), "");
        assert_eq!(line(&tags(&["ships"])), "#[cfg(feature = \"ships\")]\n");
        assert_eq!(line(&tags(&["ships", "web_hooks"])), "#[cfg(any(feature = \"ships\", feature = \"web-hooks\"))]\n");
        let item = gate(
            parse_quote!(
                pub struct Ship;
            ),
            &tags(&["ships"]),
        )
        .expect("an item");
        assert_eq!(
            item.to_token_stream().to_string(),
            quote!(
                #[cfg(feature = "ships")]
                pub struct Ship;
            )
            .to_string()
        );
    }

    #[test]
    fn a_manifest_without_a_place_for_the_features_is_refused() {
        let error = manifest("[features]\n", &Ir::default()).expect_err("no markers");
        assert!(error.to_string().starts_with("there is no place for the features"), "{error}");
        let text = format!("[features]\n{START}\nold = []\n{END}\nmine = []\n");
        let new = manifest(&text, &Ir::default()).expect("there is a place");
        assert_eq!(
            new,
            format!("[features]\n{START}\n## Every operation and event.\n{ALL} = [\n]\n{END}\nmine = []\n")
        );
    }
}
