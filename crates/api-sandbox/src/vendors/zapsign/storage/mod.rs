//! Files of ZapSign, as the vendor's S3 bucket serves them.

mod link;
mod pdf;
mod refusal;
mod stored_file;

pub(crate) use link::{FILES, FileKind, url};
pub(crate) use pdf::text_pdf;
pub(crate) use refusal::Refusal;
pub(crate) use stored_file::{Evidence, StoredFile, StoredFiles};

pub(super) use link::{ids_of_path, verify};
