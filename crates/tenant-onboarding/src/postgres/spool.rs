use std::fs::{self, DirBuilder};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::sealed_entry::SealedEntry;
use crate::journal_file::sync_folder;

const FORMAT: &str = "tenant-onboarding-spool/2";
/// End of the name of a complete file; one that is being written has another.
const EXTENSION: &str = "json";

/// Folder of entries that could not be written while the database was away, a file for each. Processes may share it.
#[derive(Debug, Clone)]
pub(super) struct Spool {
    folder: PathBuf,
}

/// Entry in a spool, with all that its row needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SpooledEntry {
    /// Servers and partner of the journal.
    pub(super) account: String,
    /// Identity of the tenant.
    pub(super) tenant: String,
    /// Text and fence of the claim that the entry was written under. A database that has lost commits may grant the same fence
    /// to another claim.
    pub(super) claim: String,
    pub(super) fence: i64,
    /// Number of the entry among those of its tenant.
    pub(super) number: i64,
    /// The entry.
    #[serde(flatten)]
    pub(super) entry: SealedEntry,
}

/// File of an entry, which is there until [`SpooledFile::remove`].
#[derive(Debug)]
#[must_use = "the file stays until it is removed"]
pub(super) struct SpooledFile(PathBuf);

/// Files of a spool.
#[derive(Debug, Default)]
pub(super) struct SpooledEntries {
    /// Entries of the account by tenant, fence and number, each with its file.
    pub(super) entries: Vec<(SpooledEntry, SpooledFile)>,
    /// Files that can't be read, each with the reason. They stay.
    pub(super) unreadable: Vec<String>,
}

#[derive(Serialize)]
struct FileContent<'a> {
    format: &'a str,
    #[serde(flatten)]
    entry: &'a SpooledEntry,
}

/// Part of a file that every version has.
#[derive(Deserialize)]
struct FileFormat {
    format: String,
    account: String,
}

impl Spool {
    /// Opens a folder, or creates one that only its owner can read, and the folders above it.
    ///
    /// # Errors
    ///
    /// The reason why it can't be used: it can't be created, or others than its owner can read it.
    pub(super) async fn open(folder: impl Into<PathBuf>) -> Result<Self, String> {
        let folder = folder.into();
        let invalid = {
            let folder = folder.clone();
            move |fault: String| format!("the spool {}: {fault}", folder.display())
        };
        let open = move || {
            let folder = std::path::absolute(folder)?;
            create_private(&folder)?;
            Ok(Self { folder })
        };
        on_thread(open).await.map_err(invalid)
    }

    /// Writes an entry, and returns once it is durable.
    ///
    /// # Errors
    ///
    /// The reason why it can't be written. It may be there all the same: then the next process that uses the folder writes it.
    pub(super) async fn put(&self, entry: &SpooledEntry) -> Result<SpooledFile, String> {
        let content = FileContent { format: FORMAT, entry };
        let text = serde_json::to_string(&content).map_err(|error| self.fault(&error.to_string()))?;
        let folder = self.folder.clone();
        let path = on_thread(move || write(&folder, &text)).await.map_err(|fault| self.fault(&fault))?;
        Ok(SpooledFile(path))
    }

    /// Reads the entries of an account, also those of other processes. Another account's are left alone.
    ///
    /// # Errors
    ///
    /// The reason why the folder can't be read.
    pub(super) async fn read_all(&self, account: &str) -> Result<SpooledEntries, String> {
        let (folder, account) = (self.folder.clone(), account.to_owned());
        on_thread(move || read_folder(&folder, &account)).await.map_err(|fault| self.fault(&fault))
    }

    fn fault(&self, fault: &str) -> String {
        format!("the spool {}: {fault}", self.folder.display())
    }
}

impl SpooledFile {
    /// Removes the file, after its entry was written. It may be gone already, because another process has done both.
    ///
    /// # Errors
    ///
    /// The reason why it can't be removed. Writing it once more changes nothing.
    pub(super) async fn remove(self) -> Result<(), String> {
        let path = self.0.clone();
        let remove = move || match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        on_thread(remove).await.map_err(|fault| format!("{}: {fault}", self.0.display()))
    }
}

/// Runs operations on files where they do not hold up other tasks.
async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| "the runtime ends".to_owned())?.map_err(|error| error.to_string())
}

fn write(folder: &Path, text: &str) -> io::Result<PathBuf> {
    let mut file = tempfile::Builder::new().prefix("entry-").suffix(".part").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    let path = file.path().with_extension(EXTENSION);
    file.persist_noclobber(&path).map_err(|error| error.error)?;
    // If this fails, the file stays: it may save the entry, and an entry that is written twice changes nothing.
    sync_folder(folder)?;
    Ok(path)
}

fn read_folder(folder: &Path, account: &str) -> io::Result<SpooledEntries> {
    let mut found = SpooledEntries::default();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_none_or(|extension| extension != EXTENSION) {
            continue;
        }
        match read_file(&path, account) {
            Ok(Some(entry)) => found.entries.push((entry, SpooledFile(path))),
            Ok(None) => {}
            Err(fault) => found.unreadable.push(format!("{}: {fault}", path.display())),
        }
    }
    found.unreadable.sort();
    found.entries.sort_by(|(one, _), (other, _)| {
        let order = |entry: &SpooledEntry| (entry.tenant.clone(), entry.fence, entry.number);
        order(one).cmp(&order(other))
    });
    Ok(found)
}

/// Reads a file; `None` if it is of another account, or another process has just removed it.
fn read_file(path: &Path, account: &str) -> Result<Option<SpooledEntry>, String> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    // The text of serde_json's error may show a value.
    let format: FileFormat = serde_json::from_slice(&bytes).map_err(|_| "not a file of a spool")?;
    if format.account != account {
        return Ok(None);
    }
    if format.format != FORMAT {
        return Err("written by another version of this program; start that one, so that it writes it".to_owned());
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|_| "not a file of a spool".to_owned())
}

#[cfg(unix)]
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mode = fs::metadata(folder)?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let fault = format!("others than its owner can read it (mode {mode:o}); set its mode to 700, or name a new folder");
    Err(io::Error::other(fault))
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(folder)
}

#[cfg(test)]
#[path = "spool_tests.rs"]
mod tests;
