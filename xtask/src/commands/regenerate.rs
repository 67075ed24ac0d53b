//! `cargo xtask regenerate`: runs all stages, for one API or all.

use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::civil::Date;

use super::evidence;
use crate::codegen;
use crate::codegen::cases;
use crate::codegen::features;
use crate::codegen::ir::Ir;
use crate::codegen::layout::count_types;
use crate::codegen::lower;
use crate::codegen::sandbox;
use crate::diagnostic::{Diagnostic, Result, summary};
use crate::spec::bundle::{bundle, lint_bundle};
use crate::workspace::api::Api;
use crate::workspace::files::FileChange;

pub struct Options {
    pub check: bool,
    pub apis: Vec<Api>,
    pub keep_lowered: Option<PathBuf>,
}

/// Result of comparing the files on disk with the specs.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Current,
    Stale,
}

/// Runs all stages for all APIs, and writes the files only if all succeed.
pub fn regenerate(
    root: &Path,
    options: &Options,
    print: &mut dyn FnMut(String),
) -> std::result::Result<Outcome, Vec<Diagnostic>> {
    let mut runs = Vec::new();
    let all = Api::all(root)?;
    let all_cases = cases::index(all.iter().map(Api::name));
    let sandbox_bundles = sandbox::bundles(all.iter().map(Api::name));
    for api in &options.apis {
        let start = Instant::now();
        let mut document = bundle(root, api)?;
        lint_bundle(&mut document)?;
        let path = root.join(api.manifest());
        let manifest = std::fs::read_to_string(&path).map_err(|e| Diagnostic::new(e.to_string()).in_file(&path))?;
        let own_features = features::own(&manifest).map_err(|diagnostic| diagnostic.in_file(&path))?;
        let (ir, mut output) = codegen::generate_files(&api.into(), &mut document, &own_features)?;
        let manifest = features::manifest(&manifest, &ir).map_err(|diagnostic| diagnostic.in_file(&path))?;
        output.add(api.manifest(), manifest);
        output.add(Api::all_cases(), all_cases.as_str());
        output.add(Api::sandbox_bundles(), sandbox_bundles.as_str());
        let changes = output.changes(root)?;
        runs.push((api, ir, output, changes, document.warnings, start.elapsed()));
    }
    let mut outcome = Outcome::Current;
    for (api, ir, output, changes, warnings, elapsed) in runs {
        for line in summary(&warnings) {
            print(format!("warning: {line}"));
        }
        if let Some(folder) = &options.keep_lowered {
            write_document(folder, api, &ir)?;
        }
        for change in &changes {
            if options.check {
                outcome = Outcome::Stale;
                print(change.diff(root));
            } else {
                change.apply(root)?;
            }
        }
        let written = changes.iter().filter(|change| matches!(change, FileChange::Write(..))).count();
        print(format!(
            "{}: {} operations, {} types, {written} files {}, {} unchanged, {} removed, {} warnings, {:.2} s",
            api.name(),
            ir.operations.len(),
            count_types(&ir),
            if options.check { "stale" } else { "written" },
            output.len() - written,
            changes.len() - written,
            warnings.len(),
            elapsed.as_secs_f64(),
        ));
    }
    Ok(outcome)
}

/// Lints every API, and prints the warnings, and evidence that is old or contradictory.
pub fn lint(root: &Path, today: Date, print: &mut dyn FnMut(String)) -> std::result::Result<(), Vec<Diagnostic>> {
    for api in &Api::all(root)? {
        let mut document = bundle(root, api)?;
        lint_bundle(&mut document)?;
        let ir = lower::lower(&mut document, &[])?;
        evidence::warn_of_old_evidence(&mut document, &ir.operations, today);
        let contradictions = evidence::contradictions(&document, &ir.operations);
        for line in summary(&document.warnings).into_iter().chain(contradictions.iter().map(ToString::to_string)) {
            print(format!("warning: {line}"));
        }
    }
    Ok(())
}

fn write_document(folder: &Path, api: &Api, ir: &Ir) -> Result<()> {
    let path = folder.join(format!("{}.lowered.json", api.name()));
    let text = serde_json::to_string_pretty(&ir.document).unwrap_or_default();
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|e| Diagnostic::new(e.to_string()).in_file(&path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::ir::BodyKind;

    /// Operations whose signature differs from the generator's, each with its reason.
    const CHANGED_SIGNATURES: [(&str, &str); 2] = [
        (
            "upload_flow_asset",
            "the generator knows no multipart bodies: the parts of the form are added to its signature",
        ),
        ("validate_pdf_signature", "likewise"),
    ];

    #[test]
    fn signatures_are_the_generators_but_for_forms_with_files() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut found = Vec::new();
        for api in &Api::all(&root).expect("there are specs") {
            let mut document = bundle(&root, api).expect("the specs are right");
            let ir = lower::lower(&mut document, &[]).expect("the bundle is right");
            let of_forms = ir
                .operations
                .into_iter()
                .filter(|operation| operation.body.as_ref().is_some_and(|body| body.kind == BodyKind::Multipart));
            found.extend(of_forms.map(|operation| operation.id));
        }
        found.sort();
        assert_eq!(found, CHANGED_SIGNATURES.map(|(id, _)| id));
    }
}
