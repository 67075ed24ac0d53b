use std::borrow::Cow;
use std::fmt;

use api_runtime::check_segment;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use reqwest::Url;
use sha2::Sha512;

use crate::extras::platform_secret::keyed;
use crate::types::PartnerId;
use crate::{InvalidId, InvalidPlatformSecret, Secret};

/// Link to the hosted sign-up, where a customer connects WhatsApp numbers.
///
/// Every value is percent-encoded. A parameter that is set again is replaced.
///
/// A link can be signed, so that nobody signs up without the partner's doing. The vendor takes a signature once: make a
/// link for each attempt, on the server.
///
/// ```
/// use std::time::SystemTime;
///
/// use dialog360_api::Secret;
/// use dialog360_api::onboarding::{HubVersion, SignUpLink, SignatureEncoding};
/// use dialog360_api::types::PartnerId;
///
/// let partner = PartnerId::new("exmplePA")?;
/// let secret = Secret::new("the platform secret");
/// let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
/// let link = SignUpLink::new(&partner)
///     .version(HubVersion::V2)
///     .name("Acme & Sons")
///     .state("tenant-7")
///     .sign(&secret, now, SignatureEncoding::Hex)?
///     .url()?;
/// assert!(link.starts_with("https://app.360dialog.com/onboarding/exmplePA?name=Acme+%26+Sons&state=tenant-7&"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct SignUpLink {
    base_url: Cow<'static, str>,
    partner_id: PartnerId,
    parameters: Vec<(Cow<'static, str>, String)>,
}

/// Version of the hub that the sign-up runs in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HubVersion {
    /// `hub.360dialog.com`, which the vendor's own button uses unless told otherwise.
    #[default]
    V1,
    /// `app.360dialog.com`.
    V2,
}

impl HubVersion {
    const fn base_url(self) -> &'static str {
        match self {
            Self::V1 => "https://hub.360dialog.com/dashboard/app",
            Self::V2 => "https://app.360dialog.com/onboarding",
        }
    }
}

/// Encoding of a link's signature. The vendor's page does not say which of them it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureEncoding {
    /// Lower-case hexadecimal.
    Hex,
    /// Base64 with padding.
    Base64,
}

/// Error of a sign-up link that can't be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSignUpLink {
    /// The partner's id can't stand in a path.
    Partner(InvalidId),
    /// The base address is no `http` or `https` URL.
    BaseUrl,
}

impl fmt::Display for InvalidSignUpLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partner(fault) => write!(f, "partner of the sign-up link: {fault}"),
            Self::BaseUrl => f.write_str("base address of the sign-up link: not a URL that begins with http or https"),
        }
    }
}

impl std::error::Error for InvalidSignUpLink {}

impl fmt::Debug for SignUpLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.parameters.iter().map(|(name, _)| name.as_ref()).collect();
        f.debug_struct("SignUpLink").field("parameters", &names).finish_non_exhaustive()
    }
}

impl SignUpLink {
    /// Begins a link to the sign-up of a partner, in [`HubVersion::V1`].
    pub fn new(partner_id: &PartnerId) -> Self {
        let base_url = HubVersion::default().base_url().into();
        Self { base_url, partner_id: partner_id.clone(), parameters: Vec::new() }
    }

    /// Sets the version of the hub.
    pub fn version(mut self, version: HubVersion) -> Self {
        self.base_url = version.base_url().into();
        self
    }

    /// Sets another address, to which the partner's id is appended: one of the vendor's staging hosts, say.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into().into();
        self
    }

    /// Sets the e-mail address that the form is filled with.
    pub fn email(self, email: impl Into<String>) -> Self {
        self.parameter("email", email)
    }

    /// Sets the name that the form is filled with.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.parameter("name", name)
    }

    /// Sets the text that comes back with the redirect, in [`Redirect::other`](super::Redirect::other).
    pub fn state(self, state: impl Into<String>) -> Self {
        self.parameter("state", state)
    }

    /// Sets the address that the customer comes back to, in place of the partner's `partner_redirect_url`.
    pub fn redirect_url(self, redirect_url: impl Into<String>) -> Self {
        self.parameter("redirect_url", redirect_url)
    }

    /// Sets where the sign-up begins; `login` is known.
    pub fn next(self, next: impl Into<String>) -> Self {
        self.parameter("next", next)
    }

    /// Sets the plan that is selected: `regular` or `premium`.
    pub fn plan_selection(self, plan: impl Into<String>) -> Self {
        self.parameter("plan_selection", plan)
    }

    /// Sets the flow of the sign-up. The vendor names no values.
    pub fn flow(self, flow: impl Into<String>) -> Self {
        self.parameter("flow", flow)
    }

    /// Sets the telephone number that the form is filled with.
    pub fn number(self, number: impl Into<String>) -> Self {
        self.parameter("number", number)
    }

    /// Sets the language: `de`, `en` or `pt`. The vendor's newest button does not offer it any more.
    pub fn lang(self, lang: impl Into<String>) -> Self {
        self.parameter("lang", lang)
    }

    /// Sets Meta's id of a number that the partner has verified beforehand.
    pub fn preverified_phone_number_id(self, id: impl Into<String>) -> Self {
        self.parameter("preverified_phone_number_id", id)
    }

    /// Sets any parameter.
    pub fn parameter(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        match self.parameters.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.parameters.push((name, value)),
        }
        self
    }

    /// Returns the text that a signature is made of: the partner's id and the time, with a bar between them.
    pub fn string_to_sign(&self, unix_seconds: u64) -> String {
        format!("{}|{unix_seconds}", self.partner_id)
    }

    /// Returns the signature: HMAC-SHA512 of [`SignUpLink::string_to_sign`] under the platform secret.
    ///
    /// # Errors
    ///
    /// If the secret is empty.
    pub fn signature(&self, secret: &Secret, unix_seconds: u64) -> Result<[u8; 64], InvalidPlatformSecret> {
        let hmac: Hmac<Sha512> = keyed(secret)?;
        Ok(hmac.chain_update(self.string_to_sign(unix_seconds)).finalize().into_bytes().into())
    }

    /// Signs the link: sets `io_signature` and `io_timestamp`. For another encoding set the two with
    /// [`SignUpLink::parameter`]. The link works once.
    ///
    /// # Errors
    ///
    /// As for [`SignUpLink::signature`].
    pub fn sign(
        self,
        secret: &Secret,
        unix_seconds: u64,
        encoding: SignatureEncoding,
    ) -> Result<Self, InvalidPlatformSecret> {
        let signature = self.signature(secret, unix_seconds)?;
        let text = match encoding {
            SignatureEncoding::Hex => base16ct::lower::encode_string(&signature),
            SignatureEncoding::Base64 => STANDARD.encode(signature),
        };
        Ok(self.parameter("io_signature", text).parameter("io_timestamp", unix_seconds.to_string()))
    }

    /// Returns the link.
    ///
    /// # Errors
    ///
    /// If the partner's id or the base address can't be one.
    pub fn url(&self) -> Result<String, InvalidSignUpLink> {
        let partner_id = self.partner_id.as_str();
        // An id that came in an answer is not checked yet.
        check_segment(partner_id).map_err(InvalidSignUpLink::Partner)?;
        let url = Url::parse(&self.base_url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let mut url = url.ok_or(InvalidSignUpLink::BaseUrl)?;
        url.path_segments_mut().map_err(|()| InvalidSignUpLink::BaseUrl)?.pop_if_empty().push(partner_id);
        if !self.parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.parameters);
        }
        Ok(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Redirect;
    use super::*;

    fn link() -> SignUpLink {
        SignUpLink::new(&PartnerId::new("exmplePA").expect("an id"))
    }

    #[test]
    fn every_value_is_encoded() {
        let link = link()
            .email("office+wa@bakery.example")
            .name("Bread & Butter")
            .state("a=1&b=2#é")
            .redirect_url("https://crm.example/done?x=1")
            .next("login")
            .plan_selection("premium")
            .number("+4930000000")
            .parameter("of the future", "100%");
        assert_eq!(
            link.url().as_deref(),
            Ok("https://hub.360dialog.com/dashboard/app/exmplePA?email=office%2Bwa%40bakery.example\
                &name=Bread+%26+Butter&state=a%3D1%26b%3D2%23%C3%A9&redirect_url=https%3A%2F%2Fcrm.example%2Fdone%3Fx%3D1\
                &next=login&plan_selection=premium&number=%2B4930000000&of+the+future=100%25")
        );
        let read = Redirect::parse(&link.url().expect("a link")).expect("no ids").other;
        assert_eq!(read["state"], "a=1&b=2#é");
        assert_eq!(read["number"], "+4930000000");
        assert_eq!(read.len(), 8);
    }

    #[test]
    fn the_address_is_one_of_two_or_any_other() {
        let of = |link: SignUpLink| link.lang("de").flow("f").preverified_phone_number_id("7").url().expect("a link");
        let query = "?lang=de&flow=f&preverified_phone_number_id=7";
        assert_eq!(
            of(link().version(HubVersion::V1)),
            format!("https://hub.360dialog.com/dashboard/app/exmplePA{query}")
        );
        assert_eq!(of(link().version(HubVersion::V2)), format!("https://app.360dialog.com/onboarding/exmplePA{query}"));
        for base in ["http://localhost:1/a", "http://localhost:1/a/"] {
            assert_eq!(of(link().base_url(base)), format!("http://localhost:1/a/exmplePA{query}"));
        }
        assert_eq!(link().url().as_deref(), Ok("https://hub.360dialog.com/dashboard/app/exmplePA"));
        for base in [
            "",
            "hub.360dialog.com",
            "/onboarding",
            "ftp://hub.example/",
            "mailto:hub@360dialog.example",
            "javascript:alert(1)//",
        ] {
            assert_eq!(link().base_url(base).url(), Err(InvalidSignUpLink::BaseUrl), "{base}");
        }
    }

    #[test]
    fn an_id_that_is_more_than_a_segment_is_refused() {
        for odd in ["", "..", "a/b", "a?b", "a%2Fb"] {
            let partner_id: PartnerId = serde_json::from_value(odd.into()).expect("answers are kept");
            let error = SignUpLink::new(&partner_id).url().expect_err("no id");
            assert!(matches!(error, InvalidSignUpLink::Partner(_)), "{odd}");
            assert!(error.to_string().starts_with("partner of the sign-up link: an id"), "{error}");
        }
    }

    #[test]
    fn a_parameter_is_there_once() {
        let link = link().state("first").email("it@acme.example").state("second");
        assert_eq!(
            link.url().expect("a link").split_once('?').map(|(_, query)| query),
            Some("state=second&email=it%40acme.example")
        );
    }

    #[test]
    fn a_link_is_signed_under_the_platform_secret() {
        // Made with another implementation of HMAC.
        let hex = "1c9ac57d95d17eec92466770f569f639f28d06503b4066ee33f46bf741171d78\
                   167cdbd79d513cc9fe78a438b8de2d9de8c90a18bcca1af77ffba77d468d9ec0";
        let base64 = "HJrFfZXRfuySRmdw9Wn2OfKNBlA7QGbuM/Rr90EXHXgWfNvXnVE8yf54pDi43i2d6MkKGLzKGvd/+6d9Ro2ewA==";
        let secret = Secret::new("platform-secret-of-the-test");
        assert_eq!(link().string_to_sign(1_790_000_000), "exmplePA|1790000000");
        for (encoding, text) in [(SignatureEncoding::Hex, hex), (SignatureEncoding::Base64, base64)] {
            let signed = link().state("s").sign(&secret, 1_790_000_000, encoding).expect("a secret");
            let query = Redirect::parse(&signed.url().expect("a link")).expect("no ids").other;
            assert_eq!((query["io_signature"].as_str(), query["io_timestamp"].as_str()), (text, "1790000000"));
            assert_eq!(query["state"], "s");
        }
        let later = link().signature(&secret, 1_790_000_001).expect("a secret");
        assert_ne!(base16ct::lower::encode_string(&later), hex);
        assert_eq!(link().signature(&Secret::new(""), 0), Err(InvalidPlatformSecret::Empty));
    }

    #[test]
    fn a_link_shows_no_value() {
        let link = link().state("tenant-7").email("it@acme.example").number("4930000000").base_url("http://h?k=hidden");
        let link = link.sign(&Secret::new("secret"), 5, SignatureEncoding::Hex).expect("a secret");
        assert_eq!(
            format!("{link:?}"),
            r#"SignUpLink { parameters: ["state", "email", "number", "io_signature", "io_timestamp"], .. }"#
        );
    }
}
