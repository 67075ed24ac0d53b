//! Reasons why the sign-up does not go on.

use crate::spec::Violation;

/// Reason why the sign-up does not go on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SignUpError {
    /// The sandbox has no partner with the id of the link.
    UnknownPartner,
    /// The client of the page does not exist.
    UnknownClient,
    /// The `redirect_url` of the link is no `http` or `https` URL.
    InvalidRedirectUrl,
    /// The signature of the link is not one under the platform secret.
    InvalidSignature,
    /// The signature of the link was used for another sign-up.
    UsedSignature,
    /// Neither the link nor the partner has an address to go back to.
    NoRedirectUrl,
    /// The client did not verify the number.
    NumberNotVerified,
    /// Fields of the form are not filled in as they should be.
    Fields(Vec<Violation>),
}
