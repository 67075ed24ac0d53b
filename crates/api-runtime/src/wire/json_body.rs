//! Encoder of JSON bodies. A `Vec` that doubles as it grows would hold a document of many megabytes three times, so the
//! length of a large body is measured before it is allocated.

use std::io::{self, Write};

use serde::Serialize;

/// Longest body that is encoded without being measured, in bytes: 64 KiB.
const MAX_UNMEASURED_BYTES: usize = 64 * 1024;

/// Encodes a body as JSON, in a buffer without spare capacity if it is longer than [`MAX_UNMEASURED_BYTES`].
///
/// # Errors
///
/// [`serde_json::Error`] if a value has no JSON form, such as a map whose keys are not strings.
pub(crate) fn encode<T: Serialize + ?Sized>(body: &T) -> serde_json::Result<Vec<u8>> {
    let mut small = CappedWriter(Vec::with_capacity(128));
    match write(body, &mut small) {
        Ok(()) => return Ok(small.0),
        Err(error) if error.is_io() => drop(small),
        Err(error) => return Err(error),
    }
    let mut length = ByteCounter(0);
    write(body, &mut length)?;
    let mut bytes = Vec::with_capacity(length.0);
    write(body, &mut bytes)?;
    Ok(bytes)
}

/// Serializes to a writer behind `dyn`, so that each body type has one instance of its encoder instead of one per
/// writer.
fn write<T: Serialize + ?Sized>(body: &T, to: &mut dyn Write) -> serde_json::Result<()> {
    serde_json::to_writer(to, body)
}

/// Writer that fails with [`io::ErrorKind::FileTooLarge`] beyond [`MAX_UNMEASURED_BYTES`].
struct CappedWriter(Vec<u8>);

impl Write for CappedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_UNMEASURED_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes).map(drop)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writer that counts bytes and keeps none.
struct ByteCounter(usize);

impl Write for ByteCounter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_any_size_is_encoded_whole_and_a_large_one_without_spare_room() {
        for length in
            [0, 1, MAX_UNMEASURED_BYTES - 2, MAX_UNMEASURED_BYTES - 1, MAX_UNMEASURED_BYTES, 10 * MAX_UNMEASURED_BYTES]
        {
            let text = "x".repeat(length);
            let encoded = encode(&text).expect("it is JSON");
            assert_eq!(encoded, format!("\"{text}\"").into_bytes());
            assert!(length < MAX_UNMEASURED_BYTES || encoded.capacity() == encoded.len(), "{length}");
        }
    }

    #[test]
    fn what_is_no_json_is_a_fault() {
        let error = encode(&std::collections::HashMap::from([((1, 2), 3)])).expect_err("no key of an object");
        assert!(!error.is_io());
    }
}
