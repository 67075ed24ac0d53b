//! Worker process: if it dies, the parent knows the seed.

use std::any::Any;
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::choices;
use super::document::document;
use super::invariants;
use crate::codegen::features;
use crate::commands::{scratch, stages};
use crate::spec::document::{Fragment, Trust};

/// Result of one document.
#[derive(Debug, Default, Clone, Serialize, Deserialize, PartialEq)]
pub struct DocumentResult {
    pub seed: u64,
    pub operations: usize,
    pub taken: usize,
    /// Messages of the refusals, without document-specific parts.
    pub refusals: Vec<String>,
    /// Violated invariants.
    pub broken: Vec<String>,
    /// The stages panicked.
    pub panicked: bool,
    /// Features, as lines of a manifest; `None` if there is no code.
    pub features: Option<String>,
    pub seconds: f64,
}

/// Runs the stages on documents, and prints a line before and after each.
pub fn serve(seeds: std::ops::Range<u64>, folder: &Path) {
    let place = Arc::new(Mutex::new(String::new()));
    let hook = Arc::clone(&place);
    panic::set_hook(Box::new(move |info| {
        if let (Some(at), Ok(mut place)) = (info.location(), hook.lock()) {
            *place = at.to_string();
        }
    }));
    for seed in seeds {
        print_line(&serde_json::json!(seed));
        let (mut result, files) = run_seed(seed);
        if result.panicked
            && let (Some(message), Ok(place)) = (result.broken.last_mut(), place.lock())
        {
            message.push_str(&format!(" ({place})"));
        }
        for (path, text) in files {
            let module = module(seed);
            let text = text.replace("crate::", &format!("crate::{module}::"));
            let path = path.strip_prefix("src/").map_or(path.clone(), |path| format!("src/{module}/{path}"));
            if path.ends_with(".rs")
                && let Err(diagnostic) = scratch::write(folder, &path, &text)
            {
                result.broken.push(diagnostic.to_string());
            }
        }
        print_line(&serde_json::to_value(result).unwrap_or_default());
    }
}

/// Returns the module name for a document.
pub fn module(seed: u64) -> String {
    format!("d{seed:04}")
}

/// Prints a line; ignores that the parent may be gone.
fn print_line(line: &Value) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Runs the stages on the document of a seed, and checks the invariants.
pub fn run_seed(seed: u64) -> (DocumentResult, Vec<(String, String)>) {
    run_document(seed, &document(&choices::bytes(seed)))
}

/// Runs the stages on a document, and checks the invariants.
pub fn run_document(seed: u64, document: &Value) -> (DocumentResult, Vec<(String, String)>) {
    let start = Instant::now();
    let mut result = DocumentResult { seed, ..DocumentResult::default() };
    let caught = panic::catch_unwind(AssertUnwindSafe(|| {
        let fragment =
            Fragment { file: format!("seed-{seed}.json").into(), value: document.clone(), trust: Trust::Published };
        let outcome = stages::run(fragment, true);
        let (broken, files) = invariants::violations(document, &outcome);
        (outcome, broken, files)
    }));
    let mut written = Vec::new();
    match caught {
        Err(payload) => {
            result.panicked = true;
            result.broken.push(format!("a panic: {}", message(&*payload)));
        }
        Ok((outcome, broken, files)) => {
            result.operations = outcome.operations;
            result.taken = outcome.taken;
            result.refusals = outcome.refusals.iter().map(|diagnostic| kind(diagnostic.message())).collect();
            result.broken = broken;
            let code = outcome.code.filter(|_| !files.is_empty());
            result.features = code.map(|code| features::list(&code.ir));
            written = files;
        }
    }
    result.seconds = start.elapsed().as_secs_f64();
    (result, written)
}

fn message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}

/// Returns a message without its remedy and document-specific parts.
fn kind(message: &str) -> String {
    let mut kind = String::new();
    for (index, part) in message.split('`').enumerate() {
        kind.push_str(if index % 2 == 0 { part } else { "`_`" });
    }
    let end = kind.find(';').unwrap_or(kind.len());
    kind.chars().take(end).take(120).collect()
}
