use std::fs::{self, File, Permissions};
use std::io;
#[cfg(unix)]
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

/// File beside its target, which gets the target's name when it is whole, and is removed if it is dropped before.
pub(super) struct PartialFile {
    path: PathBuf,
    target: PathBuf,
    is_kept: bool,
}

impl PartialFile {
    /// Creates an empty file in the target's folder.
    pub(super) async fn create(target: &Path) -> io::Result<(Self, tokio::fs::File)> {
        let target = target.to_owned();
        // If this future is dropped meanwhile, the file is removed with the result of the task.
        let (partial, file) = spawn_blocking(move || Self::create_blocking(target)).await??;
        Ok((partial, tokio::fs::File::from_std(file)))
    }

    /// Waits until everything is on the disk, and closes the file, since an open one can't be renamed everywhere.
    pub(super) async fn sync(self, file: tokio::fs::File) -> io::Result<Self> {
        let file = file.into_std().await;
        spawn_blocking(move || file.sync_all().map(|()| self)).await?
    }

    /// Gives the file the name of its target, which it replaces.
    pub(super) async fn persist(self) -> io::Result<()> {
        spawn_blocking(move || self.persist_blocking()).await?
    }

    fn create_blocking(target: PathBuf) -> io::Result<(Self, File)> {
        if target.file_name().is_none() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path ends in no name of a file"));
        }
        // The target's name may be as long as a name can be.
        let path = target.with_file_name(format!(".{:016x}.part", fastrand::u64(..)));
        let file = create_new(&path, &target)?;
        let partial = Self { path, target, is_kept: false };
        // The umask may have taken some.
        if let Some(permissions) = permissions(&partial.target) {
            file.set_permissions(permissions)?;
        }
        Ok((partial, file))
    }

    fn persist_blocking(mut self) -> io::Result<()> {
        fs::rename(&self.path, &self.target)?;
        self.is_kept = true;
        // The name is on the disk when the folder is. Not every system can be asked for that.
        let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

/// Creates a file that nobody may read who may not read the file that it is to replace.
#[cfg(unix)]
fn create_new(path: &Path, target: &Path) -> io::Result<File> {
    let mode = permissions(target).map_or(0o666, |permissions| permissions.mode() & 0o777);
    File::options().write(true).create_new(true).mode(mode).open(path)
}

#[cfg(not(unix))]
fn create_new(path: &Path, _: &Path) -> io::Result<File> {
    File::create_new(path)
}

/// Returns the permissions of a file that is there. Elsewhere than on Unix, a new file gets them from its folder.
fn permissions(target: &Path) -> Option<Permissions> {
    if cfg!(unix) { fs::metadata(target).ok().map(|metadata| metadata.permissions()) } else { None }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // Nobody is left to tell.
            let _ = fs::remove_file(&self.path);
        }
    }
}
