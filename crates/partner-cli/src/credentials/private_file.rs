//! Files that only their owner may read.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use crate::new_file::create_private;

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Reads a file that only its owner may read; `None` if there is none. The error is the reason, with the remedy.
pub(super) fn read(path: &Path) -> Result<Option<String>, String> {
    // A pipe that nobody writes to would not open.
    let is_special = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
    if is_special {
        return Err("is no file".to_owned());
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("can't be opened: {error}")),
    };
    // Of the file that is open, not of the path: a link may lead to another one at any time.
    let metadata = file.metadata().map_err(|error| format!("can't be looked at: {error}"))?;
    if !metadata.is_file() {
        return Err("is no file".to_owned());
    }
    check_owner(path, &metadata)?;
    let mut bytes = Vec::new();
    Read::take(&file, MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| format!("can't be read: {error}"))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err("is larger than 1 MiB, and so no file of profiles".to_owned());
    }
    String::from_utf8(bytes).map(Some).map_err(|_| "is not UTF-8".to_owned())
}

#[cfg(unix)]
fn check_owner(path: &Path, metadata: &fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;

    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err("belongs to another user; make one of your own, which nobody else can change".to_owned());
    }
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(format!(
        "can be read or changed by others (mode {mode:04o}); its secrets may be known to them: run `chmod 600 {}`, and \
         think of replacing the secrets",
        path.display()
    ))
}

/// Windows has no mode. A file in the user's own folder inherits the rights of that folder.
#[cfg(not(unix))]
fn check_owner(_path: &Path, _metadata: &fs::Metadata) -> Result<(), String> {
    Ok(())
}

/// Writes a file that only its owner may read, as a whole or not at all. Its folder is made if it is missing.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    // A link stays one: the file that it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = folder_of(&path);
    make_folder(&folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}.new", std::process::id()));
    // What a run of the same number left behind when it was killed.
    let _ = fs::remove_file(&temporary);
    let written = create_private(&temporary).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, &path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Locks the folder of a file, which is made if it is missing, until the lock is dropped: two runs that change the file at the
/// same time would otherwise lose what the first one wrote.
#[cfg(unix)]
pub(super) fn lock(path: &Path) -> io::Result<File> {
    let folder = folder_of(path);
    make_folder(&folder)?;
    let folder = File::open(folder)?;
    rustix::fs::flock(&folder, rustix::fs::FlockOperation::LockExclusive)?;
    Ok(folder)
}

/// Windows opens no folder as a file.
#[cfg(not(unix))]
pub(super) fn lock(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Returns the folder that the file is in, or the one that a link leads to.
fn folder_of(path: &Path) -> PathBuf {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
