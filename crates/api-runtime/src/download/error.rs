use std::error::Error as StdError;
use std::time::Duration;
use std::{fmt, io};

use bytes::Bytes;
use http::StatusCode;

use super::allowed_hosts::LinkFault;
use super::store::DOWNLOAD;
use crate::error::{Error, ErrorBody, TransportError, TransportErrorKind};
use crate::retry::{AttemptOutcome, is_retryable};
use crate::wire::{RawResponse, printable, retry_after};

/// Error of a download. `E` is the vendor's error body.
///
/// `Display` and `Debug` are redacted: they show no link beyond its host, which is a secret, and no body. A writer may have
/// got a part of the file.
#[non_exhaustive]
pub enum DownloadError<E> {
    /// The call failed that tells the link, or has the file in its answer.
    Call(Error<E>),
    /// The vendor tells no link: there is no such file yet. Nothing was sent to a store of files.
    NotThere,
    /// The link, or an address that it redirects to, can't be used. Nothing was sent there.
    InvalidLink {
        /// Reason, as a text that continues "the link".
        reason: &'static str,
    },
    /// The link leads or redirects to a host that is not allowed. Nothing was sent there. If it is the vendor's, allow it with
    /// `.allow_host(..)`.
    HostNotAllowed {
        /// Host, with its port if it is not that of the scheme.
        host: String,
    },
    /// The store refused with this status. After a 401 or 403, a second link was refused, too. The body is cut after 1 KiB.
    Status(Box<RawResponse>),
    /// The response has a status of success, or redirects, and can't be used.
    UnexpectedResponse {
        /// HTTP status.
        status: StatusCode,
        /// Reason, as a text that continues "the response".
        reason: &'static str,
    },
    /// The file is larger than the download may be. Nothing above the bound was handed over.
    TooLarge {
        /// Bound, in bytes.
        max_bytes: u64,
        /// Size of the file in bytes, if the store tells it.
        content_length: Option<u64>,
    },
    /// The file is another one than that of which a part was handed over. Download it again, from the start.
    Changed,
    /// The connection failed, and more attempts did not help or could not.
    Transport(Box<TransportError>),
    /// The time limit of the download passed.
    TimeLimit,
    /// The file could not be written where it was to go.
    Write(io::Error),
}

impl<E: ErrorBody> DownloadError<E> {
    /// Returns the HTTP status, of the store or of the call; `None` if no status line arrived.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Call(error) => error.status(),
            Self::Status(response) => Some(response.status),
            Self::UnexpectedResponse { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Returns the body of a refusal: that of the store is cut after 1 KiB. It may hold secrets.
    pub fn raw_body(&self) -> Option<&Bytes> {
        match self {
            Self::Call(error) => error.raw_body(),
            Self::Status(response) => Some(&response.body),
            _ => None,
        }
    }

    /// Returns the delay that the refusal requests in `Retry-After`.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Call(error) => error.retry_after(),
            Self::Status(response) => retry_after(&response.headers),
            _ => None,
        }
    }

    /// Returns `true` if the same download may succeed when it is begun again, from the start.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Call(error) => error.is_retryable(),
            Self::Status(response) => is_retryable(&DOWNLOAD, AttemptOutcome::Response(response.status)),
            Self::Transport(failure) => failure.kind != TransportErrorKind::Redirected,
            Self::Changed | Self::TimeLimit => true,
            _ => false,
        }
    }
}

impl<E> From<LinkFault> for DownloadError<E> {
    fn from(fault: LinkFault) -> Self {
        match fault {
            LinkFault::Invalid(reason) => Self::InvalidLink { reason },
            LinkFault::Host(host) => Self::HostNotAllowed { host },
        }
    }
}

impl<E: ErrorBody> fmt::Display for DownloadError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::NotThere => f.write_str("the vendor tells no link, so there is no such file yet; ask again later"),
            Self::InvalidLink { reason } => write!(f, "the link to the file {reason}, so nothing was sent there"),
            Self::HostNotAllowed { host } => {
                let host = printable(host, MAX_HOST_CHARS).unwrap_or_default();
                write!(
                    f,
                    "the link to the file leads to {host}, which is not allowed, so nothing was sent there; if the host is the \
                     vendor's, allow it with `.allow_host(\"{host}\")`"
                )
            }
            Self::Status(response) => {
                write!(f, "the store of the file answered with {}", response.status)?;
                match response.status {
                    StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                        f.write_str(", and so it did to a fresh link; check the clock and the proxy of this machine")
                    }
                    _ if self.is_retryable() => f.write_str("; download the file again later"),
                    _ => Ok(()),
                }
            }
            Self::UnexpectedResponse { status, reason } => {
                write!(f, "the store of the file answered with {status}, but the response {reason}")
            }
            Self::TooLarge { max_bytes, content_length } => {
                f.write_str("the file ")?;
                if let Some(bytes) = content_length {
                    write!(f, "has {bytes} bytes, which ")?;
                }
                write!(f, "is more than {max_bytes} bytes; raise `max_bytes`")
            }
            Self::Changed => f.write_str("the file changed while it was downloaded; download it again from the start"),
            Self::Transport(failure) => failure.fmt(f),
            Self::TimeLimit => f.write_str("the time limit of the download passed; raise `time_limit`"),
            Self::Write(error) => write!(f, "the file can't be written: {error}"),
        }
    }
}

/// Length of the longest host that is shown, in characters.
const MAX_HOST_CHARS: usize = 260;

impl<E: ErrorBody> fmt::Debug for DownloadError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DownloadError({self})")
    }
}

impl<E: ErrorBody> StdError for DownloadError<E> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Call(error) => error.source(),
            Self::Transport(failure) => failure.source(),
            _ => None,
        }
    }
}
