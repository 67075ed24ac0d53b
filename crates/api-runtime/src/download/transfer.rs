use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use http::StatusCode;
use reqwest::Url;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::error::DownloadError;
use super::file_version::{ContentRange, FileVersion};
use super::store::{DOWNLOAD, Store, StoreFault};
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::pipeline::ExchangeError;
use crate::response::{RawBody, Response};
use crate::retry::{AttemptOutcome, Backoff, RetryPolicy, is_retryable};
use crate::time::saturating_add;
use crate::wire::RawResponse;

/// Maximum number of requests to the store, whatever each of them brings.
const MAX_REQUESTS: u32 = 1000;

/// Progress of a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Number of bytes that have come so far.
    pub bytes: u64,
    /// Size of the file in bytes; `None` if the store does not tell it.
    pub total: Option<u64>,
}

/// Source of a file, as a call of the API tells it.
pub enum FileSource {
    /// Link to the file in a store.
    Link(String),
    /// Response with the file itself.
    Body(Response<RawBody>),
}

/// Function that asks for the file; `None` if there is none.
pub(super) type FindFile<E> =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Option<FileSource>, Error<E>>> + Send>> + Send + Sync>;

/// Transfer of one file: the loop of request, read, and request of the rest.
pub(super) struct Transfer<E> {
    pub(super) store: Store,
    pub(super) find_file: FindFile<E>,
    pub(super) max_bytes: u64,
    pub(super) on_progress: Option<Box<dyn FnMut(Progress) + Send>>,
    pub(super) retry: RetryPolicy,
    /// Maximum wait before a request.
    pub(super) max_wait: Duration,
    pub(super) time_limit: Option<Duration>,
    deadline: Option<Instant>,
    link: Option<Url>,
    /// `true` if a refused link is asked for anew: once, and once more after each byte that came.
    may_ask_anew: bool,
    response: Option<reqwest::Response>,
    /// `true` if the response is a part of the file.
    is_part: bool,
    /// Version of the file that `bytes` are of.
    pub(super) version: FileVersion,
    /// Number of bytes handed over.
    pub(super) bytes: u64,
    /// Number of bytes of the response that were handed over before.
    skip: u64,
    /// Requests since the last one that brought bytes, that one included; the call counts if its answer is the file.
    attempts: u32,
    requests: u32,
    may_have_reached_store: bool,
    backoff: Option<Backoff>,
}

/// End of the time limit of a download, if it has one.
#[derive(Clone, Copy)]
pub(super) struct Deadline(Option<Instant>);

impl Deadline {
    /// Waits for a part of the download, until the deadline.
    pub(super) async fn bound<T, E>(
        self,
        part: impl Future<Output = Result<T, DownloadError<E>>>,
    ) -> Result<T, DownloadError<E>> {
        match self.0 {
            Some(deadline) => timeout_at(deadline, part).await.unwrap_or(Err(DownloadError::TimeLimit)),
            None => part.await,
        }
    }
}

/// Failure after which another request may help.
enum Failure {
    Refused(RawResponse),
    Broken(ExchangeError),
}

impl<E> Transfer<E> {
    pub(super) fn new(store: Store, find_file: FindFile<E>, max_bytes: u64) -> Self {
        let config = store.pipeline.config();
        let (retry, max_wait) = (config.retry.clone(), config.max_wait.unwrap_or(config.time_limit));
        Self {
            store,
            find_file,
            max_bytes,
            on_progress: None,
            retry,
            max_wait,
            time_limit: None,
            deadline: None,
            link: None,
            may_ask_anew: true,
            response: None,
            is_part: false,
            version: FileVersion::default(),
            bytes: 0,
            skip: 0,
            attempts: 0,
            requests: 0,
            may_have_reached_store: false,
            backoff: None,
        }
    }

    /// Begins the time limit, and returns its end.
    pub(super) fn begin(&mut self) -> Deadline {
        self.deadline = self.time_limit.map(|limit| saturating_add(Instant::now(), limit));
        Deadline(self.deadline)
    }

    /// Asks for the link, and requests the file.
    pub(super) async fn start(&mut self) -> Result<(), DownloadError<E>> {
        self.request().await.map(|_| ())
    }

    /// Returns the next bytes, `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, DownloadError<E>> {
        loop {
            let Some(response) = &mut self.response else {
                if !self.request().await? {
                    return Ok(None);
                }
                continue;
            };
            let broken = match timeout(self.store.idle_timeout, response.chunk()).await {
                Ok(Ok(Some(chunk))) => match self.take(chunk)? {
                    Some(new) => return Ok(Some(new)),
                    None => continue,
                },
                Ok(Ok(None)) if self.is_whole() => return Ok(None),
                Ok(Ok(None)) => ExchangeError { kind: TransportErrorKind::IncompleteBody, source: None },
                Ok(Err(error)) => ExchangeError::new(error, TransportErrorKind::IncompleteBody),
                Err(_) => ExchangeError::TIMED_OUT,
            };
            self.response = None;
            // Without a version, the rest could be that of another file.
            if self.bytes > 0 && self.version.if_range().is_none() {
                return Err(self.failed(Failure::Broken(broken)));
            }
            self.pause(Failure::Broken(broken)).await?;
        }
    }

    /// Returns `true` if the end of the response is that of the file. A part may be shorter than was asked for.
    fn is_whole(&self) -> bool {
        self.skip == 0 && self.version.total.map_or(!self.is_part, |total| self.bytes == total)
    }

    /// Returns what is new in a chunk, `None` if nothing is.
    fn take(&mut self, mut chunk: Bytes) -> Result<Option<Bytes>, DownloadError<E>> {
        let skipped = self.skip.min(chunk.len() as u64);
        self.skip -= skipped;
        chunk.advance(usize::try_from(skipped).unwrap_or(chunk.len()));
        if chunk.is_empty() {
            return Ok(None);
        }
        let bytes = self.bytes.saturating_add(chunk.len() as u64);
        if let (Some(response), true) = (&self.response, self.version.total.is_some_and(|total| bytes > total)) {
            let (status, reason) = (response.status(), "is longer than the file");
            return Err(DownloadError::UnexpectedResponse { status, reason });
        }
        if bytes > self.max_bytes {
            return Err(DownloadError::TooLarge { max_bytes: self.max_bytes, content_length: self.version.total });
        }
        self.bytes = bytes;
        (self.attempts, self.backoff, self.may_ask_anew) = (1, None, true);
        if let Some(on_progress) = &mut self.on_progress {
            on_progress(Progress { bytes, total: self.version.total });
        }
        Ok(Some(chunk))
    }

    /// Requests the bytes that are left. Returns `false` if none are.
    async fn request(&mut self) -> Result<bool, DownloadError<E>> {
        loop {
            (self.attempts, self.requests) = (self.attempts + 1, self.requests + 1);
            let link = match &self.link {
                Some(link) => link,
                None => match (self.find_file)().await.map_err(DownloadError::Call)? {
                    Some(FileSource::Link(link)) if !link.is_empty() => {
                        self.link.insert(self.store.hosts.parse(&link)?)
                    }
                    Some(FileSource::Body(response)) => return self.open(into_http(response)).map(|()| true),
                    _ => return Err(DownloadError::NotThere),
                },
            };
            let failure = match self.store.get(link, self.bytes, self.version.if_range()).await {
                Err(StoreFault::Link(fault)) => return Err(fault.into()),
                Err(StoreFault::Unexpected { status, reason }) => {
                    return Err(DownloadError::UnexpectedResponse { status, reason });
                }
                Err(StoreFault::Exchange(error)) => {
                    self.may_have_reached_store |= error.kind != TransportErrorKind::Connect;
                    Failure::Broken(error)
                }
                Ok(response) => {
                    self.may_have_reached_store = true;
                    match response.status() {
                        StatusCode::OK | StatusCode::PARTIAL_CONTENT => return self.open(response).map(|()| true),
                        StatusCode::RANGE_NOT_SATISFIABLE if self.has_all(&response)? => return Ok(false),
                        _ => Failure::Refused(self.store.refusal(response).await),
                    }
                }
            };
            match &failure {
                Failure::Refused(refusal) if is_expired(refusal) && std::mem::take(&mut self.may_ask_anew) => {
                    self.link = None;
                }
                _ => self.pause(failure).await?,
            }
        }
    }

    /// Takes a response whose body is the file, or the rest of it.
    fn open(&mut self, response: reqwest::Response) -> Result<(), DownloadError<E>> {
        let (status, headers) = (response.status(), response.headers());
        let version = FileVersion::of(status, headers);
        if version.content_type().is_some_and(is_html) {
            return Err(DownloadError::UnexpectedResponse {
                status,
                reason: "is an HTML page, which a proxy may have sent",
            });
        }
        let is_part = status == StatusCode::PARTIAL_CONTENT;
        if is_part && (self.bytes == 0 || ContentRange::of(headers).and_then(|range| range.start) != Some(self.bytes)) {
            return Err(DownloadError::UnexpectedResponse { status, reason: "is another part than the one asked for" });
        }
        (self.skip, self.is_part) = (0, is_part);
        if self.bytes == 0 {
            self.version = version;
        } else if is_part && self.version.may_be_part_of(&version) {
            self.version.total = self.version.total.or(version.total);
        } else if !is_part && self.version.is_whole_of(&version) {
            self.skip = self.bytes;
        } else {
            return Err(DownloadError::Changed);
        }
        if self.version.total.is_some_and(|total| total > self.max_bytes) {
            return Err(DownloadError::TooLarge { max_bytes: self.max_bytes, content_length: self.version.total });
        }
        self.response = Some(response);
        Ok(())
    }

    /// Returns `true` if the file ends where the part that was asked for would begin; `false` if the response does not tell.
    fn has_all(&self, response: &reqwest::Response) -> Result<bool, DownloadError<E>> {
        match ContentRange::of(response.headers()).and_then(|range| range.total) {
            Some(total) if self.bytes > 0 => {
                let is_size = total == self.bytes && self.version.total.is_none_or(|told| told == total);
                if is_size { Ok(true) } else { Err(DownloadError::Changed) }
            }
            _ => Ok(false),
        }
    }

    /// Waits before the next request.
    ///
    /// # Errors
    ///
    /// The failure, if it does not pass, no attempt is left, or there is no time for the wait.
    async fn pause(&mut self, failure: Failure) -> Result<(), DownloadError<E>> {
        let outcome = match &failure {
            Failure::Refused(refusal) => AttemptOutcome::Response(refusal.status),
            Failure::Broken(error) if error.kind == TransportErrorKind::Redirected => AttemptOutcome::Redirected,
            Failure::Broken(_) => AttemptOutcome::Incomplete,
        };
        let has_attempts = self.attempts < self.retry.max_attempts && self.requests < MAX_REQUESTS;
        if !has_attempts || !is_retryable(&DOWNLOAD, outcome) {
            return Err(self.failed(failure));
        }
        let refusal = if let Failure::Refused(refusal) = &failure { Some(refusal) } else { None };
        let delay = self.backoff.get_or_insert_with(|| self.retry.backoff()).next(refusal);
        let end = saturating_add(Instant::now(), delay);
        if delay > self.max_wait || self.deadline.is_some_and(|deadline| end >= deadline) {
            return Err(self.failed(failure));
        }
        sleep(delay).await;
        Ok(())
    }

    fn failed(&self, failure: Failure) -> DownloadError<E> {
        match failure {
            Failure::Refused(refusal) => DownloadError::Status(Box::new(refusal)),
            Failure::Broken(ExchangeError { kind, source }) => DownloadError::Transport(Box::new(TransportError {
                operation: &DOWNLOAD,
                kind,
                reached: self.may_have_reached_store,
                login: false,
                attempts: self.requests,
                response: None,
                source: source.map(Arc::new),
            })),
        }
    }
}

/// Returns the response of a call as one whose body is to be read.
fn into_http(response: Response<RawBody>) -> reqwest::Response {
    let (body, RawResponse { headers, .. }) = response.into_parts();
    let mut response = http::Response::new(body.into_bytes());
    *response.headers_mut() = headers;
    response.into()
}

/// Returns `true` for the media type of an HTML page, whatever parameters it has.
fn is_html(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("text/html"))
}

/// Returns `true` if a link is refused that may have been accepted before. S3 answers 403 after the time of a link, and 400
/// after that of the session that signed it.
fn is_expired(refusal: &RawResponse) -> bool {
    match refusal.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => true,
        StatusCode::BAD_REQUEST => {
            let code = b"<Code>ExpiredToken</Code>";
            refusal.body.windows(code.len()).any(|part| part == code)
        }
        _ => false,
    }
}
