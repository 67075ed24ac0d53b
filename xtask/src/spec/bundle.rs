//! Stages 1 to 4 for one API: from its folder in `specs/` to the bundle.

use std::path::Path;

use super::document::{Document, Fragment, Trust};
use super::examples::{self, GeneratedExamples};
use super::load::{SpecFiles, load};
use super::{downlevel, lint, merge, overlay, secrets, vocabulary};
use crate::diagnostic::{Diagnostic, Result};
use crate::workspace::api::Api;

/// Reads the fragments of an API and assembles its bundle.
pub fn bundle(root: &Path, api: &Api) -> Result<Document> {
    let SpecFiles { fragments, overlay, warnings } = load(&root.join(api.specs()))?;
    let mut document = assemble(fragments, overlay.as_ref())?;
    document.warnings.splice(0..0, warnings);
    Ok(document)
}

/// Merges fragments into one document, applies the overlay, checks the result and rewrites it as OpenAPI 3.0.3.
pub fn assemble(fragments: Vec<Fragment>, overlay: Option<&Fragment>) -> Result<Document> {
    let document = merge::merge(fragments)?;
    let mut document = overlay::overlay(document, overlay)?;
    vocabulary::check(&mut document.value, Trust::HandWritten)
        .map_err(|diagnostic| document.with_origin(diagnostic))?;
    merge::check_trust(&document)?;
    secrets::mark_secrets(&mut document)?;
    let mut document = downlevel::downlevel(document)?;
    make_examples(&mut document);
    Ok(document)
}

/// Generates examples for published schemas that have none. Hand-written text is not completed: its author writes the
/// examples.
fn make_examples(document: &mut Document) {
    let mut value = document.value.take();
    let GeneratedExamples { examples, without } =
        examples::complete(&mut value, &|pointer| document.trust(pointer) == Trust::Published);
    document.value = value;
    document.made_examples = examples.len();
    for pointer in examples {
        document.warn(
            "examples that were made from schemas",
            &pointer,
            "there was no example: one was made from the schema",
        );
    }
    for pointer in without {
        document.warn(
            "schemas without an example",
            &pointer,
            "there is no example, and none could be made; write one in the overlay",
        );
    }
}

/// Lints a bundle. Findings in published text are added to its warnings, and so are overlay examples that no longer
/// fit published schemas.
pub fn lint_bundle(document: &mut Document) -> std::result::Result<(), Vec<Diagnostic>> {
    let diagnostics = lint::lint(document);
    if diagnostics.is_empty() { Ok(()) } else { Err(diagnostics) }
}
