use arbitrary::{Result, Unstructured};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use dialog360_api::webhooks::{Signature, VerificationError};

use crate::mutation::odd_text;

/// Claims for the signature header of a delivery: no input makes the check panic, and a body is accepted with its own
/// signature only, in hex or base64, and only with a secret that is not blank.
///
/// # Errors
///
/// None for lack of bytes: missing bytes count as zeros.
pub fn signature(bytes: &[u8]) -> Result<()> {
    let mut bytes = Unstructured::new(bytes);
    let mut secrets = [const { String::new() }; 3];
    for secret in &mut secrets {
        let start = if bytes.ratio(1, 8)? { "" } else { "s" };
        *secret = format!("{start}{}", odd_text(&mut bytes)?);
    }
    let counting = &secrets[..bytes.int_in_range(0..=5)?.min(2)];
    let blank = |secret: &String| secret.as_bytes().trim_ascii().is_empty();
    let check = Signature::new(counting.iter().map(String::as_str));
    assert_eq!(check.is_ok(), !counting.is_empty() && !counting.iter().any(blank));
    let Ok(check) = check else { return Ok(()) };
    let genuine = |secret: &String, body: &[u8]| Signature::new([secret.as_str()]).map(|key| key.sign(body));

    let length = bytes.int_in_range(0..=64)?;
    let body = bytes.bytes(length.min(bytes.len()))?.to_vec();
    let mut signed = body.clone();
    if bytes.ratio(1, 4)? {
        signed.push(0);
    }
    let mut header = genuine(bytes.choose(&secrets)?, &signed).unwrap_or_default().into_bytes();
    if bytes.arbitrary()? {
        let mut hmac = [0; 32];
        if base16ct::mixed::decode(&header, &mut hmac).is_ok() {
            header = STANDARD.encode(hmac).into_bytes();
        }
    }
    header.splice(..0, bytes.choose(&[&b""[..], b"sha256=", b" ", b"\t sha256=", b"sha512="])?.iter().copied());
    for _ in 0..bytes.int_in_range(0..=2)? {
        // The last characters of base64 have bits that are ignored.
        let first = if bytes.arbitrary()? { header.len().saturating_sub(2) } else { 0 };
        let at = bytes.int_in_range(first..=header.len())?;
        match bytes.int_in_range(0..=2)? {
            0 => header.truncate(at),
            1 => header.insert(at, bytes.arbitrary()?),
            _ => {
                let bit = 1 << bytes.int_in_range(0..=7)?;
                header.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bit);
            }
        }
    }
    if bytes.ratio(1, 8)? {
        header = bytes.bytes(bytes.len())?.to_vec();
    }

    let verified = check.verify(&body, Some(&header));
    let text = header.trim_ascii();
    let text = text.strip_prefix(b"sha256=").unwrap_or(text);
    let proves = counting.iter().flat_map(|secret| genuine(secret, &body)).any(|hex| {
        let mut hmac = [0; 32];
        let _ = base16ct::mixed::decode(&hex, &mut hmac);
        text.eq_ignore_ascii_case(hex.as_bytes())
            || text == STANDARD.encode(hmac).as_bytes()
            || text == STANDARD_NO_PAD.encode(hmac).as_bytes()
    });
    assert_eq!(verified.is_ok(), proves, "{verified:?}");
    assert_ne!(verified, Err(VerificationError::Missing));
    assert_eq!(check.verify(&body, None), Err(VerificationError::Missing));
    Ok(())
}
