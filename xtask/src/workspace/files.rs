//! Generated files, and their changes on disk.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::diagnostic::{Diagnostic, Result};

/// Files that a run generates, by path.
pub struct Output {
    files: BTreeMap<PathBuf, String>,
    /// Folders of generated files only, in which all others are removed.
    folders: Vec<PathBuf>,
}

/// Change that brings a file on disk up to date.
pub enum FileChange {
    Write(PathBuf, String),
    Remove(PathBuf),
}

impl Output {
    /// Returns an empty output with a folder of generated files only.
    pub fn of_folder(folder: PathBuf) -> Self {
        Self { files: BTreeMap::new(), folders: vec![folder] }
    }

    /// Adds a file.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<String>) {
        self.files.insert(path.into(), text.into());
    }

    /// Iterates over the files and their texts.
    pub fn files(&self) -> impl Iterator<Item = (&PathBuf, &String)> {
        self.files.iter()
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Returns the changes that are needed below `root`, in the order of the paths.
    pub fn changes(&self, root: &Path) -> Result<Vec<FileChange>> {
        let mut changes = Vec::new();
        for (path, text) in &self.files {
            let known = fs::read_to_string(root.join(path)).ok();
            if known.as_ref() != Some(text) {
                changes.push(FileChange::Write(path.clone(), text.clone()));
            }
        }
        for folder in &self.folders {
            stray(root, folder, &mut |path| {
                if !self.files.contains_key(&path) {
                    changes.push(FileChange::Remove(path));
                }
            })?;
        }
        Ok(changes)
    }
}

fn stray(root: &Path, folder: &Path, found: &mut impl FnMut(PathBuf)) -> Result<()> {
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return Ok(()) };
    for entry in entries {
        let entry = entry.map_err(|e| Diagnostic::new(e.to_string()).in_file(folder))?;
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            stray(root, &path, found)?;
        } else {
            found(path);
        }
    }
    Ok(())
}

impl FileChange {
    /// Applies the change. A file is replaced atomically.
    pub fn apply(&self, root: &Path) -> Result<()> {
        match self {
            Self::Remove(path) => {
                fs::remove_file(root.join(path)).map_err(|e| Diagnostic::new(e.to_string()).in_file(path))
            }
            Self::Write(path, text) => {
                write_atomically(&root.join(path), text).map_err(|e| Diagnostic::new(e.to_string()).in_file(path))
            }
        }
    }

    /// Returns a unified diff.
    pub fn diff(&self, root: &Path) -> String {
        let (path, new) = match self {
            Self::Write(path, text) => (path, text.as_str()),
            Self::Remove(path) => (path, ""),
        };
        let old = fs::read_to_string(root.join(path)).unwrap_or_default();
        let name = path.display().to_string();
        TextDiff::from_lines(old.as_str(), new).unified_diff().context_radius(3).header(&name, &name).to_string()
    }
}

/// Replaces a file atomically, and creates its folder if it does not exist.
pub fn write_atomically(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
