//! Stages 5 to 8: from the bundle to the files of a crate.

pub mod call_examples;
pub mod cases;
pub mod client;
pub mod error_body;
pub mod features;
pub mod generate;
pub mod ir;
pub mod layout;
pub mod lower;
pub mod operations_table;
mod path_defaults;
pub mod refine;
pub mod sandbox;
pub mod schema_table;
pub mod tables;

use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::Document;
use crate::workspace::files::Output;
use ir::Ir;
use layout::{Layout, lay_out};

/// Runs stages 5 to 8 and returns the intermediate representation and the files.
pub fn generate_files(layout: &Layout, document: &mut Document, features: &[String]) -> Result<(Ir, Output)> {
    let ir = lower::lower(document, features)?;
    if !ir.events.is_empty() && ir.webhook.is_none() {
        let message = "the API delivers events, so `x-webhook` must name the key of an event's name";
        return Err(document.with_origin(Diagnostic::at("/x-webhook", message)));
    }
    let tokens = generate::generate(&ir).map_err(|diagnostic| document.with_origin(diagnostic))?;
    let refined = refine::refine(tokens, &ir).map_err(|diagnostic| document.with_origin(diagnostic))?;
    let output = lay_out(layout, document, &ir, &refined)?;
    Ok((ir, output))
}
