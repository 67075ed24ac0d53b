//! Form in which a signer signs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;

use super::form_field::{Control, FormField};
use super::signer::{Signer, is_cpf};
use crate::ids::IdGenerator;
use crate::vendors::form_entries::FormEntries;

/// Beginning of a drawn signature as a browser posts it.
const PNG_DATA: &str = "data:image/png;base64,";
const PNG_MAGIC: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Largest size of a drawn signature.
const MAX_PNG_BYTES: usize = 512 * 1024;
/// Number of codes that a signer can get.
const CODES: u128 = 1_000_000;

/// Form of one signer, with what was entered and the errors of that.
#[derive(Debug, Clone, Default)]
pub(crate) struct SigningForm {
    pub(crate) fields: Vec<FormField>,
    /// `None` if no signature on the screen is asked for.
    pub(crate) signature: Option<SignatureField>,
    /// `None` if no code is asked for.
    pub(crate) code: Option<FormField>,
    /// Code that the signer has to enter.
    expected_code: String,
    /// `None` if no consent is asked for.
    pub(crate) consent: Option<Consent>,
    /// Steps of the vendor's page that are left out here.
    pub(crate) omitted: Vec<String>,
}

/// Signature on the screen: drawn or typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct SignatureField {
    /// PNG as a URL of the scheme `data`; empty if nothing was drawn.
    pub(crate) drawn: String,
    pub(crate) typed: String,
    pub(crate) error: String,
    /// `true` if the focus starts here.
    pub(crate) has_focus: bool,
}

/// Check box of a OneClick document.
#[derive(Debug, Clone, Default)]
pub(crate) struct Consent {
    pub(crate) given: bool,
    pub(crate) error: String,
    /// `true` if the focus starts here.
    pub(crate) has_focus: bool,
}

impl SigningForm {
    /// Creates the form of a signer with what is known of them.
    pub(crate) fn new(signer: &Signer, one_click: bool, require_signature: bool, ids: &IdGenerator) -> Self {
        let mode = if one_click { "" } else { signer.text("auth_mode") };
        let channel = CodeChannel::of(mode);
        if one_click {
            return Self {
                signature: require_signature.then(SignatureField::default),
                consent: Some(Consent::default()),
                ..Self::default()
            };
        }
        let expected_code = code(signer, ids);
        let by_cpf = mode == "CPF" || mode.ends_with("-cpf");
        let on_screen = mode.starts_with("assinaturaTela");
        Self {
            fields: fields(signer, channel, signer.requires_cpf || by_cpf),
            signature: on_screen.then(SignatureField::default),
            code: channel.map(|channel| code_field(channel, signer, &expected_code)),
            expected_code,
            consent: None,
            omitted: omitted_steps(signer),
        }
    }

    /// Reads what was entered, and checks it.
    pub(crate) fn read(&mut self, entries: &FormEntries) {
        self.fields.iter_mut().for_each(|field| field.read(entries));
        let cpf = self.fields.iter_mut().find(|field| field.name == "cpf");
        if let Some(cpf) = cpf.filter(|cpf| !cpf.value.is_empty() && cpf.error.is_empty() && !is_cpf(&cpf.value)) {
            cpf.error = "This is no CPF. Check its 11 digits.".to_owned();
        }
        if let Some(signature) = &mut self.signature {
            signature.read(entries);
        }
        if let Some(code) = &mut self.code {
            code.read(entries);
            if code.error.is_empty() && code.value != self.expected_code {
                code.error = "This is not the code. Enter the code of the message.".to_owned();
            }
        }
        if let Some(consent) = &mut self.consent {
            consent.given = !entries.text("consent").is_empty();
            if !consent.given {
                consent.error = "Tick the box to agree.".to_owned();
            }
        }
        self.set_focus();
    }

    /// Returns `true` if an entry has an error.
    pub(crate) fn has_errors(&self) -> bool {
        let fields = self.fields.iter().chain(&self.code).map(|field| &field.error);
        let signature = self.signature.iter().map(|signature| &signature.error);
        let consent = self.consent.iter().map(|consent| &consent.error);
        fields.chain(signature).chain(consent).any(|error| !error.is_empty())
    }

    /// Has the focus start at the first control with an error, in the order of the page.
    fn set_focus(&mut self) {
        let fields = self.fields.iter_mut().map(|field| (&field.error, &mut field.has_focus));
        let signature = self.signature.iter_mut().map(|signature| (&signature.error, &mut signature.has_focus));
        let code = self.code.iter_mut().map(|field| (&field.error, &mut field.has_focus));
        let consent = self.consent.iter_mut().map(|consent| (&consent.error, &mut consent.has_focus));
        let mut controls = fields.chain(signature).chain(code).chain(consent);
        if let Some((_, has_focus)) = controls.find(|(error, _)| !error.is_empty()) {
            *has_focus = true;
        }
    }

    /// Returns the drawn signature.
    pub(crate) fn drawn_signature(&self) -> Option<Bytes> {
        png(&self.signature.as_ref()?.drawn)
    }
}

impl SignatureField {
    fn read(&mut self, entries: &FormEntries) {
        self.typed = entries.text("typed_signature").to_owned();
        self.drawn = entries.text("signature").to_owned();
        if !self.drawn.is_empty() && png(&self.drawn).is_none() {
            self.drawn = String::new();
            self.error = "The drawing did not arrive. Draw again, or type your name.".to_owned();
        } else if self.drawn.is_empty() && self.typed.is_empty() {
            self.error = "Draw your signature, or type your name.".to_owned();
        }
    }
}

/// Returns the fields of a signer that are asked for.
fn fields(signer: &Signer, channel: Option<CodeChannel>, asks_cpf: bool) -> Vec<FormField> {
    let mut fields =
        vec![FormField { value: signer.text("name").to_owned(), locked: signer.flag("lock_name"), ..name_field() }];
    fields.extend(contact_fields(&signer.value, channel));
    if asks_cpf {
        fields.push(FormField {
            name: "cpf".to_owned(),
            label: "CPF".to_owned(),
            hint: "Brazilian taxpayer number, 11 digits.".to_owned(),
            control: Control::Digits,
            autocomplete: "off",
            value: signer.text("cpf").to_owned(),
            required: true,
            ..FormField::default()
        });
    }
    fields
}

/// Returns an empty field for the name of a signer.
pub(super) fn name_field() -> FormField {
    FormField {
        name: "name".to_owned(),
        label: "Full name".to_owned(),
        autocomplete: "name",
        required: true,
        ..FormField::default()
    }
}

/// Returns the fields for e-mail address and phone number of a signer, by the JSON of one, or of one of a template. One that is
/// blank or hidden is left out. The one that a code goes to is required. One without a value can be filled in although it is locked.
pub(super) fn contact_fields(signer: &Value, channel: Option<CodeChannel>) -> Vec<FormField> {
    let text = |field: &str| signer[field].as_str().unwrap_or_default().to_owned();
    let is_asked = |of: &str| signer[format!("blank_{of}")] != true && signer[format!("hide_{of}")] != true;
    let email = FormField {
        name: "email".to_owned(),
        label: "E-mail".to_owned(),
        control: Control::Email,
        autocomplete: "email",
        value: text("email"),
        locked: signer["lock_email"] == true && !text("email").is_empty(),
        required: channel == Some(CodeChannel::Email),
        ..FormField::default()
    };
    let phone = FormField {
        name: "phone_number".to_owned(),
        label: "Phone number".to_owned(),
        hint: format!("Without the country code, which is +{}.", text("phone_country")),
        control: Control::Phone,
        autocomplete: "tel-national",
        value: text("phone_number"),
        locked: signer["lock_phone"] == true && !text("phone_number").is_empty(),
        required: channel.is_some_and(|channel| channel != CodeChannel::Email),
        ..FormField::default()
    };
    let fields = [("email", email), ("phone", phone)].into_iter();
    fields.filter(|(of, _)| is_asked(of)).map(|(_, field)| field).collect()
}

/// Channel by which a signer gets a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CodeChannel {
    Email,
    Sms,
    WhatsApp,
}

impl CodeChannel {
    /// Returns the channel of an authentication mode, if it has one.
    pub(super) fn of(mode: &str) -> Option<Self> {
        match mode.rsplit('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "tokenemail" => Some(Self::Email),
            "tokensms" => Some(Self::Sms),
            "tokenwhatsapp" => Some(Self::WhatsApp),
            _ => None,
        }
    }
}

fn code_field(channel: CodeChannel, signer: &Signer, code: &str) -> FormField {
    let (of, field, hidden_by) = match channel {
        CodeChannel::Email => ("by e-mail", "email", "hide_email"),
        CodeChannel::Sms => ("by SMS", "phone_number", "hide_phone"),
        CodeChannel::WhatsApp => ("by WhatsApp", "phone_number", "hide_phone"),
    };
    let to = match signer.text(field) {
        to if to.is_empty() || signer.flag(hidden_by) => String::new(),
        to => format!(" to {to}"),
    };
    FormField {
        name: "code".to_owned(),
        label: "Code".to_owned(),
        hint: format!("ZapSign sends it {of}{to}. Sandbox: nothing is sent; enter {code}."),
        control: Control::Digits,
        autocomplete: "one-time-code",
        required: true,
        ..FormField::default()
    }
}

/// Returns the code of a signer, which has six digits.
fn code(signer: &Signer, ids: &IdGenerator) -> String {
    let random = ids.fixed_uuid("signing code", signer.text("token"));
    let digits = random.bytes().fold(0, |sum: u128, byte| (sum * 31 + u128::from(byte)) % CODES);
    format!("{digits:06}")
}

/// Returns a sentence for each step of the vendor's page that the sandbox leaves out.
fn omitted_steps(signer: &Signer) -> Vec<String> {
    let mut steps = Vec::new();
    if signer.flag("require_document_photo") {
        steps.push("Sandbox: ZapSign asks for photos of an identity document here. This page takes none.".to_owned());
    }
    if signer.flag("require_selfie_photo") {
        steps.push("Sandbox: ZapSign asks for a photo of the face here. This page takes none.".to_owned());
    }
    if !["", "none"].contains(&signer.text("selfie_validation_type")) {
        let kind = signer.text("selfie_validation_type");
        steps.push(format!("Sandbox: ZapSign validates the identity here ({kind}). This page does not."));
    }
    if signer.text("auth_mode") == "certificadoDigital" {
        steps.push("Sandbox: ZapSign asks for a digital certificate here. This page does not.".to_owned());
    }
    steps
}

/// Decodes a PNG from a URL of the scheme `data`.
fn png(url: &str) -> Option<Bytes> {
    let bytes = STANDARD.decode(url.strip_prefix(PNG_DATA)?).ok()?;
    (bytes.starts_with(PNG_MAGIC) && bytes.len() <= MAX_PNG_BYTES).then(|| bytes.into())
}
