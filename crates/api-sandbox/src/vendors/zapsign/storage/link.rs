//! Links to files: URLs presigned as by S3, with version 2 of its signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Method;
use http::header::AUTHORIZATION;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use super::refusal::Refusal;
use crate::ids::IdGenerator;
use crate::vendors::vendor::HandlerContext;

/// Path below which the files are.
pub(crate) const FILES: &str = "/files/";
/// Time for which a link is valid.
const LIFETIME: SignedDuration = SignedDuration::from_mins(60);
/// Access key id in each link. It has not the form of a real one, which scanners for secrets would report.
const ACCESS_KEY_ID: &str = "SANDBOX-ACCESS-KEY";
/// Bytes of a signature of version 2.
const SIGNATURE_BYTES: usize = 20;

/// Kind of a file, of which a document, an attachment, a template or a signer has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Original,
    Signed,
    Template,
    /// Drawn signature of a signer.
    Signature,
}

impl FileKind {
    /// Returns the directory of the bucket, and the extension of the file.
    fn directory(self) -> (&'static str, &'static str) {
        match self {
            Self::Original | Self::Signed => ("pdf", "pdf"),
            Self::Template => ("docs", "docx"),
            Self::Signature => ("png", "png"),
        }
    }

    /// Returns the UUID of the folder with the owner's files, by the token of the document, attachment or template.
    pub(crate) fn folder(self, owner: &str, ids: &IdGenerator) -> String {
        ids.fixed_uuid(self.directory().0, owner)
    }

    /// Returns the UUID of the owner's file of this kind.
    pub(crate) fn id(self, owner: &str, ids: &IdGenerator) -> String {
        let kind = match self {
            Self::Original => "original file",
            Self::Signed => "signed file",
            Self::Template => "template file",
            Self::Signature => "signature",
        };
        ids.fixed_uuid(kind, owner)
    }
}

/// Returns a link to a file of this owner that is valid from now on. The path has the month in which the owner was created.
pub(crate) fn url(kind: FileKind, owner: &str, created_at: Timestamp, context: &HandlerContext<'_>) -> String {
    let (directory, extension) = kind.directory();
    let month = created_at.strftime("%Y/%-m");
    let (folder, id) = (kind.folder(owner, context.ids), kind.id(owner, context.ids));
    let path = format!("{FILES}{month}/{directory}/{folder}/{id}.{extension}");
    let expires = context.now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX).as_second().to_string();
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("AWSAccessKeyId", ACCESS_KEY_ID)
        .append_pair("Signature", &signature(&path, &expires, context.ids))
        .append_pair("Expires", &expires)
        .finish();
    format!("{}{path}?{query}", context.url)
}

/// Returns the UUIDs of folder and file in a path.
pub(in crate::vendors::zapsign) fn ids_of_path(path: &str) -> Option<(&str, &str)> {
    let (folder, file) = path.rsplit_once('/')?;
    Some((folder.rsplit_once('/')?.1, file.split_once('.')?.0))
}

/// Checks that a request is one for which a link was given out, and in time.
///
/// # Errors
///
/// Returns the refusal with which S3 answers.
pub(in crate::vendors::zapsign) fn verify(head: &Parts, context: &HandlerContext<'_>) -> Result<(), Refusal> {
    if head.headers.contains_key(AUTHORIZATION) {
        return Err(Refusal::TwoAuthMechanisms);
    }
    let query = head.uri.query().unwrap_or_default().as_bytes();
    let value = |name: &str| form_urlencoded::parse(query).find(|(key, _)| key == name).map(|(_, value)| value);
    let (Some(key), Some(given), Some(expires)) = (value("AWSAccessKeyId"), value("Signature"), value("Expires"))
    else {
        return Err(Refusal::NotSigned);
    };
    if key != ACCESS_KEY_ID {
        return Err(Refusal::UnknownAccessKey);
    }
    // A time that is none was signed by nobody, so the signature does not match.
    if let Some(expires) = expires.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok())
        && expires <= context.now
    {
        return Err(Refusal::Expired { expires, now: context.now });
    }
    // The links are for GET, which is a part of what is signed.
    if head.method != Method::GET || given != signature(head.uri.path(), &expires, context.ids) {
        return Err(Refusal::SignatureDoesNotMatch);
    }
    Ok(())
}

/// Returns the signature of a GET request. S3 takes SHA-1; the length is the same.
fn signature(path: &str, expires: &str, ids: &IdGenerator) -> String {
    let mut hmac = Hmac::<Sha256>::new_from_slice(&ids.signing_key()).expect("a key of any length");
    hmac.update(format!("GET\n\n\n{expires}\n{path}").as_bytes());
    STANDARD.encode(&hmac.finalize().into_bytes()[..SIGNATURE_BYTES])
}
