//! Dependencies and code of the READMEs in an empty project, as a reader copies them.
#![allow(missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folder of the checkout in the READMEs.
const CHECKOUT: &str = "../partner-apis/";

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there")
}

/// Returns the first block of a language below a heading.
fn block<'t>(text: &'t str, heading: &str, language: &str) -> &'t str {
    let (_, section) = text.split_once(&format!("\n## {heading}\n")).expect("the heading");
    let (_, rest) = section.split_once(&format!("\n```{language}\n")).expect("the block");
    rest.split_once("\n```\n").expect("the end of the block").0
}

/// Makes a project with these dependencies, and runs cargo in it. Fails with what cargo says.
fn cargo(dependencies: &str, code: &str, arguments: &[&str]) {
    let workspace = workspace();
    assert!(dependencies.contains(CHECKOUT), "no dependency comes from {CHECKOUT}: {dependencies}");
    let dependencies = dependencies.replace(CHECKOUT, &format!("{}/", workspace.display()));
    let project = tempfile::tempdir().expect("a temporary folder");
    let write = |file: &str, text: &str| fs::write(project.path().join(file), text).expect("written");
    write(
        "Cargo.toml",
        &format!("[package]\nname = \"quick-start\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{dependencies}\n"),
    );
    fs::create_dir(project.path().join("src")).expect("made");
    write("src/main.rs", code);
    // The versions that the workspace has, which are there without a network.
    fs::copy(workspace.join("Cargo.lock"), project.path().join("Cargo.lock")).expect("copied");
    let output = Command::new("cargo")
        .args(arguments)
        .args(["--quiet", "--offline"])
        .current_dir(project.path())
        // With the workspace's target folder and profile, dependencies are not compiled again.
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join(".."))
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_quick_start_compiles_in_an_empty_project() {
    let readme = fs::read_to_string(workspace().join("README.md")).expect("the README");
    let code = block(&readme, "Quick start", "rust,no_run");
    cargo(block(&readme, "Quick start", "toml"), code, &["check"]);
}

#[test]
fn the_features_that_a_crate_shows_exist() {
    for package in ["dialog360-api", "zapsign-api"] {
        let readme = workspace().join("crates").join(package).join("README.md");
        let readme = fs::read_to_string(readme).expect("the README");
        cargo(block(&readme, "Features", "toml"), "fn main() {}\n", &["tree"]);
    }
}
