use std::io::{self, Read};
use std::path::Path;
use std::{fmt, fs};

use base64::Engine as _;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Binary data, base64 text on the wire (RFC 4648 section 4, padded).
///
/// A value made from bytes keeps the bytes and is encoded straight into the request body, so the text never takes
/// memory of its own. A value from a response keeps the text unchanged; [`Base64::decode`] returns its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Base64(Form);

#[derive(Clone, PartialEq, Eq)]
enum Form {
    Bytes(Bytes),
    Text(String),
}

/// Error of text that is not base64. The vendor's text is in the raw body; `Display` shows no more than the offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidBase64 {
    offset: Option<usize>,
}

impl fmt::Display for InvalidBase64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.offset {
            Some(offset) => write!(f, "not base64: invalid character at offset {offset}"),
            None => f.write_str("not base64: the text is cut short or wrongly padded"),
        }
    }
}

impl std::error::Error for InvalidBase64 {}

impl Base64 {
    /// Creates a value from bytes, which are encoded when the request is built. It takes them over, so give a `Vec<u8>`,
    /// [`Bytes`] or `&'static [u8]`, and `slice.to_vec()` of a slice that is borrowed.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Form::Bytes(bytes.into()))
    }

    /// Creates a value from base64 text, which is sent unchanged and not validated.
    pub fn from_encoded(text: impl Into<String>) -> Self {
        Self(Form::Text(text.into()))
    }

    /// Reads the content of a regular file. Its length is not bounded.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the file can't be read, of kind [`InvalidInput`](io::ErrorKind::InvalidInput) if the path names
    /// a directory, pipe or device, which may never end.
    pub fn from_path(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        if !fs::metadata(path)?.is_file() {
            let message = format!("{} is not a regular file; read a pipe with `Base64::from_reader`", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        fs::read(path).map(Self::from_bytes)
    }

    /// Reads all data of a reader. Bound one that may never end with [`Read::take`].
    ///
    /// # Errors
    ///
    /// [`io::Error`] of the reader, unchanged.
    pub fn from_reader(mut reader: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        Ok(Self::from_bytes(bytes))
    }

    /// Returns the length of the base64 text, in bytes.
    pub fn encoded_len(&self) -> usize {
        match &self.0 {
            Form::Bytes(bytes) => bytes.len().div_ceil(3) * 4,
            Form::Text(text) => text.len(),
        }
    }

    /// Returns the length of the data, in bytes. For text that is not base64 it is an estimate from its length.
    pub fn decoded_len(&self) -> usize {
        match &self.0 {
            Form::Bytes(bytes) => bytes.len(),
            Form::Text(text) => text.trim_end_matches('=').len() * 3 / 4,
        }
    }

    /// Returns the data, decoded from the text if the value came from one.
    ///
    /// # Errors
    ///
    /// [`InvalidBase64`] if that text has a character outside of the alphabet, or is truncated or wrongly padded.
    pub fn decode(&self) -> Result<Bytes, InvalidBase64> {
        match &self.0 {
            Form::Bytes(bytes) => Ok(bytes.clone()),
            Form::Text(text) => STANDARD.decode(text).map(Bytes::from).map_err(|error| {
                let offset = match error {
                    base64::DecodeError::InvalidByte(offset, _)
                    | base64::DecodeError::InvalidLastSymbol { offset, .. } => Some(offset),
                    _ => None,
                };
                InvalidBase64 { offset }
            }),
        }
    }
}

impl fmt::Debug for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Base64(..)")
    }
}

impl From<Vec<u8>> for Base64 {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from_bytes(bytes)
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Form::Bytes(bytes) => serializer.collect_str(&Base64Display::new(bytes, &STANDARD)),
            Form::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from_encoded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_text_and_text_becomes_bytes() {
        let sent = serde_json::to_string(&Base64::from_bytes(&b"\x00\xffpdf"[..])).expect("encodes");
        assert_eq!(sent, r#""AP9wZGY=""#);
        assert_eq!(Base64::from_reader(&b"\x00\xffpdf"[..]).expect("it reads").encoded_len(), 8);
        let received: Base64 = serde_json::from_str(&sent).expect("a JSON string");
        assert_eq!(received.decode().expect("valid base64"), &b"\x00\xffpdf"[..]);
    }

    #[test]
    fn text_that_is_not_base64_is_kept_and_says_where_it_is_wrong() {
        let received: Base64 = serde_json::from_str(r#""AP9w*""#).expect("a JSON string");
        assert_eq!(received.decode().expect_err("invalid").to_string(), "not base64: invalid character at offset 4");
        assert_eq!(serde_json::to_string(&received).expect("encodes"), r#""AP9w*""#);
    }

    #[test]
    #[cfg(unix)]
    fn what_has_no_end_is_not_read() {
        for path in ["/dev/zero", "/dev", "/dev/null"] {
            let error = Base64::from_path(path).expect_err("it is no file").to_string();
            assert_eq!(error, format!("{path} is not a regular file; read a pipe with `Base64::from_reader`"));
        }
        let manifest = Base64::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).expect("it is a file");
        assert!(manifest.decoded_len() > 100);
    }
}
