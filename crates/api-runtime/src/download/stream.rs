use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _};

use super::error::DownloadError;
use super::file_version::FileVersion;
use super::transfer::{Deadline, Transfer};

/// Stream of the bytes of a file. It owns everything that it needs, and is `Send` and `Unpin`, so a function can return it, and
/// a server can answer with it. Dropping it ends the download.
///
/// `next` and `try_next` need no trait. It is also a `Stream` of the crate `futures-core`. It ends after the last byte, and
/// after an error: then the file is not whole.
#[must_use = "it downloads nothing until it is polled"]
pub struct FileStream<E> {
    bytes: Pin<Box<dyn Stream<Item = Result<Bytes, DownloadError<E>>> + Send>>,
    version: FileVersion,
}

impl<E: Send + Sync + 'static> FileStream<E> {
    /// Wraps a transfer that has started.
    pub(super) fn new(transfer: Transfer<E>, deadline: Deadline) -> Self {
        let version = transfer.version.clone();
        let bytes = stream::unfold(Some(transfer), move |transfer| async move {
            let mut transfer = transfer?;
            match deadline.bound(transfer.next()).await {
                Ok(bytes) => Some((Ok(bytes?), Some(transfer))),
                Err(error) => Some((Err(error), None)),
            }
        });
        Self { bytes: Box::pin(bytes.fuse()), version }
    }
}

impl<E> FileStream<E> {
    /// Returns the next bytes, `None` after the last ones and after an error.
    pub async fn next(&mut self) -> Option<Result<Bytes, DownloadError<E>>> {
        poll_fn(|context| self.bytes.as_mut().poll_next(context)).await
    }

    /// Returns the next bytes, `None` after the last ones.
    ///
    /// # Errors
    ///
    /// The error that ended the download before the last byte.
    pub async fn try_next(&mut self) -> Result<Option<Bytes>, DownloadError<E>> {
        self.next().await.transpose()
    }

    /// Returns the size of the file in bytes; `None` if the store does not tell it.
    pub fn content_length(&self) -> Option<u64> {
        self.version.total
    }

    /// Returns the media type that the store tells.
    pub fn content_type(&self) -> Option<&str> {
        self.version.content_type()
    }

    /// Returns the `ETag` that the store tells.
    pub fn etag(&self) -> Option<&str> {
        self.version.etag()
    }
}

impl<E> Stream for FileStream<E> {
    type Item = Result<Bytes, DownloadError<E>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.bytes.as_mut().poll_next(context)
    }
}

impl<E> fmt::Debug for FileStream<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStream").field("content_length", &self.content_length()).finish_non_exhaustive()
    }
}
