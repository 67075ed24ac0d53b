//! Stored files and the responses that carry them.

use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{IF_RANGE, RANGE};
use http_range_header::{RangeUnsatisfiableError, parse_range_header};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::pdf::{sealed_pdf, text_pdf};
use super::refusal::Refusal;
use crate::spec::Reply;

/// Digits of an `ETag`.
const ETAG_DIGITS: usize = 32;

/// Files of a document, an attachment or a template.
#[derive(Clone)]
pub(crate) struct StoredFiles {
    /// Token of the document, attachment or template.
    pub(crate) owner: String,
    pub(crate) original: Arc<StoredFile>,
    /// Signed file that was read last.
    pub(crate) signed: Option<Arc<StoredFile>>,
}

/// File whose bytes are made when they are first read, and the same ever after.
pub(crate) struct StoredFile {
    content: Content,
    last_modified: Timestamp,
    made: OnceLock<MadeFile>,
}

enum Content {
    Upload { bytes: Bytes, media_type: &'static str },
    Text(Vec<String>),
    Sealed { original: Arc<StoredFile>, evidence: Evidence },
}

struct MadeFile {
    bytes: Bytes,
    sha256: String,
}

/// Evidence in a signed file: the lines of its last pages, and the text across the pages before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Evidence {
    pub(crate) lines: Vec<String>,
    pub(crate) watermark: Option<&'static str>,
}

impl StoredFile {
    /// Creates a file of uploaded bytes.
    pub(crate) fn upload(bytes: Bytes, media_type: &'static str, now: Timestamp) -> Self {
        Self::new(Content::Upload { bytes, media_type }, now)
    }

    /// Creates a PDF of text.
    pub(crate) fn text(lines: Vec<String>, now: Timestamp) -> Self {
        Self::new(Content::Text(lines), now)
    }

    /// Creates a PDF with the pages of another one and this evidence, of the time of the last signature.
    pub(crate) fn sealed(original: &Arc<Self>, evidence: Evidence, sealed_at: Timestamp) -> Self {
        Self::new(Content::Sealed { original: Arc::clone(original), evidence }, sealed_at)
    }

    fn new(content: Content, last_modified: Timestamp) -> Self {
        Self { content, last_modified, made: OnceLock::new() }
    }

    /// Returns `true` if the file has this evidence.
    pub(crate) fn has_evidence(&self, wanted: &Evidence) -> bool {
        matches!(&self.content, Content::Sealed { evidence, .. } if evidence == wanted)
    }

    /// Returns the SHA-256 of the file in hex.
    pub(crate) fn sha256(&self) -> &str {
        &self.made().sha256
    }

    fn made(&self) -> &MadeFile {
        self.made.get_or_init(|| {
            let bytes = match &self.content {
                Content::Upload { bytes, .. } => bytes.clone(),
                Content::Text(lines) => text_pdf(lines).into(),
                Content::Sealed { original, evidence } => {
                    sealed_pdf(&original.made().bytes, &evidence.lines, evidence.watermark).into()
                }
            };
            let sha256 = base16ct::lower::encode_string(&Sha256::digest(&bytes));
            MadeFile { bytes, sha256 }
        })
    }

    /// Returns the response to a request for the file with these headers: all of it, or the one range that they ask for. It may
    /// take long to make a big file, so the state must not be locked.
    pub(crate) fn reply(&self, headers: &HeaderMap) -> Reply {
        let MadeFile { bytes, sha256 } = self.made();
        let etag = format!("\"{}\"", &sha256[..ETAG_DIGITS]);
        let last_modified = httpdate::fmt_http_date(SystemTime::from(self.last_modified));
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let unchanged = header(IF_RANGE).is_none_or(|known| known == etag || known == last_modified);
        let wanted = header(RANGE).filter(|_| unchanged);
        let range = match wanted.map_or(Ok(None), |range| satisfiable_range(range, bytes.len())) {
            Ok(range) => range,
            Err(refusal) => return refusal.reply(),
        };
        let media_type = match self.content {
            Content::Upload { media_type, .. } => media_type,
            Content::Text(_) | Content::Sealed { .. } => "application/pdf",
        };
        let reply = match range {
            None => Reply::new(200, media_type, bytes.clone()),
            Some(range) => {
                let shown = format!("bytes {}-{}/{}", range.start(), range.end(), bytes.len());
                Reply::new(206, media_type, bytes.slice(range)).header("content-range", shown)
            }
        };
        reply
            .header("etag", etag)
            .header("last-modified", last_modified)
            .header("accept-ranges", "bytes")
            .header("x-content-type-options", "nosniff")
    }
}

/// Returns the range of bytes that a `Range` header asks for. Returns `None` if all of the file is the response: as S3, which
/// serves no more than one range, for several of them, and for what is none.
fn satisfiable_range(header: &str, length: usize) -> Result<Option<RangeInclusive<usize>>, Refusal> {
    let validated = parse_range_header(header).and_then(|ranges| ranges.validate(length as u64));
    match validated.as_deref() {
        Ok([range]) => Ok(Some(*range.start() as usize..=*range.end() as usize)),
        Err(RangeUnsatisfiableError::Unsatisfiable) => Err(Refusal::UnsatisfiableRange { length }),
        Ok(_) | Err(_) => Ok(None),
    }
}
