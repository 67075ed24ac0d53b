//! Actions of a signer on ZapSign's page.

/// Action of a signer.
#[derive(Debug, Clone)]
pub(crate) enum SignerAction {
    /// Opens the link.
    Open,
    /// Confirms that the document was read.
    ConfirmReading,
    Sign,
    /// Refuses to sign, for this reason.
    Refuse(String),
}
