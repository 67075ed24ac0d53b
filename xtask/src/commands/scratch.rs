//! Scratch crates: generated code outside of the workspace, to test that it compiles.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::stages::GeneratedCode;
use crate::codegen::layout::{Layout, lay_out};
use crate::diagnostic::{Diagnostic, Result};
use crate::workspace::files::write_atomically;

/// Returns the folder of a scratch crate: in cargo's target folder, so that dependencies are compiled once.
pub fn folder(root: &Path, name: &str) -> PathBuf {
    target(root).join("scratch").join(name)
}

fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

/// Recreates a package, with `features` as lines of its manifest.
pub fn package(root: &Path, folder: &Path, features: &str) -> Result<()> {
    let fail = |error: std::io::Error| Diagnostic::new(error.to_string()).in_file(folder);
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(fail)?;
    }
    manifest(root, folder, features)?;
    // The versions are those that the workspace is tested with.
    if let Ok(lock) = fs::read_to_string(root.join("Cargo.lock")) {
        write(folder, "Cargo.lock", &lock)?;
    }
    Ok(())
}

/// Writes the manifest of a package, with `features` as lines of it.
pub fn manifest(root: &Path, folder: &Path, features: &str) -> Result<()> {
    let fail = |error: std::io::Error| Diagnostic::new(error.to_string()).in_file(folder);
    let runtime = root.join("crates/api-runtime").canonicalize().map_err(fail)?;
    let manifest = format!(
        "[package]\nname = \"scratch\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n\
         [features]\n{features}\nschemars = [\"dep:schemars\", \"api-runtime/schemars\"]\n\n[dependencies]\n\
         api-runtime = {{ path = {:?}, default-features = false }}\nreqwest = {{ version = \"0.13\", default-features = false }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\
         serde_json = \"1\"\nschemars = {{ version = \"1\", default-features = false, features = [\"derive\", \"std\"], optional = true }}\n",
        runtime.display().to_string()
    );
    write(folder, "Cargo.toml", &manifest)
}

/// Writes one file of a package.
pub fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    let path = folder.join(name);
    write_atomically(&path, text).map_err(|error| Diagnostic::new(error.to_string()).in_file(&path))
}

/// Runs `cargo check` on a package. Returns the compiler's errors; none if it compiles.
pub fn check(root: &Path, folder: &Path, arguments: &[&str]) -> Result<Vec<String>> {
    let output = Command::new("cargo")
        .args(["check", "--quiet", "--message-format", "short"])
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target(root).join("scratch/target"))
        .env_remove("RUSTFLAGS")
        .output()
        .map_err(|error| Diagnostic::new(format!("cargo can't be run: {error}; install a Rust toolchain")))?;
    if output.status.success() {
        return Ok(Vec::new());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<String> = text.lines().filter(|line| line.contains("error")).map(ToOwned::to_owned).collect();
    Ok(if errors.is_empty() { vec![text.into_owned()] } else { errors })
}

/// Returns the files of a document's code by their paths in the package, without the root of the crate.
pub fn files(code: &GeneratedCode, header: String) -> Result<Vec<(String, String)>> {
    let layout = Layout {
        generated: "src/generated".into(),
        bundle: "openapi.json".into(),
        operations: None,
        cases: None,
        krate: "crate".to_owned(),
        header,
    };
    let output = lay_out(&layout, &code.document, &code.ir, &code.refined)?;
    let mut files: Vec<(String, String)> =
        output.files().map(|(path, text)| (path.display().to_string(), text.clone())).collect();
    let examples = layout.examples(&code.document, &code.ir, &code.refined).functions();
    files.push(("src/examples.rs".to_owned(), format!("//! The examples of the documentation.\n\n{examples}")));
    Ok(files)
}

/// Source of the crate root, or of a module in its place.
pub const ROOT: &str = "mod examples;\n#[rustfmt::skip]\nmod generated;\n\n\
pub use ::api_runtime::{Base64, FilePart, Secret, Sort, Timestamp};\n\
pub use generated::*;\n\n\
/// Error of a call.\npub type Error = ::api_runtime::Error<ApiError>;\n";
