//! File that secrets of answers are written to.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::new_file::create_private;

/// New file that secrets of answers are written to, and that only its owner may read. It is removed if it gets none.
pub(super) struct SecretsFile {
    file: File,
    path: PathBuf,
    /// Number of bytes that are on the disk for sure.
    length: u64,
}

impl SecretsFile {
    /// Creates the file, which must not exist.
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        let file = create_private(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Failure::usage(format!(
                "--secrets-file: {} exists, and it is not overwritten; nothing was sent: name a new file",
                path.display()
            )),
            _ => Failure::usage(format!(
                "--secrets-file: {} can't be created: {error}; nothing was sent",
                path.display()
            )),
        })?;
        let file = Self { file, path: path.to_owned(), length: 0 };
        file.sync_folder().map_err(|error| Failure::from(error).with("file", path.display().to_string()))?;
        Ok(file)
    }

    /// Adds a line of JSON for each secret, and has it on the disk before it returns.
    pub(super) fn write(&mut self, operation: &str, secrets: &[(String, Value)]) -> io::Result<()> {
        let lines: String = secrets
            .iter()
            .map(|(pointer, value)| {
                format!("{}\n", json!({"operation": operation, "pointer": pointer, "value": value}))
            })
            .collect();
        let written = self.file.write_all(lines.as_bytes()).and_then(|()| self.file.sync_all());
        if written.is_ok() {
            self.length += lines.len() as u64;
        } else {
            // Half a line would make the lines before it hard to read. If this fails too, they are still there.
            let _ = self.file.set_len(self.length).and_then(|()| self.file.seek(SeekFrom::End(0)));
        }
        written
    }

    /// Returns `true` if there are secrets in it.
    pub(super) fn has_any(&self) -> bool {
        self.length > 0
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Has the name of the file on the disk, which some systems keep apart from its content.
    fn sync_folder(&self) -> io::Result<()> {
        if cfg!(unix) {
            let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        }
        Ok(())
    }
}

impl Drop for SecretsFile {
    fn drop(&mut self) {
        if self.length == 0 {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_lines_of_json_that_only_the_owner_may_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secrets.json");
        let mut file = SecretsFile::create(&path).expect("it is created");
        file.write("create_key", &[("/key".to_owned(), json!("s3cret")), ("/0/key".to_owned(), json!(7))])
            .expect("written");
        file.write("create_key", &[("/1/key".to_owned(), json!("x"))]).expect("written");
        drop(file);
        let text = fs::read_to_string(&path).expect("it is kept");
        assert_eq!(text.lines().count(), 3);
        assert_eq!(text.lines().next(), Some(r#"{"operation":"create_key","pointer":"/key","value":"s3cret"}"#));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
        }
        let refused = SecretsFile::create(&path).err().expect("it exists");
        assert!(refused.to_string().contains("exists") && fs::metadata(&path).is_ok(), "{refused}");
    }

    #[test]
    fn a_file_without_secrets_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secrets.json");
        drop(SecretsFile::create(&path).expect("it is created"));
        assert!(!path.exists());
        assert!(SecretsFile::create(&folder.path().join("none").join("secrets.json")).is_err());
    }
}
