//! State of reading operations, and resolution of references.

use std::collections::BTreeMap;

use serde_json::Value;

use super::rename::Renamed;
use super::schemas::Normaliser;
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{Document, join, text};
use crate::spec::names::Scope;

/// Reader of the operations of a document.
pub struct OperationReader<'d, 'n> {
    /// Bundle whose components have their Rust names.
    pub document: &'d Value,
    pub bundle: &'d Document,
    pub normaliser: Normaliser<'n>,
    pub renamed: &'d mut Renamed,
    pub tags: Scope,
    pub by_tag: BTreeMap<String, String>,
    pub methods: Scope,
}

/// Resolves a reference to a parameter, response, body, example or callback.
pub fn resolve<'a>(document: &'a Value, value: &'a Value, pointer: &str) -> Result<&'a Value> {
    let mut value = value;
    for _ in 0..16 {
        match text(value, "$ref") {
            None => return Ok(value),
            Some(target) => {
                value = target.strip_prefix('#').and_then(|target| document.pointer(target)).ok_or_else(|| {
                    Diagnostic::at(
                        join(pointer, "$ref"),
                        format!("`{target}` leads nowhere; add it, or write it out here"),
                    )
                })?;
            }
        }
    }
    Err(Diagnostic::at(join(pointer, "$ref"), "the reference leads back to itself; write it out here"))
}
