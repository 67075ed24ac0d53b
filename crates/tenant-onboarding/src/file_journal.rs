use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

use tokio::sync::oneshot;

use crate::entry::{Entry, Resource};
use crate::identity::normalize;
use crate::journal::{Claim, Journal};
use crate::journal_error::JournalError;
use crate::journal_file::{self, Line, LockedFile};
use crate::lease::Lease;
use crate::progress::Progress;

/// Journal in a file of JSON lines, locked by one process at a time.
///
/// The file holds secrets and is readable by its owner only. A file that is not a journal is rejected and left
/// unchanged. After a failed write the file keeps its complete lines, and every later entry is rejected, so that the
/// run stops.
pub struct FileJournal {
    path: PathBuf,
    tenants: Mutex<Tenants>,
    /// `None` once the journal is dropped.
    lines: Option<mpsc::Sender<PendingWrite>>,
    writer: Option<thread::JoinHandle<()>>,
}

#[derive(Default)]
struct Tenants {
    progress: HashMap<String, Progress>,
    holders: BTreeMap<Resource, String>,
}

struct PendingWrite {
    line: String,
    written: oneshot::Sender<Result<(), String>>,
}

/// File operations of the writer, so that tests can make them fail.
trait AppendFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

impl AppendFile for LockedFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)?;
        self.0.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)?;
        self.0.sync_data()
    }
}

impl FileJournal {
    /// Opens a journal, or creates one if there is no file. `servers` describes the servers and the partner of the
    /// journal; a file with another description is rejected.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the file is not a regular file or not a journal, has another description, or is
    /// locked by another process.
    pub fn open(path: impl AsRef<Path>, servers: &str) -> Result<Self, JournalError> {
        let broken = |fault: String| JournalError::Broken(format!("{}: {fault}", path.as_ref().display()));
        let path = std::path::absolute(path.as_ref()).map_err(|error| broken(error.to_string()))?;
        let broken = |fault: String| JournalError::Broken(format!("{}: {fault}", path.display()));
        let (file, lines, whole) = journal_file::open(&path, servers).map_err(broken)?;
        let mut tenants = Tenants::default();
        for Line { tenant, entry } in lines {
            tenants.apply(&normalize(&tenant), &entry);
        }
        let (lines, pending) = mpsc::channel();
        let writer = thread::Builder::new().name("journal".to_owned());
        let writer = writer.spawn(move || write(file, whole, &pending)).map_err(|error| broken(error.to_string()))?;
        Ok(Self { path, tenants: Mutex::new(tenants), lines: Some(lines), writer: Some(writer) })
    }

    /// Returns the absolute path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn tenants(&self) -> MutexGuard<'_, Tenants> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn broken(&self, fault: &str) -> JournalError {
        JournalError::Broken(format!("{}: {fault}", self.path.display()))
    }
}

impl Tenants {
    fn apply(&mut self, tenant: &str, entry: &Entry) {
        let progress = self.progress.entry(tenant.to_owned()).or_default();
        let begun = progress.begun.clone().filter(|_| matches!(entry, Entry::Tenant { .. }));
        progress.apply(entry);
        // A tenant that begins again with another number or name releases the earlier one.
        for resource in
            begun.into_iter().flat_map(|(phone_number_id, name)| Entry::Tenant { phone_number_id, name }.claims())
        {
            self.holders.remove(&resource);
        }
        for resource in entry.claims() {
            self.holders.insert(resource, tenant.to_owned());
        }
    }

    /// Claims all resources of the entry, or none. Returns the new claims, to release them if the entry can't be
    /// written.
    fn claim(&mut self, tenant: &str, entry: &Entry) -> Result<Vec<Resource>, JournalError> {
        let claims = entry.claims();
        for resource in &claims {
            if let Some(by) = self.holders.get(resource).filter(|by| *by != tenant) {
                return Err(JournalError::Held { resource: resource.clone(), by: by.clone() });
            }
        }
        let new: Vec<_> = claims.into_iter().filter(|resource| !self.holders.contains_key(resource)).collect();
        self.holders.extend(new.iter().map(|resource| (resource.clone(), tenant.to_owned())));
        Ok(new)
    }
}

impl Journal for FileJournal {
    async fn begin(&self, tenant: &str) -> Result<Claim, JournalError> {
        let progress = self.tenants().progress.get(tenant).cloned().unwrap_or_default();
        Ok(Claim::new(progress, Lease::unlimited()))
    }

    async fn record(&self, tenant: &str, entry: &Entry) -> Result<(), JournalError> {
        let line = Line { tenant: tenant.to_owned(), entry: entry.clone() };
        let line = serde_json::to_string(&line).map_err(|error| self.broken(&error.to_string()))?;
        let new = self.tenants().claim(tenant, entry)?;
        let (written, on_disk) = oneshot::channel();
        let gone = || "its writer is gone".to_owned();
        if let Some(lines) = &self.lines {
            // If the writer is gone, the receiver reports it.
            let _ = lines.send(PendingWrite { line, written });
        }
        let outcome = on_disk.await.unwrap_or_else(|_| Err(gone()));
        match outcome {
            Ok(()) => {
                self.tenants().apply(tenant, entry);
                Ok(())
            }
            Err(fault) => {
                let mut tenants = self.tenants();
                for resource in new {
                    tenants.holders.remove(&resource);
                }
                drop(tenants);
                Err(self.broken(&fault))
            }
        }
    }

    async fn holder(&self, resource: &Resource) -> Result<Option<String>, JournalError> {
        Ok(self.tenants().holders.get(resource).cloned())
    }
}

/// Waits for the writer to unlock the file, so that it can be opened again.
impl Drop for FileJournal {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(writer) = self.writer.take() {
            // A panic of the writer was reported to everyone who waited for it.
            let _ = writer.join();
        }
    }
}

impl fmt::Debug for FileJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileJournal").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Writes all pending lines at once, because each sync of a disk takes time. After a failure it writes nothing more.
fn write(mut file: impl AppendFile, mut whole: u64, pending: &mpsc::Receiver<PendingWrite>) {
    let mut broken: Option<String> = None;
    while let Ok(first) = pending.recv() {
        let batch: Vec<PendingWrite> = std::iter::once(first).chain(pending.try_iter()).collect();
        if broken.is_none() {
            let text: String = batch.iter().flat_map(|write| [write.line.as_str(), "\n"]).collect();
            match file.append(text.as_bytes()) {
                Ok(()) => whole += text.len() as u64,
                Err(error) => {
                    // No line follows in this run, but the next run may have space again, so a partial line is cut off.
                    let cut = file.truncate(whole).err();
                    let cut = cut.map(|fault| format!("; its last line may be torn: {fault}")).unwrap_or_default();
                    broken = Some(format!("it can't be written, so the run stops: {error}{cut}"));
                }
            }
        }
        for write in batch {
            // The receiver is gone if the tenant's future was dropped.
            let _ = write.written.send(broken.clone().map_or(Ok(()), Err));
        }
    }
}

#[cfg(test)]
#[path = "file_journal_tests.rs"]
mod tests;
