//! `cargo xtask regenerate`: all stages, for one API or all.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::api::Api;
use crate::document::Document;
use crate::emit::{Change, Output, count_types, lay_out, write_atomically};
use crate::load::{Loaded, load};
use crate::model::Lowered;
use crate::problem::{Problem, Result};
use crate::{coverage, downlevel, features, generate, lower, merge, overlay, refine};

const README: &str = "README.md";

pub struct Options {
    pub check: bool,
    pub apis: Vec<Api>,
    pub keep_lowered: Option<PathBuf>,
}

/// Whether what is on disk is what the specs say.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Current,
    Stale,
}

/// From `specs/` to the bundle.
pub fn bundle(root: &Path, api: Api) -> Result<(Document, Vec<String>)> {
    let Loaded { fragments, overlay, warnings } = load(&root.join(api.specs()))?;
    let document = merge::merge(fragments)?;
    let document = overlay::overlay(document, overlay.as_ref())?;
    Ok((downlevel::downlevel(document)?, warnings))
}

/// From the bundle to the files.
pub fn files(api: Api, document: &Document) -> Result<(Lowered, Output)> {
    let lowered = lower::lower(document)?;
    let tokens = generate::generate(&lowered).map_err(|problem| document.blame(problem))?;
    let refined = refine::refine(tokens, &lowered).map_err(|problem| document.blame(problem))?;
    let output = lay_out(api, document, &lowered, &refined);
    Ok((lowered, output))
}

/// Runs every stage for every API, and only then touches the disk.
pub fn regenerate(
    root: &Path,
    options: &Options,
    print: &mut dyn FnMut(String),
) -> std::result::Result<Outcome, Vec<Problem>> {
    let mut runs = Vec::new();
    let readme_path = root.join(README);
    let mut readme =
        std::fs::read_to_string(&readme_path).map_err(|e| Problem::new(e.to_string()).in_file(&readme_path))?;
    for &api in &options.apis {
        let start = Instant::now();
        let (document, warnings) = bundle(root, api)?;
        lint_bundle(&document)?;
        let (lowered, mut output) = files(api, &document)?;
        readme = coverage::splice(&readme, api, &lowered).map_err(|problem| problem.in_file(&readme_path))?;
        output.add(README, &readme);
        let path = root.join(api.manifest());
        let manifest = std::fs::read_to_string(&path).map_err(|e| Problem::new(e.to_string()).in_file(&path))?;
        let manifest = features::manifest(&manifest, &lowered).map_err(|problem| problem.in_file(&path))?;
        output.add(api.manifest(), &manifest);
        let changes = output.changes(root)?;
        runs.push((api, lowered, output, changes, warnings, start.elapsed()));
    }
    let mut outcome = Outcome::Current;
    for (api, lowered, output, changes, warnings, elapsed) in runs {
        for warning in &warnings {
            print(format!("warning: {warning}"));
        }
        if let Some(folder) = &options.keep_lowered {
            keep(folder, api, &lowered)?;
        }
        for change in &changes {
            if options.check {
                outcome = Outcome::Stale;
                print(change.diff(root));
            } else {
                change.apply(root)?;
            }
        }
        let written = changes.iter().filter(|change| matches!(change, Change::Write(..))).count();
        print(format!(
            "{}: {} operations, {} types, {written} files {}, {} unchanged, {} removed, {} warnings, {:.2} s",
            api.name(),
            lowered.operations.len(),
            count_types(&lowered),
            if options.check { "stale" } else { "written" },
            output.len() - written,
            changes.len() - written,
            warnings.len(),
            elapsed.as_secs_f64(),
        ));
    }
    Ok(outcome)
}

/// Writes or checks the README's tables only.
pub fn coverage(root: &Path, check: bool) -> std::result::Result<Outcome, Vec<Problem>> {
    let path = root.join(README);
    let known = std::fs::read_to_string(&path).map_err(|e| Problem::new(e.to_string()).in_file(&path))?;
    let mut readme = known.clone();
    for api in Api::ALL {
        let lowered = lower::lower(&bundle(root, api)?.0)?;
        readme = coverage::splice(&readme, api, &lowered).map_err(|problem| problem.in_file(&path))?;
    }
    match (readme == known, check) {
        (true, _) => Ok(Outcome::Current),
        (false, true) => Ok(Outcome::Stale),
        (false, false) => {
            write_atomically(&path, &readme).map_err(|e| Problem::new(e.to_string()).in_file(&path))?;
            Ok(Outcome::Current)
        }
    }
}

/// Lints every API.
pub fn lint(root: &Path) -> std::result::Result<(), Vec<Problem>> {
    for api in Api::ALL {
        lint_bundle(&bundle(root, api)?.0)?;
    }
    Ok(())
}

pub fn lint_bundle(document: &Document) -> std::result::Result<(), Vec<Problem>> {
    let problems = crate::lint::lint(document);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn keep(folder: &Path, api: Api, lowered: &Lowered) -> Result<()> {
    let path = folder.join(format!("{}.lowered.json", api.name()));
    let text = serde_json::to_string_pretty(&lowered.document).unwrap_or_default();
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|e| Problem::new(e.to_string()).in_file(&path))
}
