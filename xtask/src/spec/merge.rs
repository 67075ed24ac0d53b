//! Stage 2: merges the fragments into one document.
//!
//! Hand-written fragments must agree on what they both define. Of two published texts the newer one counts, with a
//! warning, since a vendor renders its pages at different times.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::document::{Document, Fragment, METHODS, Origin, Trust, join, object, text};
use crate::diagnostic::{Diagnostic, Result, Warning};

/// Keys that are merged recursively, with the number of levels.
const MERGED_KEYS: [(&str, usize); 3] = [("paths", 2), ("components", 2), ("webhooks", 1)];
/// Document-wide defaults of a published fragment, which become those of its operations.
const DEFAULTS: [&str; 2] = ["servers", "security"];
const SCHEMES: &str = "/components/securitySchemes";
const SUPERSEDED: &str = "older texts of the vendor";

/// Merges the fragments in their order.
///
/// # Errors
///
/// `Diagnostic` if two fragments define a value differently and one of them is hand-written.
pub fn merge(fragments: Vec<Fragment>) -> Result<Document> {
    let mut merge = Merge { hand_written: HandWritten::of(&fragments), ..Merge::default() };
    for mut fragment in fragments {
        if fragment.trust == Trust::Published {
            merge.push_defaults_down(&mut fragment);
            merge.drop_known_schemes(&mut fragment);
        }
        let Fragment { file, value: Value::Object(parts), trust } = fragment else { continue };
        for (key, part) in parts {
            let at = SourceLocation { pointer: join("", &key), file: &file, trust };
            match (key.as_str(), part) {
                ("tags", Value::Array(list)) => {
                    for tag in list {
                        merge.tag(tag, &file, trust)?;
                    }
                }
                (key, part) => {
                    let depth = MERGED_KEYS.iter().find(|(name, _)| *name == key).map_or(0, |(_, depth)| *depth);
                    let mut value = std::mem::take(&mut merge.value);
                    merge.merge_value(&mut value, key, part, depth, &at)?;
                    merge.value = value;
                }
            }
        }
    }
    if !merge.tags.is_empty() {
        merge.value.insert("tags".into(), merge.tags.into());
    }
    Ok(Document {
        value: Value::Object(merge.value),
        origins: merge.origins,
        warnings: merge.warnings,
        made_examples: 0,
    })
}

/// Hand-written servers and security schemes, which published text can't change.
#[derive(Default)]
struct HandWritten {
    defaults: Map<String, Value>,
    schemes: Map<String, Value>,
}

impl HandWritten {
    fn of(fragments: &[Fragment]) -> Self {
        let mut hand_written = Self::default();
        for fragment in fragments.iter().filter(|fragment| fragment.trust == Trust::HandWritten) {
            for key in DEFAULTS {
                if let Some(value) = fragment.value.get(key) {
                    hand_written.defaults.insert(key.into(), value.clone());
                }
            }
            let schemes = object(&fragment.value["components"], "securitySchemes");
            hand_written.schemes.extend(schemes.map(|(name, scheme)| (name.clone(), scheme.clone())));
        }
        hand_written
    }
}

#[derive(Default)]
struct Merge {
    hand_written: HandWritten,
    value: Map<String, Value>,
    tags: Vec<Value>,
    origins: BTreeMap<String, Origin>,
    warnings: Vec<Warning>,
}

struct SourceLocation<'f> {
    pointer: String,
    file: &'f Path,
    trust: Trust,
}

impl SourceLocation<'_> {
    fn origin(&self) -> Origin {
        Origin { file: self.file.to_owned(), pointer: self.pointer.clone(), trust: self.trust }
    }

    fn join(&self, key: &str) -> Self {
        SourceLocation { pointer: join(&self.pointer, key), file: self.file, trust: self.trust }
    }
}

impl Merge {
    /// Moves `servers` and `security` of a published fragment to its operations if they differ from those of the API.
    fn push_defaults_down(&mut self, fragment: &mut Fragment) {
        for key in DEFAULTS {
            let Some(theirs) = fragment.value.get(key).cloned() else { continue };
            let Some(known) = self.hand_written.defaults.get(key).or_else(|| self.value.get(key)) else { continue };
            let same = same_default(known, &theirs);
            if let Some(map) = fragment.value.as_object_mut() {
                map.shift_remove(key);
            }
            if same {
                continue;
            }
            let items = fragment.value.get_mut("paths").and_then(Value::as_object_mut);
            for (path, item) in items.into_iter().flatten() {
                let inherited = item.get(key).is_some();
                for (method, operation) in item.as_object_mut().into_iter().flatten() {
                    let Some(operation) = operation.as_object_mut().filter(|_| METHODS.contains(&method.as_str()))
                    else {
                        continue;
                    };
                    if !inherited && !operation.contains_key(key) {
                        operation.insert(key.into(), theirs.clone());
                        let pointer = join(&join(&join("/paths", path), method), key);
                        let origin =
                            Origin { file: fragment.file.clone(), pointer: join("", key), trust: Trust::Published };
                        self.origins.insert(pointer, origin);
                    }
                }
            }
        }
    }

    /// Drops security schemes that the API already defines, with a warning if the definitions differ.
    fn drop_known_schemes(&mut self, fragment: &mut Fragment) {
        let hand_written = self.hand_written.schemes.iter().chain(
            self.value.get("components").and_then(|all| all["securitySchemes"].as_object()).into_iter().flatten(),
        );
        let schemes = fragment.value.pointer_mut(SCHEMES).and_then(Value::as_object_mut);
        let Some(schemes) = schemes else { return };
        for (name, known) in hand_written {
            let Some(theirs) = schemes.shift_remove(name) else { continue };
            if !same_but_annotations(known, &theirs) {
                let message = "the API defines this security scheme otherwise, and its own definition counts; if the \
                               vendor changed it, change the hand-written one";
                let diagnostic = Diagnostic::at(join(SCHEMES, name), message).in_file(&fragment.file);
                self.warnings.push(Warning { kind: "changed security schemes", diagnostic });
            }
        }
    }

    fn merge_value(
        &mut self,
        into: &mut Map<String, Value>,
        key: &str,
        part: Value,
        depth: usize,
        at: &SourceLocation<'_>,
    ) -> Result<()> {
        if depth > 0 && part.is_object() {
            into.entry(key).or_insert_with(|| Value::Object(Map::new()));
        }
        match (into.get_mut(key), part) {
            (Some(Value::Object(known)), Value::Object(more)) if depth > 0 => {
                for (key, part) in more {
                    self.merge_value(known, &key, part, depth - 1, &at.join(&key))?;
                }
                Ok(())
            }
            (Some(known), part) if *known == part => Ok(()),
            (Some(known), part) => {
                if self.overrides(key, at)? {
                    *known = part;
                    self.insert(at);
                }
                Ok(())
            }
            (None, part) => {
                into.insert(key.into(), part);
                self.insert(at);
                Ok(())
            }
        }
    }

    fn insert(&mut self, at: &SourceLocation<'_>) {
        // A default that was moved to an operation keeps its origin.
        self.origins.insert(at.pointer.clone(), at.origin());
    }

    /// Returns `true` if a value replaces a different one that is already there.
    fn overrides(&mut self, key: &str, at: &SourceLocation<'_>) -> Result<bool> {
        let first = self.first_origin(&at.pointer);
        let both_published =
            at.trust == Trust::Published && first.as_ref().is_some_and(|f| f.trust == Trust::Published);
        let file = first.map_or_else(String::new, |first| first.file.display().to_string());
        if both_published || matches!(at.pointer.as_str(), "/info" | "/openapi") && at.trust == Trust::Published {
            self.warnings.push(Warning {
                kind: SUPERSEDED,
                diagnostic: Diagnostic::at(
                    &at.pointer,
                    format!("{file} defines this otherwise; the newer text counts"),
                )
                .in_file(at.file),
            });
            return Ok(true);
        }
        if at.pointer == "/openapi" || at.pointer == "/info" {
            // The version of a hand-written fragment is its own; the published text names the API.
            return Ok(false);
        }
        let remedy = if at.pointer.starts_with("/paths/") && METHODS.contains(&key) {
            "; delete the hand-written one"
        } else {
            "; make them equal"
        };
        Err(Diagnostic::at(&at.pointer, format!("{file} defines this otherwise{remedy}")).in_file(at.file))
    }

    /// Returns the origin of the first value at or below a pointer.
    fn first_origin(&self, pointer: &str) -> Option<Origin> {
        let below = format!("{pointer}/");
        let mut found = self.origins.range(pointer.to_owned()..);
        found.find(|(at, _)| at.as_str() == pointer || at.starts_with(&below)).map(|(_, origin)| origin.clone())
    }

    fn tag(&mut self, tag: Value, file: &Path, trust: Trust) -> Result<()> {
        match self.tags.iter().position(|known| known["name"] == tag["name"]) {
            None => {
                let at = SourceLocation { pointer: format!("/tags/{}", self.tags.len()), file, trust };
                self.insert(&at);
                self.tags.push(tag);
                Ok(())
            }
            Some(index) if self.tags[index] == tag => Ok(()),
            Some(index) => {
                let at = SourceLocation { pointer: format!("/tags/{index}"), file, trust };
                let first = &self.origins[&at.pointer];
                if first.trust == Trust::Published || trust == Trust::Published {
                    let message =
                        format!("{} describes this tag otherwise; the newer text counts", first.file.display());
                    let diagnostic = Diagnostic::at(&at.pointer, message).in_file(file);
                    self.warnings.push(Warning { kind: SUPERSEDED, diagnostic });
                    if trust == Trust::Published {
                        self.insert(&at);
                        self.tags[index] = tag;
                    }
                    return Ok(());
                }
                let message = format!("{} describes this tag otherwise; make them equal", first.file.display());
                Err(Diagnostic::at(&at.pointer, message).in_file(file))
            }
        }
    }
}

/// Returns `true` if all servers of a fragment are known by their URL, or if two lists of security requirements are
/// equal.
fn same_default(known: &Value, theirs: &Value) -> bool {
    let addresses = |list: &Value| -> Option<Vec<String>> {
        list.as_array()?.iter().map(|server| text(server, "url").map(ToOwned::to_owned)).collect()
    };
    match (addresses(known), addresses(theirs)) {
        (Some(known), Some(theirs)) if !theirs.is_empty() => theirs.iter().all(|address| known.contains(address)),
        _ => known == theirs,
    }
}

fn same_but_annotations(known: &Value, part: &Value) -> bool {
    let without_annotations = |value: &Value| -> Vec<(String, Value)> {
        let mut keys: Vec<(String, Value)> = value
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, _)| !matches!(key.as_str(), "description" | "bearerFormat") && !key.starts_with("x-"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        keys.sort_by(|(a, _), (b, _)| a.cmp(b));
        keys
    };
    without_annotations(known) == without_annotations(part)
}

/// Returns the URL of a server, with its variables replaced by their defaults.
fn address(server: &Value) -> String {
    let url = text(server, "url").unwrap_or_default().to_owned();
    object(server, "variables").fold(url, |url, (name, variable)| {
        url.replace(&format!("{{{name}}}"), text(variable, "default").unwrap_or_default())
    })
}

/// Refuses servers and security schemes of published text that are not on the hand-written list, since they would send
/// a credential elsewhere. The list is in a fragment or in the overlay.
pub fn check_trust(document: &Document) -> Result<()> {
    let value = &document.value;
    let listed: Vec<String> = value["servers"].as_array().into_iter().flatten().map(address).collect();
    let is_hand_written = |pointer: &str| document.trust(pointer) != Trust::Published;
    let schemes: Vec<_> = object(&value["components"], "securitySchemes")
        .map(|(name, scheme)| (join(SCHEMES, name), name, scheme))
        .collect();
    // Without a hand-written list, the first published text is the list.
    let listing = match schemes.first() {
        Some((at, ..)) if !schemes.iter().any(|(at, ..)| is_hand_written(at)) => document.origin(at),
        _ => None,
    };
    for (at, name, scheme) in &schemes {
        let listed = listing.as_ref().is_some_and(|first| document.origin(at).is_some_and(|o| o.file == first.file));
        if listed || is_hand_written(at) || scheme["x-allowed"] == true {
            continue;
        }
        return Err(document.with_origin(Diagnostic::at(
            at,
            format!(
                "the page brings the security scheme `{name}`, which the API does not list; to allow it, add to \
                 overlay.yaml: {{target: \"$.components.securitySchemes['{name}']\", update: {{x-allowed: true}}}}"
            ),
        )));
    }
    for (path, item) in object(value, "paths") {
        let item_at = join("/paths", path);
        let operations =
            item.as_object().into_iter().flatten().filter(|(method, _)| METHODS.contains(&method.as_str()));
        let holders = std::iter::once((item_at.clone(), item))
            .chain(operations.map(|(method, operation)| (join(&item_at, method), operation)));
        for (at, holder) in holders {
            for (index, server) in holder["servers"].as_array().into_iter().flatten().enumerate() {
                let at = format!("{at}/servers/{index}");
                let url = address(server);
                if is_hand_written(&at) || listed.contains(&url) {
                    continue;
                }
                return Err(document.with_origin(Diagnostic::at(
                    &at,
                    format!(
                        "the page brings the server `{url}`, which the API does not list; to allow it, add to \
                         overlay.yaml: {{target: \"$.servers\", update: {{url: \"{url}\"}}}}"
                    ),
                )));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
