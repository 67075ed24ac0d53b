//! A copy of the whole workspace, to build it.
#![allow(dead_code, reason = "each test uses a part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub struct Copy {
    pub folder: PathBuf,
    target: PathBuf,
}

impl Copy {
    /// Copies every file that git knows to a folder of this name, the same one in every run, so that what is built of the
    /// copy takes the place of what was built before. `target` is its target folder, below that of the workspace.
    pub fn new(name: &str, target: &str) -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("it is there");
        let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let copy = Self { folder: temporary.join(name), target: temporary.join("..").join(target) };
        if copy.folder.exists() {
            fs::remove_dir_all(&copy.folder).expect("removed");
        }
        let listed = Command::new("git").arg("-C").arg(&workspace).args(["ls-files", "-z"]).output().expect("git runs");
        for name in String::from_utf8(listed.stdout).expect("text").split('\0').filter(|name| !name.is_empty()) {
            let (from, to) = (workspace.join(name), copy.folder.join(name));
            fs::create_dir_all(to.parent().expect("a parent")).expect("made");
            // A link to a folder is a file of the repository.
            if from.is_symlink() {
                std::os::unix::fs::symlink(fs::read_link(from).expect("a link"), to).expect("linked");
            } else if from.exists() {
                fs::copy(from, to).expect("copied");
            }
        }
        copy
    }

    /// Makes the copy a repository with one commit.
    pub fn commit(&self) {
        self.git(&["init", "--quiet"]);
        self.git(&["add", "."]);
        self.git(&["-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "--quiet", "--message", "a"]);
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git").arg("-C").arg(&self.folder).args(arguments).output().expect("git runs");
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Writes a file.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.folder.join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
    }

    /// Returns the text of a file.
    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.join(file)).expect("text")
    }

    /// Runs a command of xtask, which must succeed.
    pub fn xtask(&self, arguments: &[&str]) {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(arguments)
            .arg("--root")
            .arg(&self.folder)
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
        assert!(status.success(), "{arguments:?}: {said}");
    }

    /// Runs cargo. Returns whether it succeeds, and what it prints. `update` is what becomes of snapshots.
    pub fn cargo(&self, arguments: &[&str], update: &str) -> (bool, String) {
        let output = Command::new("cargo")
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("INSTA_UPDATE", update)
            .env("RUST_BACKTRACE", "0")
            // The tests that need a server have nothing of an API's operations in them; the workspace's own run has them.
            .env("STORES", "off")
            .output()
            .expect("cargo runs");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.success(), said)
    }
}
