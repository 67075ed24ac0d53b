use std::fmt;

/// Error of a delivery that does not prove that the vendor sent it: its signature or secret is missing or wrong. Answer
/// it with 401, and do nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerificationError {
    /// The delivery has no signature or secret. Check that the vendor was told to send one.
    Missing,
    /// The signature or secret is there more than once.
    Repeated,
    /// The signature is not written in any form that is known.
    Malformed,
    /// The secret is another one, or the signature is one of another body or under another secret. Check that the body
    /// is passed on byte for byte.
    Wrong,
}

impl fmt::Display for VerificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the delivery has no signature or secret; check that the vendor was told to send one",
            Self::Repeated => "the delivery has more than one signature or secret",
            Self::Malformed => "the delivery's signature has no known form",
            Self::Wrong => {
                "the delivery's signature or secret is wrong: check the secret, and that a signed body is passed on unchanged"
            }
        })
    }
}

impl std::error::Error for VerificationError {}

/// Returns the only value.
///
/// # Errors
///
/// [`VerificationError::Missing`] if there is none, [`VerificationError::Repeated`] if there is another one.
pub(super) fn only<T>(mut values: impl Iterator<Item = T>) -> Result<T, VerificationError> {
    let value = values.next().ok_or(VerificationError::Missing)?;
    if values.next().is_some() { Err(VerificationError::Repeated) } else { Ok(value) }
}
