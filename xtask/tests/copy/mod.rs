//! A copy of the workspace for tests of commands.
#![allow(dead_code, reason = "each test uses a part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

/// A copy of what xtask reads and writes.
pub struct Copy(pub tempfile::TempDir);

impl Copy {
    /// Copies the workspace's own.
    pub fn new() -> Self {
        let copy = Self(tempfile::tempdir().expect("a temporary folder"));
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for part in
            ["specs", "crates/dialog360-api/src/generated", "crates/zapsign-api/src/generated", "tests/generated"]
        {
            for file in files(&workspace.join(part)) {
                let inside = file.strip_prefix(&workspace).expect("it is inside");
                let to = copy.0.path().join(inside);
                fs::create_dir_all(to.parent().expect("a parent")).expect("made");
                fs::copy(&file, to).expect("copied");
            }
        }
        for package in ["crates/dialog360-api", "crates/zapsign-api"] {
            for file in ["Cargo.toml", "OPERATIONS.md"].map(|file| Path::new(package).join(file)) {
                fs::copy(workspace.join(&file), copy.0.path().join(&file)).expect("copied");
            }
        }
        let bundles = "crates/api-sandbox/src/spec/generated.rs";
        fs::create_dir_all(copy.0.path().join("crates/api-sandbox/src/spec")).expect("made");
        fs::copy(workspace.join(bundles), copy.0.path().join(bundles)).expect("copied");
        copy
    }

    /// Runs `cargo xtask regenerate` on it: exit code, output, errors.
    pub fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        self.command(&[&["regenerate"], arguments].concat(), &[])
    }

    /// Runs any command of xtask on it, with these variables.
    pub fn command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(arguments)
            .arg("--root")
            .arg(self.0.path())
            .envs(variables.iter().copied())
            .output()
            .expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("it prints text");
        (status.code().expect("it exits"), text(stdout), text(stderr))
    }

    /// Puts a page's document beside the published ones, with its record.
    pub fn publish(&self, name: &str, document: &str) {
        self.write(&format!("specs/dialog360/published/{name}.json"), document);
        let sources = "specs/dialog360/sources.toml";
        let known = fs::read_to_string(self.0.path().join(sources)).expect("it is there");
        let sha256: String = Sha256::digest(document).iter().map(|byte| format!("{byte:02x}")).collect();
        let entry = format!(
            "\n[[published]]\nfile = \"{name}.json\"\npage = \"https://docs.example/{name}.md\"\nseen = \"2026-12-01\"\nsha256 = {sha256:?}\n"
        );
        self.write(sources, &(known + &entry));
    }

    /// Replaces a text of a file.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.0.path().join(file);
        let text = fs::read_to_string(&path).expect("it is there");
        assert!(text.contains(from), "{file} does not hold {from}");
        fs::write(path, text.replace(from, to)).expect("written");
    }

    /// Writes a file.
    pub fn write(&self, file: &str, text: &str) {
        fs::write(self.0.path().join(file), text).expect("written");
    }

    /// Every file with its text.
    pub fn state(&self) -> BTreeMap<PathBuf, String> {
        files(self.0.path()).into_iter().map(|file| (file.clone(), fs::read_to_string(file).expect("text"))).collect()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it reads").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
