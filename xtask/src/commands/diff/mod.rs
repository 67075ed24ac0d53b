//! `cargo xtask diff`: changes for users between two bundles, and the version that they need.

mod changes;
mod operations;
mod schemas;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use semver::Version;
use serde_json::Value;

use crate::diagnostic::{Diagnostic, Result};
use crate::spec::bundle::bundle;
use crate::workspace::api::Api;
use changes::Impact::{Additive, Breaking};
use changes::{Change, Changes};

/// Returns the changes from one bundle to another, those with the largest impact first.
pub fn compare(old: &Value, new: &Value) -> Vec<Change> {
    let mut changes = Changes::default();
    operations::compare(old, new, &mut changes);
    changes.0.sort_by(|a, b| (b.rust, b.wire, &a.place).cmp(&(a.rust, a.wire, &b.place)));
    changes.0
}

/// Returns the lowest version that may follow `base` with these changes.
pub fn needed_version(base: &Version, changes: &[Change]) -> Version {
    let Some(impact) = changes.iter().map(|change| change.rust).max() else { return base.clone() };
    let mut next = Version::new(base.major, base.minor, base.patch);
    // Before 1.0 the minor version is the one that may break.
    match (base.major, impact) {
        (0, Breaking) | (1.., Additive) => (next.minor, next.patch) = (base.minor + 1, 0),
        (_, Breaking) => (next.major, next.minor, next.patch) = (base.major + 1, 0, 0),
        _ => next.patch += 1,
    }
    next
}

/// Output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Markdown,
    Changelog,
}

/// Compares the working tree with a revision. Returns `true` if every crate has a sufficient version.
pub fn run(root: &Path, base: &str, format: Format, print: &mut dyn FnMut(String)) -> Result<bool> {
    let mut enough = true;
    for api in &Api::all(root)? {
        let old: Value = serde_json::from_str(&at_revision(root, base, &api.bundle())?)
            .map_err(|e| Diagnostic::new(format!("{base}:{}: {e}", api.bundle().display())))?;
        let changes = compare(&old, &bundle(root, api)?.value);
        let manifest = api.manifest();
        let base_version = version(&at_revision(root, base, &manifest)?, &manifest)?;
        let text = std::fs::read_to_string(root.join(&manifest))
            .map_err(|e| Diagnostic::new(e.to_string()).in_file(&manifest))?;
        let found = version(&text, &manifest)?;
        let needed = needed_version(&base_version, &changes);
        print(report(api, &changes, format));
        if format != Format::Changelog {
            let verdict = if found >= needed { "enough" } else { "not enough" };
            print(format!("{}-api needs {needed} or later and has {found}: {verdict}", api.name()));
        }
        enough &= found >= needed;
    }
    Ok(enough)
}

fn at_revision(root: &Path, revision: &str, path: &Path) -> Result<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["show", &format!("{revision}:./{}", path.display())])
        .output()
        .map_err(|e| Diagnostic::new(format!("git can't be run: {e}")))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Diagnostic::new(format!("git has no {revision}:{}: {message}", path.display())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn version(manifest: &str, path: &Path) -> Result<Version> {
    let fault = |message: String| Diagnostic::new(message).in_file(path);
    let table: toml::Table = manifest.parse().map_err(|e: toml::de::Error| fault(e.to_string()))?;
    let text = table.get("package").and_then(|package| package.get("version")).and_then(|version| version.as_str());
    Version::parse(text.unwrap_or_default()).map_err(|e| fault(format!("`package.version`: {e}")))
}

fn report(api: &Api, changes: &[Change], format: Format) -> String {
    let mut text = String::new();
    match format {
        Format::Text => {
            let _ = writeln!(text, "{}: {} changes", api.name(), changes.len());
            for Change { place, description, wire, rust } in changes {
                let _ = writeln!(text, "  wire {:<13} rust {:<13} {place}: {description}", wire.name(), rust.name());
            }
        }
        Format::Markdown => {
            let _ = writeln!(text, "### {}\n", api.name());
            if changes.is_empty() {
                text.push_str("No change.\n");
            } else {
                text.push_str("| wire | Rust API | where | what |\n|---|---|---|---|\n");
                for Change { place, description, wire, rust } in changes {
                    let _ = writeln!(
                        text,
                        "| {} | {} | `{place}` | {} |",
                        wire.name(),
                        rust.name(),
                        description.replace('|', "\\|")
                    );
                }
            }
        }
        Format::Changelog => {
            for (heading, impact) in [("Changed (breaking)", Breaking), ("Added", Additive)] {
                let of_class: Vec<&Change> = changes.iter().filter(|change| change.rust == impact).collect();
                if !of_class.is_empty() {
                    let _ = writeln!(text, "### {heading}\n");
                    for change in of_class {
                        let _ = writeln!(text, "- `{}-api`: `{}`: {}.", api.name(), change.place, change.description);
                    }
                    text.push('\n');
                }
            }
        }
    }
    text.trim_end().to_owned()
}
