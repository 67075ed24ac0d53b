use std::fmt;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::allowed_hosts::AllowedHosts;
use super::error::DownloadError;
use super::partial_file::PartialFile;
use super::store::Store;
use super::stream::FileStream;
use super::transfer::{FileSource, Progress, Transfer};
use crate::error::{Error, ErrorBody};
use crate::pipeline::Pipeline;
use crate::retry::RetryPolicy;

/// Default of [`Download::max_bytes`].
const DEFAULT_MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Download of a file from a link that a call of the API tells, and that goes stale. Nothing is sent until one of
/// [`to_writer`](Self::to_writer), [`to_file`](Self::to_file) and [`stream`](Self::stream) is awaited.
///
/// The link is a secret of its own: whoever has it has the file. So the file is requested by the client's own HTTP client, with
/// its proxies and certificates, but without the credential and with no header of the client but its user agent; from an
/// allowed host only, over `https` (or plain `http` where the client's calls are to this machine, too), and a redirect is
/// followed under the same rules, five at most. No error shows more of a link than its host. A `reqwest::Client` given with `danger_http_client` that follows redirects
/// itself tells the other address the link in `Referer`, before the download fails.
///
/// - If the store refuses the link with 401 or 403, the link is asked for anew, once; and once more after more of the file has
///   come.
/// - If the connection breaks, or brings nothing for the [`idle_timeout`](Self::idle_timeout), the rest is requested by `Range`, if
///   the store can tell by an `ETag` or a date that the file is still the same one. Else the download fails.
/// - 429 and 5xx are requested again after what `Retry-After` says, at most the client's `max_wait` or else its `time_limit`.
/// - A response that is an HTML page, as a proxy sends in place of a file, is refused. Otherwise the media type is not looked at.
/// - The [`retry`](Self::retry) policy bounds the attempts that bring nothing; in all there are 1000 at most.
///
/// Where the answer of a call is the file itself ([`FileSource::Body`]), it is sent and bounded as any call is, and of these
/// settings the size, the progress and the time limit hold.
#[must_use = "nothing is downloaded until `to_writer`, `to_file` or `stream` is awaited"]
pub struct Download<E>(Transfer<E>);

/// Description of a file that was downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// Number of bytes.
    pub bytes: u64,
    /// Media type that the store tells.
    pub content_type: Option<String>,
    /// `ETag` that the store tells.
    pub etag: Option<String>,
}

impl<E: ErrorBody + Send + Sync + 'static> Download<E> {
    /// Prepares a download of the file that `find_file` tells, `None` if there is none yet. It is called once, and again when its
    /// link is refused.
    pub fn new<F>(pipeline: &Pipeline, find_file: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Option<FileSource>, Error<E>>> + Send + 'static,
    {
        let config = pipeline.config();
        let store = Store {
            hosts: AllowedHosts::new(&config.parsed_base_url),
            idle_timeout: config.attempt_timeout,
            pipeline: pipeline.clone(),
        };
        Self(Transfer::new(store, Box::new(move || Box::pin(find_file())), DEFAULT_MAX_BYTES))
    }

    /// Allows links to another host, `host` or `host:port`, beside the vendor's own store and the address of the client's
    /// calls. Everything else about a link is still checked. The text has no scheme and no path.
    pub fn allow_host(mut self, host: impl AsRef<str>) -> Self {
        self.0.store.hosts.add(host.as_ref());
        self
    }

    /// Sets the maximum size of the file, in bytes; default 256 MiB. A larger one is refused before it is read if the store tells
    /// its size, or else where it reaches the maximum.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.0.max_bytes = bytes;
        self
    }

    /// Sets a function that is called for each piece of the file that has come, before it is handed over. It must not block.
    pub fn on_progress(mut self, call: impl FnMut(Progress) + Send + 'static) -> Self {
        self.0.on_progress = Some(Box::new(call));
        self
    }

    /// Sets the policy by which requests are repeated that bring nothing; default is the client's.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.0.retry = policy;
        self
    }

    /// Sets the maximum time for the store to answer, and between two pieces of the file; default is the client's
    /// `attempt_timeout`.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.0.store.idle_timeout = timeout;
        self
    }

    /// Sets the time limit of the download as a whole, writing included; default: none, since a large file may take long.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.0.time_limit = Some(limit);
        self
    }

    /// Downloads the file to a writer, and flushes it. The file is not held in memory.
    ///
    /// # Errors
    ///
    /// [`DownloadError`]; the writer may then have got a part of the file.
    pub async fn to_writer<W: AsyncWrite + Unpin + ?Sized>(
        mut self,
        writer: &mut W,
    ) -> Result<Downloaded, DownloadError<E>> {
        let deadline = self.0.begin();
        let whole = async {
            self.0.start().await?;
            self.write(writer).await
        };
        deadline.bound(whole).await
    }

    /// Downloads the file to a path, and replaces the file that is there. Until it is whole and on the disk, it has another name,
    /// in the same folder; if the download fails or is dropped, it is removed. On Unix it has the permissions of the file that it
    /// replaces.
    ///
    /// # Errors
    ///
    /// [`DownloadError`]; nothing is then changed at the path.
    pub async fn to_file(mut self, path: impl AsRef<Path>) -> Result<Downloaded, DownloadError<E>> {
        let deadline = self.0.begin();
        let whole = async {
            let (partial, mut file) = PartialFile::create(path.as_ref()).await.map_err(DownloadError::Write)?;
            self.0.start().await?;
            let downloaded = self.write(&mut file).await?;
            Ok((partial.sync(file).await.map_err(DownloadError::Write)?, downloaded))
        };
        let (partial, downloaded) = deadline.bound(whole).await?;
        // What fails at the deadline changes nothing at the path, so this is not cut off.
        partial.persist().await.map_err(DownloadError::Write)?;
        Ok(downloaded)
    }

    /// Requests the file, and returns its bytes as a stream.
    ///
    /// # Errors
    ///
    /// [`DownloadError`] if the store does not begin to send the file.
    pub async fn stream(mut self) -> Result<FileStream<E>, DownloadError<E>> {
        let deadline = self.0.begin();
        deadline.bound(self.0.start()).await?;
        Ok(FileStream::new(self.0, deadline))
    }

    async fn write<W: AsyncWrite + Unpin + ?Sized>(&mut self, writer: &mut W) -> Result<Downloaded, DownloadError<E>> {
        while let Some(bytes) = self.0.next().await? {
            writer.write_all(&bytes).await.map_err(DownloadError::Write)?;
        }
        writer.flush().await.map_err(DownloadError::Write)?;
        let Transfer { version, bytes, .. } = &self.0;
        Ok(Downloaded {
            bytes: *bytes,
            content_type: version.content_type().map(ToOwned::to_owned),
            etag: version.etag().map(ToOwned::to_owned),
        })
    }
}

impl<E> fmt::Debug for Download<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("max_bytes", &self.0.max_bytes).finish_non_exhaustive()
    }
}
