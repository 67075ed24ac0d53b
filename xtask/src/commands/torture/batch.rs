//! Scratch crate with the code of many documents, one per module.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::worker::{DocumentResult, module};
use crate::commands::scratch;
use crate::diagnostic::Result;

/// Creates the empty crate.
pub fn start(root: &Path) -> Result<PathBuf> {
    let folder = scratch::folder(root, &format!("torture-{}", std::process::id()));
    scratch::package(root, &folder, "")?;
    Ok(folder)
}

/// Removes the crate.
pub fn end(folder: &Path) {
    // Files that remain in cargo's target folder do no harm.
    let _ = std::fs::remove_dir_all(folder);
}

/// Compiles the code of documents. Returns the compiler's errors by seed; errors of no document have the seed `None`.
pub fn compile(root: &Path, folder: &Path, taken: &[DocumentResult]) -> Result<BTreeMap<Option<u64>, Vec<String>>> {
    let mut seeds: BTreeSet<u64> =
        taken.iter().filter(|result| result.features.is_some()).map(|result| result.seed).collect();
    let mut errors: BTreeMap<Option<u64>, Vec<String>> = BTreeMap::new();
    write_manifest(root, folder, taken)?;
    for &seed in &seeds {
        let path = format!("src/{}/mod.rs", module(seed));
        let root = scratch::ROOT.replace("crate::", &format!("crate::{}::", module(seed)));
        scratch::write(folder, &path, &format!("//! The document of one seed.\n\n{root}"))?;
    }
    // The compiler stops after some kinds of errors, before it finds those of other documents.
    while !seeds.is_empty() {
        let mut library = String::from("//! A scratch crate.\n\n");
        for &seed in &seeds {
            let _ = writeln!(library, "pub mod {};", module(seed));
        }
        scratch::write(folder, "src/lib.rs", &library)?;
        let lines = scratch::check(root, folder, &["--all-features"])?;
        let mut found = BTreeSet::new();
        for line in lines {
            let of = seeds.iter().find(|seed| line.contains(&format!("src/{}/", module(**seed)))).copied();
            if let Some(seed) = of {
                found.insert(seed);
                errors.entry(of).or_default().push(line);
            } else if !line.contains("could not compile") {
                errors.entry(None).or_default().push(line);
            }
        }
        if found.is_empty() {
            break;
        }
        seeds.retain(|seed| !found.contains(seed));
    }
    Ok(errors)
}

/// Writes a manifest that enables the features of all documents.
fn write_manifest(root: &Path, folder: &Path, taken: &[DocumentResult]) -> Result<()> {
    let mut all = BTreeSet::new();
    for result in taken {
        let Some(features) = &result.features else { continue };
        // Features that are no valid TOML are reported as a violation already.
        let table: toml::Table = toml::from_str(features).unwrap_or_default();
        all.extend(table.keys().cloned());
    }
    let features: String = all.iter().map(|feature| format!("{feature} = []\n")).collect();
    scratch::manifest(root, folder, &features)
}
