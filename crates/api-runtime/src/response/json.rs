use serde::de::DeserializeOwned;

use crate::error::DecodeErrorKind;
use crate::types::FieldPath;
use crate::wire::decode_limit;

/// Decodes a body whose values take `limit` bytes of memory at most.
///
/// # Errors
///
/// [`DecodeErrorKind::TooManyValues`] if they are estimated at more, [`DecodeErrorKind::InvalidJson`] or
/// [`DecodeErrorKind::InvalidUtf8`] if the body is not JSON, and [`DecodeErrorKind::SchemaMismatch`] if it does not match `T`.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8], limit: usize) -> Result<T, DecodeErrorKind> {
    if !decode_limit::fits(body, limit) {
        return Err(DecodeErrorKind::TooManyValues);
    }
    // Only an invalid body is decoded again, with the path tracked.
    serde_json::from_slice(body).map_err(|_| locate::<T>(body))
}

fn locate<T: DeserializeOwned>(body: &[u8]) -> DecodeErrorKind {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let outcome: Result<T, _> = serde_path_to_error::deserialize(&mut deserializer);
    let (path, error) = match outcome {
        Ok(_) => match deserializer.end() {
            // The value is complete and more text follows it.
            Err(error) => (FieldPath::root(), error),
            Ok(()) => return DecodeErrorKind::InvalidUtf8,
        },
        Err(error) => (FieldPath::new(error.path()), error.into_inner()),
    };
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Data => DecodeErrorKind::SchemaMismatch { path, line, column },
        _ => DecodeErrorKind::InvalidJson { line, column },
    }
}
