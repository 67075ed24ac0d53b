//! Folder of the service: a file for each contract, delivery and signed PDF. A file is there as a whole or not at all.

use std::fs;
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

    /// Returns the name of the subfolder.
    fn subfolder(self) -> &'static str {
        match self {
            Self::Contract => "contracts",
            Self::Delivery => "inbox",
            Self::Registration => "webhook",
            Self::Signed => "signed",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Signed => "pdf",
            Self::Contract | Self::Delivery | Self::Registration => "json",
        }
    }
}

impl Folder {
    /// Opens the folder, and creates it with its subfolders if it is missing.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        for kind in Kind::ALL {
            fs::create_dir_all(path.join(kind.subfolder()))?;
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
    /// An error if the name has other characters than letters, digits and hyphens, as no token and no key has.
    pub(crate) fn file(&self, kind: Kind, name: &str) -> io::Result<PathBuf> {
        if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-') {
            return Err(io::Error::new(ErrorKind::InvalidInput, "a name has letters, digits and hyphens only"));
        }
        Ok(self.0.join(kind.subfolder()).join(name).with_extension(kind.extension()))
    }

    /// Begins a file, which has no name before it is kept by [`Folder::replace`] or [`Folder::add`]. Only its owner can
    /// read it.
    pub(crate) fn begin(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(&*self.0)
    }

    /// Keeps a file. It replaces an earlier one.
    pub(crate) fn replace(&self, kind: Kind, name: &str, file: NamedTempFile) -> io::Result<()> {
        file.as_file().sync_all()?;
        file.persist(self.file(kind, name)?)?;
        Ok(())
    }

    /// Keeps a file unless there is one of its name. Returns `true` if there was none.
    fn add(&self, kind: Kind, name: &str, file: NamedTempFile) -> io::Result<bool> {
        file.as_file().sync_all()?;
        match file.persist_noclobber(self.file(kind, name)?) {
            Ok(_) => Ok(true),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.error),
        }
    }

    /// Writes a JSON file. It replaces an earlier one.
    pub(crate) fn write(&self, kind: Kind, name: &str, value: &impl Serialize) -> io::Result<()> {
        let mut file = self.begin()?;
        serde_json::to_writer_pretty(&mut file, value)?;
        self.replace(kind, name, file)
    }

    /// Writes a file unless there is one of its name. Returns `true` if there was none.
    pub(crate) fn write_new(&self, kind: Kind, name: &str, content: &[u8]) -> io::Result<bool> {
        let mut file = self.begin()?;
        file.write_all(content)?;
        self.add(kind, name, file)
    }

    /// Reads a JSON file; `None` if there is none.
    pub(crate) fn read<T: DeserializeOwned>(&self, kind: Kind, name: &str) -> io::Result<Option<T>> {
        match fs::read(self.file(kind, name)?) {
            Ok(content) => Ok(Some(serde_json::from_slice(&content)?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads all JSON files of a kind.
    pub(crate) fn read_all<T: DeserializeOwned>(&self, kind: Kind) -> io::Result<Vec<T>> {
        let entries = fs::read_dir(self.0.join(kind.subfolder()))?;
        entries.map(|entry| Ok(serde_json::from_slice(&fs::read(entry?.path())?)?)).collect()
    }
}
