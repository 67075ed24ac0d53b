use std::{fmt, iter};

use api_runtime::{DeliveryError, FromDelivery, VerificationError};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, Mac as _};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;

use crate::extras::platform_secret::keyed;
use crate::{InvalidPlatformSecret, Secret};

/// Base64 with padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const HEX_LENGTH: usize = 64;

/// Verifier of the signature that a delivery carries: an HMAC-SHA256 of the body under the platform secret.
///
/// The vendor's page does not say how the signature is written, so hex and base64 are read, in front of them `sha256=`, and
/// blanks around. Not every account gets signatures; see [`SecretQuery`](super::SecretQuery) for one that does not.
///
/// ```
/// use dialog360_api::webhooks::{Signature, VerificationError};
///
/// // While a secret is being replaced: the new one and the old one.
/// let signature = Signature::new(["the new platform secret", "the old platform secret"])?;
/// let body = br#"{"id":"e1","event":"channel_live","data":{"id":"aaCH"}}"#;
/// let header = signature.sign(body);
/// assert_eq!(signature.verify(body, Some(header.as_bytes())), Ok(()));
/// assert_eq!(signature.verify(body, None), Err(VerificationError::Missing));
/// # Ok::<(), dialog360_api::InvalidPlatformSecret>(())
/// ```
#[derive(Clone)]
pub struct Signature {
    newest: Hmac<Sha256>,
    older: Vec<Hmac<Sha256>>,
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature").field("secrets", &(1 + self.older.len())).finish_non_exhaustive()
    }
}

impl Signature {
    /// Name of the header that carries the signature.
    pub const HEADER: &'static str = "x-360dialog-signature";

    /// Takes the platform secrets, the newest first. A delivery under any of them is genuine.
    ///
    /// # Errors
    ///
    /// If there is no secret, or an empty one.
    pub fn new(secrets: impl IntoIterator<Item = impl Into<Secret>>) -> Result<Self, InvalidPlatformSecret> {
        let mut keys = secrets.into_iter().map(|secret| keyed(&secret.into()));
        let newest = keys.next().ok_or(InvalidPlatformSecret::Missing)??;
        Ok(Self { newest, older: keys.collect::<Result<_, _>>()? })
    }

    /// Checks the signature of a body, which has to be the bytes as they came: JSON that was read and written again is
    /// another body. The comparison takes the same time wherever the signatures differ.
    ///
    /// # Errors
    ///
    /// If the header is missing, malformed, or the signature of something else.
    pub fn verify(&self, body: &[u8], header: Option<&[u8]>) -> Result<(), VerificationError> {
        let claimed = decode(header.ok_or(VerificationError::Missing)?).ok_or(VerificationError::Malformed)?;
        let matches = |key: &Hmac<Sha256>| key.clone().chain_update(body).verify_slice(&claimed).is_ok();
        if iter::once(&self.newest).chain(&self.older).any(matches) { Ok(()) } else { Err(VerificationError::Wrong) }
    }

    /// Checks the signature of a request.
    ///
    /// # Errors
    ///
    /// As for [`Signature::verify`], and if the header is there more than once.
    pub fn verify_request(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), VerificationError> {
        let mut values = headers.get_all(Self::HEADER).iter();
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(VerificationError::Repeated),
            (value, None) => self.verify(body, value.map(HeaderValue::as_bytes)),
        }
    }

    /// Checks a delivery and parses its body, most often into a `Vec<Event>`. The body has to be the bytes as they came.
    ///
    /// # Errors
    ///
    /// [`DeliveryError::Forged`] as for [`verify_request`](Self::verify_request), and [`DeliveryError::Undecodable`] if the
    /// body is not JSON that can be read.
    pub fn receive<D: FromDelivery>(&self, headers: &HeaderMap, body: &[u8]) -> Result<D, DeliveryError> {
        self.verify_request(headers, body)?;
        Ok(D::from_delivery(body)?)
    }

    /// Returns the headers of a delivery with this body, signed under the newest secret: for tests of a receiver.
    pub fn headers(&self, body: &[u8]) -> HeaderMap {
        let value = HeaderValue::from_str(&self.sign(body)).ok();
        value.map(|value| (HeaderName::from_static(Self::HEADER), value)).into_iter().collect()
    }

    /// Returns the header of a body under the newest secret, in lower-case hex: for tests of a receiver.
    pub fn sign(&self, body: &[u8]) -> String {
        base16ct::lower::encode_string(&self.newest.clone().chain_update(body).finalize().into_bytes())
    }
}

fn decode(header: &[u8]) -> Option<[u8; 32]> {
    let text = header.trim_ascii();
    let text = text.strip_prefix(b"sha256=").unwrap_or(text);
    let bytes =
        if text.len() == HEX_LENGTH { base16ct::mixed::decode_vec(text).ok()? } else { BASE64.decode(text).ok()? };
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "platform-secret-of-the-test";
    const BODY: &[u8] =
        r#"{"id":"e1","event":"channel_live","data":{"id":"exmpleCH","setup_info":{"phone_name":"Café"}}}"#.as_bytes();
    /// Made with another implementation of HMAC.
    const HEX: &str = "977e2d84e5d79cf8c4bd07734e979cc558fb89b9356de62e326720b8dffa8e27";
    const BASE64: &str = "l34thOXXnPjEvQdzTpecxVj7ibk1beYuMmcguN/6jic=";
    const UNDER_AN_EMPTY_KEY: &str = "a17dd16a8c9851fa28bca87fdc06ed8539c493a85e0fe834b229f1c3beba7adb";

    fn signature() -> Signature {
        Signature::new([SECRET]).expect("a secret")
    }

    fn verify(header: &str) -> Result<(), VerificationError> {
        signature().verify(BODY, Some(header.as_bytes()))
    }

    /// Test cases 1, 2 and 4, whose keys are text.
    #[test]
    fn the_hmac_is_that_of_rfc_4231() {
        let counting: String = (1..=25_u8).map(char::from).collect();
        for (key, data, expected) in [
            (
                "\u{b}".repeat(20),
                b"Hi There".to_vec(),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                "Jefe".to_owned(),
                b"what do ya want for nothing?".to_vec(),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (counting, vec![0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        ] {
            let signature = Signature::new([key]).expect("a secret");
            assert_eq!(signature.sign(&data), expected);
            assert_eq!(signature.verify(&data, Some(expected.as_bytes())), Ok(()));
        }
    }

    #[test]
    fn every_way_of_writing_a_signature_is_read() {
        assert_eq!(signature().sign(BODY), HEX);
        let unpadded = BASE64.trim_end_matches('=');
        for text in [HEX, &HEX.to_uppercase(), BASE64, unpadded] {
            for header in [text.to_owned(), format!("sha256={text}"), format!(" \t{text} "), format!(" sha256={text}")]
            {
                assert_eq!(verify(&header), Ok(()), "{header:?}");
            }
        }
    }

    #[test]
    fn what_is_no_signature_is_told_from_a_wrong_one() {
        let (short, long) = (&HEX[1..], format!("{HEX}0"));
        let not_hex = HEX.replace('9', "g");
        let trailing_bits = BASE64.replace("ic=", "id=");
        for header in
            ["", " ", "sha256=", "=", short, &long, &not_hex, &trailing_bits, "sha512=", &format!("{HEX}, {HEX}")]
        {
            assert_eq!(verify(header), Err(VerificationError::Malformed), "{header:?}");
        }
        assert_eq!(signature().verify(BODY, Some(b"\xff\x00")), Err(VerificationError::Malformed));
        assert_eq!(signature().verify(BODY, None), Err(VerificationError::Missing));
        assert_eq!(verify(UNDER_AN_EMPTY_KEY), Err(VerificationError::Wrong));
        for index in 0..BODY.len() {
            let mut changed = BODY.to_vec();
            changed[index] ^= 1;
            assert_eq!(signature().verify(&changed, Some(HEX.as_bytes())), Err(VerificationError::Wrong), "{index}");
        }
    }

    #[test]
    fn any_of_the_secrets_counts_while_one_is_replaced() {
        let both = Signature::new(["the new one", SECRET]).expect("secrets");
        let newest = Signature::new(["the new one"]).expect("a secret");
        assert_eq!(both.verify(BODY, Some(HEX.as_bytes())), Ok(()));
        assert_eq!(both.verify(BODY, Some(newest.sign(BODY).as_bytes())), Ok(()));
        assert_eq!(both.sign(BODY), newest.sign(BODY));
        assert_eq!(newest.verify(BODY, Some(HEX.as_bytes())), Err(VerificationError::Wrong));
        assert!(!format!("{both:?}").contains("new one"));
    }

    #[test]
    fn a_secret_that_is_none_is_refused() {
        assert_eq!(Signature::new([""; 0]).expect_err("none"), InvalidPlatformSecret::Missing);
        for secrets in [["", SECRET], [SECRET, ""], [SECRET, " \n"]] {
            assert_eq!(Signature::new(secrets).expect_err("an empty one"), InvalidPlatformSecret::Empty);
        }
    }

    #[test]
    fn a_request_has_the_header_once() {
        let mut headers = HeaderMap::new();
        assert_eq!(signature().verify_request(&headers, BODY), Err(VerificationError::Missing));
        headers.append(Signature::HEADER, HeaderValue::from_static(HEX));
        assert_eq!(headers, signature().headers(BODY));
        assert_eq!(signature().verify_request(&headers, BODY), Ok(()));
        headers.append(Signature::HEADER, HeaderValue::from_static(HEX));
        assert_eq!(signature().verify_request(&headers, BODY), Err(VerificationError::Repeated));
    }
}
