//! Link to the sign-up, and its signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha512;

use super::error::SignUpError;

/// Parameters of the vendor, the values of which are no secrets.
const SHOWN_PARAMETERS: [&str; 11] = [
    "email",
    "flow",
    "io_timestamp",
    "lang",
    "name",
    "next",
    "number",
    "plan_selection",
    "preverified_phone_number_id",
    "redirect_url",
    "state",
];

/// Link to the sign-up, as it was opened.
#[derive(Clone)]
pub(crate) struct SignUpLink {
    pub(super) partner_id: String,
    parameters: Vec<(String, String)>,
}

impl SignUpLink {
    /// Parses a link with this partner and query.
    pub(crate) fn parse(partner_id: &str, query: &str) -> Self {
        let parameters = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { partner_id: partner_id.to_owned(), parameters }
    }

    /// Returns a parameter as it was given, the first one of this name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns a parameter without blanks around it; the empty text if it is not given.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.parameter(name).unwrap_or_default().trim()
    }

    /// Returns the names of all parameters, with the values of those that may be shown.
    pub(crate) fn shown_parameters(&self) -> Vec<(&str, Option<&str>)> {
        let shown = |(name, value)| (name, Some(value).filter(|_| SHOWN_PARAMETERS.contains(&name)));
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).map(shown).collect()
    }

    /// Returns the query with this parameter in place of those of its name; without them if the value is empty.
    pub(crate) fn query_with(&self, name: &str, value: &str) -> String {
        let others = self.parameters.iter().filter(|(known, _)| known != name);
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(others);
        if !value.is_empty() {
            query.append_pair(name, value);
        }
        query.finish()
    }

    /// Returns the signature of the link, if it has one and it is right under this secret. Both hex and base64 are accepted, as
    /// the vendor names no encoding.
    ///
    /// # Errors
    ///
    /// Returns [`SignUpError::InvalidSignature`] if it is not right, has no time, or if there is no secret.
    pub(super) fn signature(&self, secret: Option<&str>) -> Result<Option<[u8; 64]>, SignUpError> {
        let (Some(given), time) = (self.parameter("io_signature"), self.text("io_timestamp")) else {
            return Ok(None);
        };
        let hmac = secret.and_then(|secret| Hmac::<Sha512>::new_from_slice(secret.as_bytes()).ok());
        let hmac = hmac.filter(|_| time.parse::<u64>().is_ok()).ok_or(SignUpError::InvalidSignature)?;
        // A plus sign of base64 that was not encoded arrives as a blank.
        let given = given.trim().replace(' ', "+");
        let decoded = base16ct::mixed::decode_vec(&given).ok().or_else(|| STANDARD.decode(&given).ok());
        let decoded = decoded.ok_or(SignUpError::InvalidSignature)?;
        let hmac = hmac.chain_update(format!("{}|{time}", self.partner_id));
        hmac.verify_slice(&decoded).map_err(|_| SignUpError::InvalidSignature)?;
        // It has been compared with one of this length.
        decoded.try_into().map(Some).map_err(|_| SignUpError::InvalidSignature)
    }
}

/// Returns the digits of a telephone number, or `None` if it is none. A number is often written with blanks and signs, and a
/// plus sign that was not encoded in a link arrives as a blank.
pub(super) fn digits(number: &str) -> Option<String> {
    let is_separator = |letter: char| letter.is_whitespace() || "+-()./\"'".contains(letter);
    let digits: String = number.chars().filter(|letter| !is_separator(*letter)).collect();
    let is_number = digits.bytes().all(|digit| digit.is_ascii_digit()) && (7..=15).contains(&digits.len());
    is_number.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_known_however_it_is_written() {
        for written in ["4930123456", " 49 30 123456", "+49 (30) 12-34-56", "\"4930123456\"", "49.30/123456"] {
            assert_eq!(digits(written).as_deref(), Some("4930123456"), "{written}");
        }
        for odd in ["", "123456", "1234567890123456", "49 30 abc", "<b>", "٤٩٣٠١٢٣٤٥٦"] {
            assert_eq!(digits(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_query_keeps_its_other_parameters() {
        let link = SignUpLink::parse("xPA", "number=1&state=a%26b&number=2");
        assert_eq!((link.query_with("number", "3").as_str(), link.text("number")), ("state=a%26b&number=3", "1"));
        assert_eq!(link.query_with("number", ""), "state=a%26b");
    }
}
