//! Downloads of files from links that go stale: without the credential, to allowed hosts only, resumed where they broke.

mod allowed_hosts;
mod builder;
mod error;
mod file_version;
mod partial_file;
mod store;
mod stream;
mod transfer;

pub use builder::{Download, Downloaded};
pub use error::DownloadError;
pub use stream::FileStream;
pub use transfer::{FileSource, Progress};
