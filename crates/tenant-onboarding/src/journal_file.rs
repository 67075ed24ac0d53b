//! File of a [`FileJournal`](crate::FileJournal): a header line with its format, and a line for each entry.
//!
//! A file without that header is left unchanged. Lines are only appended, so a killed process leaves complete lines and
//! at most one partial line at the end.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write as _};
use std::path::Path;

use fs4::{FileExt, TryLockError};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::entry::Entry;

const FORMAT: &str = "tenant-onboarding/1";
/// Format of the file in the place of one whose entries are in a database.
const IMPORTED: &str = "tenant-onboarding/imported";
/// Upper bound of the header line's length, in bytes.
const LONGEST_HEADER: u64 = 64 * 1024;

#[derive(Serialize, Deserialize)]
struct Header {
    journal: String,
    servers: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) tenant: String,
    #[serde(flatten)]
    pub(crate) entry: Entry,
}

/// File with an exclusive lock.
///
/// A child process that is starting holds a copy of every open file for a moment, so closing the file would not release
/// the lock at once.
pub(crate) struct LockedFile(pub(crate) File);

impl Drop for LockedFile {
    fn drop(&mut self) {
        // If it fails, closing the file releases the lock, later.
        let _ = FileExt::unlock(&self.0);
    }
}

/// Opens or creates the file, and returns its entries and the length of its complete lines in bytes.
pub(crate) fn open(path: &Path, servers: &str) -> Result<(LockedFile, Vec<Line>, u64), String> {
    if let Err(error) = fs::symlink_metadata(path) {
        if error.kind() != io::ErrorKind::NotFound {
            return Err(error.to_string());
        }
        match NewFile::create(path, servers)?.persist() {
            Ok(()) => {}
            // Another run was faster; the lock decides.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    open_existing(path, servers)
}

/// Opens the file as [`open`] does, but does not create it.
pub(crate) fn open_existing(path: &Path, servers: &str) -> Result<(LockedFile, Vec<Line>, u64), String> {
    let fault = |error: io::Error| error.to_string();
    let before = fs::symlink_metadata(path).map_err(fault)?;
    // Opening a pipe would block until its other end opens, and a link may lead to any file.
    if !before.is_file() {
        return Err("not a regular file; name the journal itself, not a link, pipe or device".to_owned());
    }
    let file = OpenOptions::new().read(true).append(true).open(path).map_err(fault)?;
    if !same(&before, &file.metadata().map_err(fault)?) {
        return Err("it was replaced while it was opened".to_owned());
    }
    match FileExt::try_lock(&file) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err("another run has it; wait for that to end".to_owned()),
        Err(TryLockError::Error(error)) => return Err(error.to_string()),
    }
    let mut file = LockedFile(file);
    let (lines, whole) = read(&file.0, servers)?;
    // From here on the file is known to be a journal.
    keep_private(&file.0).map_err(fault)?;
    file.0.set_len(whole).map_err(fault)?;
    file.0.seek(io::SeekFrom::End(0)).map_err(fault)?;
    Ok((file, lines, whole))
}

/// New file that only its owner can read. It gets its name when it is complete.
pub(crate) struct NewFile<'p> {
    path: &'p Path,
    file: BufWriter<NamedTempFile>,
}

impl<'p> NewFile<'p> {
    /// Creates a file with the header of a journal.
    pub(crate) fn create(path: &'p Path, servers: &str) -> Result<Self, String> {
        Self::with_header(path, FORMAT, servers)
    }

    fn with_header(path: &'p Path, format: &str, servers: &str) -> Result<Self, String> {
        let file = NamedTempFile::new_in(folder(path)).map_err(|error| error.to_string())?;
        let mut file = Self { path, file: BufWriter::new(file) };
        file.append_json(&Header { journal: format.to_owned(), servers: servers.to_owned() })?;
        Ok(file)
    }

    /// Appends a line.
    #[cfg(feature = "postgres")]
    pub(crate) fn append(&mut self, line: &Line) -> Result<(), String> {
        self.append_json(line)
    }

    fn append_json(&mut self, value: &impl Serialize) -> Result<(), String> {
        let line = serde_json::to_string(value).map_err(|error| error.to_string())?;
        writeln!(self.file, "{line}").map_err(|error| error.to_string())
    }

    /// Gives the file its name, and returns once both are durable.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`] if there is a file of this name, which stays as it is.
    pub(crate) fn persist(self) -> io::Result<()> {
        let path = self.path;
        self.complete()?.persist_noclobber(path).map_err(|error| error.error)?;
        sync_folder(folder(path))
    }

    fn complete(self) -> io::Result<NamedTempFile> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        Ok(file)
    }
}

/// Renames a journal whose entries are in a database now, and leaves a file in its place that no run accepts: it would begin
/// with an empty journal otherwise. The caller has the lock.
#[cfg(feature = "postgres")]
pub(crate) fn retire(path: &Path, new: &Path, servers: &str) -> io::Result<()> {
    let notice = NewFile::with_header(path, IMPORTED, servers).map_err(io::Error::other)?.complete()?;
    // At no time is there no file of this name.
    fs::hard_link(path, new)?;
    notice.persist(path).map_err(|error| error.error)?;
    sync_folder(folder(path))
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Makes the names of the files in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

fn read(file: &File, servers: &str) -> Result<(Vec<Line>, u64), String> {
    let fault = |error: io::Error| error.to_string();
    let none = || "not a journal of tenant-onboarding; it was left as it is, choose another".to_owned();
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    io::Read::take(&mut reader, LONGEST_HEADER).read_until(b'\n', &mut line).map_err(fault)?;
    let header: Option<Header> = serde_json::from_slice(&line).ok().filter(|_| line.ends_with(b"\n"));
    if header.as_ref().is_some_and(|header| header.journal == IMPORTED) {
        return Err("its entries were imported into a database; go on with that one".to_owned());
    }
    let header = header.filter(|header| header.journal == FORMAT).ok_or_else(none)?;
    if header.servers != servers {
        return Err(format!("it is about {}, and this run about {servers}; choose another", header.servers));
    }
    let (mut lines, mut whole, mut number) = (Vec::new(), line.len() as u64, 1);
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(fault)?;
        // A killed process left a partial line, whose entry nobody relied on.
        if !line.ends_with(b"\n") {
            return Ok((lines, whole));
        }
        number += 1;
        let line = serde_json::from_slice(&line).map_err(|_| format!("line {number} is not of a journal"))?;
        lines.push(line);
        whole += length as u64;
    }
}

#[cfg(unix)]
fn same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn same(_: &Metadata, other: &Metadata) -> bool {
    other.is_file()
}

/// Makes the file private: it may have been created before that rule.
#[cfg(unix)]
fn keep_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn keep_private(_: &File) -> io::Result<()> {
    Ok(())
}
