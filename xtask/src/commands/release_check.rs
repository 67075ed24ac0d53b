//! `cargo xtask release-check`: checks before the crates are published.

use std::path::Path;
use std::process::Command;

use crate::diagnostic::{Diagnostic, Result};
use crate::workspace::cargo::cargo;

/// Crates in the order of their publication.
const CRATES: [&str; 6] =
    ["api-runtime", "dialog360-api", "zapsign-api", "api-bundle", "api-sandbox", "tenant-onboarding"];
/// Manifest keys that the registry and docs.rs show.
const METADATA: [&str; 5] = ["description", "license", "readme", "keywords", "categories"];

/// Runs the checks in order, and stops at the first that fails.
pub fn check(root: &Path, print: &mut dyn FnMut(String)) -> Result<()> {
    for name in CRATES {
        metadata(root, name)?;
    }
    print("metadata: complete".to_owned());
    let mut gate = |what: &str, arguments: &[&str]| {
        print(format!("{what}: cargo {}", arguments.join(" ")));
        cargo(root, arguments)
    };
    gate("format", &["fmt", "--check"])?;
    gate("lints", &["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])?;
    gate("generated files", &["xtask", "regenerate", "--check"])?;
    gate("tests", &["test", "--workspace"])?;
    gate("documentation", &["doc", "--workspace", "--no-deps"])?;
    let packages: Vec<&str> = CRATES.iter().flat_map(|name| ["--package", name]).collect();
    gate("packages", &[&["package", "--allow-dirty"], packages.as_slice()].concat())?;
    semver_checks(root, print)
}

fn metadata(root: &Path, name: &str) -> Result<()> {
    let path = root.join("crates").join(name).join("Cargo.toml");
    let fault = |message: String| Diagnostic::new(message).in_file(&path);
    let text = std::fs::read_to_string(&path).map_err(|e| fault(e.to_string()))?;
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| fault(e.to_string()))?;
    let package = table.get("package").and_then(toml::Value::as_table);
    match METADATA.iter().find(|key| package.is_none_or(|package| !package.contains_key(**key))) {
        Some(key) => Err(fault(format!("`package.{key}` is missing; the registry shows it"))),
        None => Ok(()),
    }
}

/// Runs cargo-semver-checks against the released version, if both exist.
fn semver_checks(root: &Path, print: &mut dyn FnMut(String)) -> Result<()> {
    let installed =
        Command::new("cargo").args(["semver-checks", "--version"]).output().is_ok_and(|o| o.status.success());
    if !installed {
        print(
            "semver: skipped, because cargo-semver-checks is not installed (cargo install cargo-semver-checks)"
                .to_owned(),
        );
        return Ok(());
    }
    let released = Command::new("git").args(["tag", "--list", "v*"]).current_dir(root).output();
    let newest = released.ok().and_then(|o| String::from_utf8_lossy(&o.stdout).lines().last().map(ToOwned::to_owned));
    let Some(baseline) = newest else {
        print("semver: skipped, because no version is tagged yet".to_owned());
        return Ok(());
    };
    for name in CRATES {
        print(format!("semver: {name} against {baseline}"));
        cargo(root, &["semver-checks", "--package", name, "--baseline-rev", &baseline])?;
    }
    Ok(())
}
