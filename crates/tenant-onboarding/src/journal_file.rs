//! The file of a [`FileJournal`](crate::FileJournal): a first line that says what it is, and a line for each entry.
//!
//! A file that does not begin with that line is not touched. A line is only ever added, so a process that is killed leaves
//! whole lines and at most the beginning of one.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Seek as _, Write as _};
use std::path::Path;

use fs4::{FileExt, TryLockError};
use serde::{Deserialize, Serialize};

use crate::entry::Entry;

const FORMAT: &str = "tenant-onboarding/1";
/// More than any first line has.
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

/// File that this process alone has.
///
/// A program that is being started holds a copy of every open file for a moment, so closing it does not let go of it.
pub(crate) struct LockedFile(pub(crate) File);

impl Drop for LockedFile {
    fn drop(&mut self) {
        // Closing it lets go of it too, if later.
        let _ = FileExt::unlock(&self.0);
    }
}

/// Opens the file, or makes a new one, and gives its entries and the length of its whole lines.
pub(crate) fn open(path: &Path, servers: &str) -> Result<(LockedFile, Vec<Line>, u64), String> {
    let fault = |error: io::Error| error.to_string();
    let before = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create(path, servers)?;
            fs::symlink_metadata(path).map_err(fault)?
        }
        Err(error) => return Err(error.to_string()),
    };
    // Opening a pipe would wait for its other end, and a link may lead to anything.
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
    // From here on it is known to be a journal.
    keep_private(&file.0).map_err(fault)?;
    file.0.set_len(whole).map_err(fault)?;
    file.0.seek(io::SeekFrom::End(0)).map_err(fault)?;
    Ok((file, lines, whole))
}

/// Makes a new file, for its owner's eyes only, that is there with its first line or not at all.
fn create(path: &Path, servers: &str) -> Result<(), String> {
    let fault = |error: io::Error| error.to_string();
    let header = Header { journal: FORMAT.to_owned(), servers: servers.to_owned() };
    let header = serde_json::to_string(&header).map_err(|error| error.to_string())?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fault)?;
    writeln!(file, "{header}").and_then(|()| file.as_file().sync_all()).map_err(fault)?;
    match file.persist_noclobber(path) {
        Ok(_) => {}
        // Another run was faster; the lock tells.
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.error.to_string()),
    }
    // The entry of the folder is to be durable too.
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(fault)?;
    Ok(())
}

fn read(file: &File, servers: &str) -> Result<(Vec<Line>, u64), String> {
    let fault = |error: io::Error| error.to_string();
    let none = || "not a journal of tenant-onboarding; it was left as it is, choose another".to_owned();
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    io::Read::take(&mut reader, LONGEST_HEADER).read_until(b'\n', &mut line).map_err(fault)?;
    let header: Option<Header> = serde_json::from_slice(&line).ok().filter(|_| line.ends_with(b"\n"));
    let header = header.filter(|header| header.journal == FORMAT).ok_or_else(none)?;
    if header.servers != servers {
        return Err(format!("it is about {}, and this run about {servers}; choose another", header.servers));
    }
    let (mut lines, mut whole, mut number) = (Vec::new(), line.len() as u64, 1);
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(fault)?;
        // Whoever was killed left the beginning of a line, which nobody counted on yet.
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

/// A journal may be older than the rule that only its owner reads it.
#[cfg(unix)]
fn keep_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn keep_private(_: &File) -> io::Result<()> {
    Ok(())
}
