//! Folder of the service: a file for each contract, delivery and signed PDF. A file is there as a whole or not at all, and only
//! its owner can read it.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

/// Handle of the folder.
#[derive(Clone)]
pub(crate) struct Folder(Arc<Path>);

/// Kind of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Contract,
    Delivery,
    Registration,
    Signed,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Contract, Self::Delivery, Self::Registration, Self::Signed];

    /// Returns the name of the subfolder, and the extension of the file.
    fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Contract => ("contracts", "json"),
            Self::Delivery => ("inbox", "json"),
            Self::Registration => ("webhook", "json"),
            Self::Signed => ("signed", "pdf"),
        }
    }
}

impl Folder {
    /// Opens the folder, and creates it with its subfolders if it is missing.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        for kind in Kind::ALL {
            builder.create(path.join(kind.place().0))?;
        }
        Ok(Self(path.canonicalize()?.into()))
    }

    /// Returns the path of the folder.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Returns the path of a file.
    ///
    /// # Errors
    ///
    /// An error if the name has other characters than letters, digits and hyphens, as no id and no key has.
    pub(crate) fn file(&self, kind: Kind, name: &str) -> io::Result<PathBuf> {
        if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-') {
            return Err(io::Error::new(ErrorKind::InvalidInput, "a name has letters, digits and hyphens only"));
        }
        let (subfolder, extension) = kind.place();
        Ok(self.0.join(subfolder).join(name).with_extension(extension))
    }

    /// Begins a file, which is kept by [`Folder::replace`].
    pub(crate) fn begin(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(&*self.0)
    }

    /// Keeps a file. It replaces an earlier one.
    pub(crate) fn replace(&self, kind: Kind, name: &str, file: NamedTempFile) -> io::Result<PathBuf> {
        let path = self.file(kind, name)?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        Ok(path)
    }

    /// Writes a JSON file. It replaces an earlier one.
    pub(crate) fn write(&self, kind: Kind, name: &str, value: &impl Serialize) -> io::Result<()> {
        let mut file = self.begin()?;
        serde_json::to_writer_pretty(&mut file, value)?;
        self.replace(kind, name, file).map(drop)
    }

    /// Writes a file unless there is one of its name. Returns `true` if there was none.
    pub(crate) fn write_new(&self, kind: Kind, name: &str, content: &[u8]) -> io::Result<bool> {
        let mut file = self.begin()?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(self.file(kind, name)?) {
            Ok(_) => Ok(true),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.error),
        }
    }

    /// Reads a JSON file; `None` if there is none.
    pub(crate) fn read<T: DeserializeOwned>(&self, kind: Kind, name: &str) -> io::Result<Option<T>> {
        read(&self.file(kind, name)?)
    }

    /// Reads all JSON files of a kind. One that can't be read is told of and left out.
    pub(crate) fn read_all<T: DeserializeOwned>(&self, kind: Kind) -> io::Result<Vec<T>> {
        let (subfolder, extension) = kind.place();
        let mut all = Vec::new();
        for entry in fs::read_dir(self.0.join(subfolder))? {
            let path = entry?.path();
            if path.extension().is_none_or(|found| found != extension) {
                continue;
            }
            match read(&path) {
                Ok(found) => all.extend(found),
                Err(error) => eprintln!("{}: {error}", path.display()),
            }
        }
        Ok(all)
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(serde_json::from_slice(&content)?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
