//! All stages for one document, without the operations that are refused.

use std::time::Instant;

use serde_json::Value;

use crate::codegen::generate;
use crate::codegen::ir::Ir;
use crate::codegen::lower;
use crate::codegen::refine;
use crate::codegen::refine::Refined;
use crate::diagnostic::{Diagnostic, Result, Warning};
use crate::spec::bundle::{assemble, lint_bundle};
use crate::spec::document::{Document, Fragment, METHODS, join, operations, references};
use crate::spec::load;

/// Features and dependencies of a scratch crate, whose names no tag may have.
const FEATURES: [&str; 7] = ["all-operations", "api-runtime", "default", "reqwest", "schemars", "serde", "serde-json"];

/// Result of the stages for one document.
#[derive(Default)]
pub struct DocumentOutcome {
    /// Number of operations of the document.
    pub operations: usize,
    pub taken: usize,
    pub refusals: Vec<Diagnostic>,
    /// Number of operations without an id, whose names were derived.
    pub made_names: usize,
    pub made_examples: usize,
    pub warnings: Vec<Warning>,
    pub seconds: Seconds,
    /// Code of the accepted operations; `None` if a stage failed.
    pub code: Option<GeneratedCode>,
}

/// Input for writing the files of a crate.
pub struct GeneratedCode {
    pub document: Document,
    pub ir: Ir,
    pub refined: Refined,
}

/// Runs all stages on a document. Operations that can't be bound are refused; code is generated for the rest only with
/// `skip_refused`.
pub fn run(fragment: Fragment, skip_refused: bool) -> DocumentOutcome {
    let mut outcome = DocumentOutcome::default();
    let file = fragment.file.clone();
    if let Err(diagnostic) = stages(fragment, skip_refused, &mut outcome) {
        outcome.refusals.push(diagnostic);
    }
    // There is one file only.
    outcome.refusals = outcome.refusals.into_iter().map(|diagnostic| diagnostic.in_file(&file)).collect();
    outcome
}

fn stages(mut fragment: Fragment, skip_refused: bool, outcome: &mut DocumentOutcome) -> Result<()> {
    let mut timer = StageTimer::new();
    let cleaned = load::clean(&mut fragment)?;
    outcome.operations = operations(&fragment.value).count();
    outcome.made_names = operations(&fragment.value).filter(|(_, _, _, o)| o.get("operationId").is_none()).count();
    let page = fragment.file.display().to_string();
    load::add_evidence(&mut fragment.value, &page, "2000-01-01");
    timer.lap("clean", &mut outcome.seconds);
    let (document, ir, tokens) = loop {
        match run_stages(&fragment, &mut timer, outcome) {
            Ok(done) => break done,
            Err(diagnostic) => {
                let responsible = operations_of(&fragment.value, &diagnostic);
                if responsible.is_empty() {
                    return Err(diagnostic);
                }
                outcome.refusals.push(diagnostic);
                for (path, method) in responsible {
                    if let Some(item) = fragment.value["paths"].get_mut(&path).and_then(Value::as_object_mut) {
                        item.shift_remove(&method);
                    }
                }
            }
        }
    };
    outcome.warnings = cleaned.into_iter().chain(document.warnings.iter().cloned()).collect();
    outcome.taken = ir.operations.len();
    if !outcome.refusals.is_empty() && !skip_refused {
        return Ok(());
    }
    let refined = refine::refine(tokens, &ir).map_err(|diagnostic| document.with_origin(diagnostic))?;
    timer.lap("refine", &mut outcome.seconds);
    outcome.code = Some(GeneratedCode { document, ir, refined });
    Ok(())
}

type Stages = (Document, Ir, proc_macro2::TokenStream);

fn run_stages(fragment: &Fragment, timer: &mut StageTimer, outcome: &mut DocumentOutcome) -> Result<Stages> {
    let mut document = assemble(vec![fragment.clone()], None)?;
    outcome.made_examples = document.made_examples;
    lint_bundle(&mut document).map_err(|diagnostics| {
        diagnostics.into_iter().next().unwrap_or_else(|| Diagnostic::new("the document has mistakes"))
    })?;
    timer.lap("assemble", &mut outcome.seconds);
    let ir = lower::lower(&mut document, &FEATURES.map(ToOwned::to_owned))?;
    timer.lap("lower", &mut outcome.seconds);
    let tokens = generate::generate(&ir).map_err(|diagnostic| document.with_origin(diagnostic))?;
    timer.lap("generate", &mut outcome.seconds);
    Ok((document, ir, tokens))
}

/// Seconds per stage, summed over all attempts.
pub type Seconds = Vec<(&'static str, f64)>;

/// Timer of consecutive stages.
pub struct StageTimer(Instant);

impl StageTimer {
    pub fn new() -> Self {
        Self(Instant::now())
    }

    pub fn lap(&mut self, stage: &'static str, all: &mut Seconds) {
        let seconds = self.0.elapsed().as_secs_f64();
        self.0 = Instant::now();
        match all.iter_mut().find(|(known, _)| *known == stage) {
            Some((_, sum)) => *sum += seconds,
            None => all.push((stage, seconds)),
        }
    }
}

/// Returns the operations that a diagnostic concerns: the one its pointer leads into, or all that use its component.
fn operations_of(document: &Value, diagnostic: &Diagnostic) -> Vec<(String, String)> {
    let Some(pointer) = diagnostic.pointer() else { return Vec::new() };
    let inside = |at: &str| pointer == at || pointer.starts_with(&format!("{at}/"));
    let of_item: Vec<(String, String)> = operations(document)
        .filter(|(at, path, _, _)| {
            let item = join("/paths", path);
            let of_other = METHODS.iter().any(|method| inside(&join(&item, method)));
            inside(at) || inside(&item) && !of_other
        })
        .map(|(_, path, method, _)| (path.clone(), method.clone()))
        .collect();
    if !of_item.is_empty() {
        return of_item;
    }
    let mut parts = pointer.split('/').skip(1);
    let (Some("components"), Some(kind), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return Vec::new();
    };
    let target = format!("#/components/{kind}/{name}");
    operations(document)
        .filter(|(_, path, _, operation)| {
            let shared = &document["paths"][path.as_str()]["parameters"];
            [operation, shared].into_iter().any(|part| references(document, part).contains(target.as_str()))
        })
        .map(|(_, path, method, _)| (path.clone(), method.clone()))
        .collect()
}
