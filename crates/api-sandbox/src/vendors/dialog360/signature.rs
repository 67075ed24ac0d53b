//! Signature of deliveries.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Returns the signature header of a body: its HMAC-SHA256 under the platform secret, in hex. The vendor's page names no
/// encoding; most receivers expect this one.
pub(super) fn header(secret: &str, body: &str) -> Option<(String, String)> {
    let hmac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?.chain_update(body).finalize();
    Some(("x-360dialog-signature".to_owned(), base16ct::lower::encode_string(&hmac.into_bytes())))
}
