use std::fmt;

/// Reason why a signer cannot act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignerError {
    /// No signer has this token.
    UnknownToken,
    /// The signer has signed.
    Signed,
    /// The document was refused or cancelled.
    Refused,
    /// The document is deleted.
    Deleted,
    /// The deadline of the document has passed.
    Expired,
    /// Others come first, with [`Behavior::EnforcedSigningOrder`](crate::Behavior::EnforcedSigningOrder).
    NotYourTurn,
    /// The document allows no refusal.
    RefusalNotAllowed,
}

impl fmt::Display for SignerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownToken => "no signer has this token: `signers` of a document have theirs in `token`",
            Self::Signed => "the signer has signed",
            Self::Refused => "the document was refused or cancelled",
            Self::Deleted => "the document is deleted",
            Self::Expired => "the deadline of the document has passed: set a later `date_limit_to_sign`",
            Self::NotYourTurn => {
                "signers who come first have not signed: let them sign, or switch `enforced-signing-order` off"
            }
            Self::RefusalNotAllowed => {
                "the document allows no refusal: create it with `allow_refuse_signature` set to true"
            }
        })
    }
}

impl std::error::Error for SignerError {}
