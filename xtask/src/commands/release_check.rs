//! `cargo xtask release-check`: checks before the crates are published.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Result};
use crate::workspace::cargo::cargo;

/// Manifest keys that the registry and docs.rs show.
const METADATA: [&str; 5] = ["description", "license", "readme", "keywords", "categories"];

/// Runs the checks in order, and stops at the first that fails.
pub fn check(root: &Path, print: &mut dyn FnMut(String)) -> Result<()> {
    let packages = packages(root)?;
    for package in &packages {
        metadata(package)?;
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
    let names: Vec<&str> = packages.iter().flat_map(|package| ["--package", &package.name]).collect();
    gate("packages", &[&["package", "--allow-dirty"], names.as_slice()].concat())?;
    semver_checks(root, &packages, print)
}

/// A package of the workspace that is published.
#[derive(Debug, PartialEq, Eq)]
struct Package {
    name: String,
    manifest: PathBuf,
    /// Names of its dependencies.
    dependencies: Vec<String>,
}

/// Returns the packages in the order of their publication.
fn packages(root: &Path) -> Result<Vec<Package>> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root)
        .output()
        .map_err(|error| Diagnostic::new(format!("cargo can't be run: {error}")))?;
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
        Diagnostic::new(format!("cargo metadata: {error}: {}", String::from_utf8_lossy(&output.stderr).trim()))
    })?;
    in_order(published(&metadata))
}

fn published(metadata: &Value) -> Vec<Package> {
    let texts = |list: &Value| -> Vec<String> {
        let names = list.as_array().into_iter().flatten().filter_map(|entry| entry["name"].as_str());
        names.map(ToOwned::to_owned).collect()
    };
    let all = metadata["packages"].as_array().into_iter().flatten();
    // An empty list of registries is `publish = false`.
    let published = all.filter(|package| package["publish"].as_array().is_none_or(|registries| !registries.is_empty()));
    let mut packages: Vec<Package> = published
        .map(|package| Package {
            name: package["name"].as_str().unwrap_or_default().to_owned(),
            manifest: package["manifest_path"].as_str().unwrap_or_default().into(),
            dependencies: texts(&package["dependencies"]),
        })
        .collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    packages
}

/// Sorts the packages so that each follows its dependencies.
fn in_order(mut waiting: Vec<Package>) -> Result<Vec<Package>> {
    let mut ordered: Vec<Package> = Vec::new();
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|package| {
            let waits = |name: &String| waiting.iter().any(|other| other.name == *name && *name != package.name);
            !package.dependencies.iter().any(waits)
        });
        let Some(ready) = ready else {
            let names: Vec<&str> = waiting.iter().map(|package| package.name.as_str()).collect();
            return Err(Diagnostic::new(format!("these packages depend on each other: {}", names.join(", "))));
        };
        ordered.push(waiting.remove(ready));
    }
    Ok(ordered)
}

fn metadata(package: &Package) -> Result<()> {
    let path = &package.manifest;
    let fault = |message: String| Diagnostic::new(message).in_file(path);
    let text = std::fs::read_to_string(path).map_err(|e| fault(e.to_string()))?;
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| fault(e.to_string()))?;
    let package = table.get("package").and_then(toml::Value::as_table);
    match METADATA.iter().find(|key| package.is_none_or(|package| !package.contains_key(**key))) {
        Some(key) => Err(fault(format!("`package.{key}` is missing; the registry shows it"))),
        None => Ok(()),
    }
}

/// Runs cargo-semver-checks against the released version, if both exist.
fn semver_checks(root: &Path, packages: &[Package], print: &mut dyn FnMut(String)) -> Result<()> {
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
    for Package { name, .. } in packages {
        print(format!("semver: {name} against {baseline}"));
        cargo(root, &["semver-checks", "--package", name, "--baseline-rev", &baseline])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn packages_come_after_what_they_depend_on() {
        let package = |name: &str, publish: Value, dependencies: &[&str]| {
            let dependencies: Vec<Value> = dependencies.iter().map(|name| json!({"name": name})).collect();
            json!({"name": name, "manifest_path": "Cargo.toml", "publish": publish, "dependencies": dependencies})
        };
        let metadata = json!({"packages": [
            package("tests", json!([]), &["ships-api"]),
            package("harbour", Value::Null, &["ships-api", "runtime", "serde"]),
            package("ships-api", Value::Null, &["runtime"]),
            package("runtime", json!(["crates-io"]), &["serde"]),
        ]});
        let names = |packages: Vec<Package>| packages.into_iter().map(|package| package.name).collect::<Vec<_>>();
        assert_eq!(names(in_order(published(&metadata)).expect("an order")), ["runtime", "ships-api", "harbour"]);
        let circle = json!({"packages": [package("a", Value::Null, &["b"]), package("b", Value::Null, &["a"])]});
        let error = in_order(published(&circle)).expect_err("there is none");
        assert_eq!(error.to_string(), "these packages depend on each other: a, b");
    }

    #[test]
    fn the_packages_of_the_workspace_have_an_order() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let packages = packages(&root).expect("an order");
        let place = |name: &str| packages.iter().position(|package| package.name == name).expect("it is published");
        assert!(place("api-runtime") < place("zapsign-api") && place("zapsign-api") < place("tenant-onboarding"));
        assert!(packages.iter().all(|package| package.name != "xtask"));
        packages.iter().for_each(|package| metadata(package).expect("complete"));
    }
}
