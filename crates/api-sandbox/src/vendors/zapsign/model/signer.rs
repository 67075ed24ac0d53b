//! Signers of documents.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::signing_link::signing_path;
use crate::spec::Rejection;
use crate::vendors::vendor::HandlerContext;
use crate::vendors::zapsign::json::{field_or, format_time};

/// Time within which a link is not sent again, although the response is 200.
const RESEND_INTERVAL: SignedDuration = SignedDuration::from_mins(30);

/// Fields that a response copies from the request under the same name.
const REQUEST_FIELDS: [&str; 22] = [
    "name",
    "email",
    "phone_country",
    "phone_number",
    "auth_mode",
    "send_automatic_whatsapp_signed_file",
    "lock_name",
    "lock_email",
    "lock_phone",
    "hide_email",
    "hide_phone",
    "blank_email",
    "blank_phone",
    "cpf",
    "require_selfie_photo",
    "require_document_photo",
    "selfie_validation_type",
    "qualification",
    "external_id",
    "redirect_link",
    "document_photo_url",
    "document_verse_photo_url",
];

/// Fields that a response copies from the request under another name.
const RENAMED_FIELDS: [(&str, &str); 2] =
    [("signature_placement", "signature_anchor_text"), ("rubrica_placement", "rubrica_anchor_text")];

/// Signer of one document.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) value: Value,
    /// Rank in the order of signing. Lower ranks sign first.
    pub(crate) rank: i64,
    /// `true` if the signer must give a CPF.
    pub(crate) requires_cpf: bool,
    /// `true` if the signature is drawn and stored as a file.
    pub(crate) has_drawn: bool,
    /// Time at which the link was sent last.
    sent_at: Option<Timestamp>,
    /// Channel by which it was sent last.
    sent_by: &'static str,
    /// Channels by which it was sent since the last [`Signer::take_notifications`].
    notifications: Vec<&'static str>,
}

impl Signer {
    /// Creates a signer of the document with the token `document`.
    pub(crate) fn new(
        body: &Value,
        document: &str,
        one_click: bool,
        rank: i64,
        context: &mut HandlerContext<'_>,
    ) -> Self {
        let name = body["name"].as_str().unwrap_or_default();
        let token = context.ids.uuid("signer", &format!("{document} {name}"));
        let value = json!({
            "external_id": "",
            "sign_url": format!("{}{}", context.url, signing_path(&token, one_click)),
            "token": token,
            "status": "new",
            "status_code": "not-opened",
            "first_opened_at": null,
            "name": "",
            "lock_name": false,
            "email": "",
            "lock_email": false,
            "hide_email": false,
            "blank_email": false,
            // The vendor shows this default although no number was given.
            "phone_country": "55",
            "phone_number": "",
            "lock_phone": false,
            "hide_phone": false,
            "blank_phone": false,
            "times_viewed": 0,
            "last_view_at": null,
            "signed_at": null,
            "auth_mode": "assinaturaTela",
            "qualification": "",
            "require_selfie_photo": false,
            "require_document_photo": false,
            "geo_latitude": null,
            "geo_longitude": null,
            "redirect_link": "",
            "signature_image": null,
            "visto_image": null,
            "document_photo_url": "",
            "document_verse_photo_url": "",
            "selfie_photo_url": "",
            "selfie_photo_url2": "",
            "liveness_photo_url": "",
            "send_via": "",
            "resend_attempts": {"whatsapp": 0, "email": 0, "sms": 0},
            "cpf": "",
            "cnpj": "",
            "send_automatic_whatsapp_signed_file": false,
            "selfie_validation_type": "none",
            "ip": null,
            "delegator": null,
            "signature_anchor_text": "",
            "rubrica_anchor_text": "",
        });
        let mut signer = Self {
            value,
            rank,
            requires_cpf: false,
            has_drawn: false,
            sent_at: None,
            sent_by: "",
            notifications: Vec::new(),
        };
        signer.update(body, context.now);
        signer
    }

    /// Applies the fields of a request, and sends the link if it asks for that, at most once in [`RESEND_INTERVAL`].
    pub(crate) fn update(&mut self, body: &Value, now: Timestamp) {
        let same = REQUEST_FIELDS.iter().map(|field| (*field, *field));
        for (from, to) in same.chain(RENAMED_FIELDS) {
            self.value[to] = field_or(body, from, self.value[to].clone());
        }
        self.requires_cpf = body["require_cpf"].as_bool().unwrap_or(self.requires_cpf);
        if self.value["selfie_validation_type"] == "" {
            self.value["selfie_validation_type"] = "none".into();
        }
        let flags = [("send_automatic_email", "email"), ("send_automatic_whatsapp", "whatsapp")];
        let asked = flags.into_iter().filter(|(flag, _)| body.get(flag) == Some(&Value::Bool(true)));
        self.send_link(asked.map(|(_, channel)| channel).collect(), now);
    }

    /// Records that the link was sent by these channels. The first time is not counted as a repetition.
    fn send_link(&mut self, channels: Vec<&'static str>, now: Timestamp) {
        let Some(last) = channels.last() else { return };
        self.value["send_via"] = (*last).into();
        if self.sent_at.is_some_and(|sent| now.duration_since(sent) < RESEND_INTERVAL) {
            return;
        }
        for channel in channels.iter().filter(|_| self.sent_at.is_some()) {
            let sent = &mut self.value["resend_attempts"][channel];
            *sent = (sent.as_i64().unwrap_or_default() + 1).into();
        }
        (self.sent_at, self.sent_by) = (Some(now), last);
        self.notifications = channels;
    }

    /// Returns the JSON for an event about each sending of the link since the last call.
    pub(crate) fn take_notifications(&mut self) -> Vec<Value> {
        let channels = std::mem::take(&mut self.notifications);
        channels.into_iter().map(|channel| self.notified_by(channel)).collect()
    }

    /// Returns the JSON for an event that shows the last request to sign, if one was sent.
    pub(crate) fn notified(&self) -> Value {
        self.notified_by(self.sent_by)
    }

    fn notified_by(&self, channel: &str) -> Value {
        let mut value = self.value.clone();
        if let Some(sent) = self.sent_at {
            value["notification_type"] = "request".into();
            value["notification_channel"] = channel.into();
            value["sent_at"] = format_time(sent).into();
        }
        value
    }

    /// Returns `true` if the link was sent to the signer by e-mail or WhatsApp.
    pub(crate) fn was_sent_link(&self) -> bool {
        self.sent_at.is_some()
    }

    /// Returns `true` if this is the signer of the token.
    pub(crate) fn has_token(&self, token: &str) -> bool {
        self.value["token"] == token
    }

    /// Returns `true` if the signer has signed.
    pub(crate) fn has_signed(&self) -> bool {
        self.value["status"] == "signed"
    }

    /// Returns `true` if a field is `true`.
    pub(crate) fn flag(&self, field: &str) -> bool {
        self.value[field] == true
    }

    /// Returns a string field, empty for any other type.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.value[field].as_str().unwrap_or_default()
    }

    /// Returns a string field that is not empty.
    fn non_empty_text(&self, field: &str) -> Option<&str> {
        Some(self.text(field)).filter(|text| !text.is_empty())
    }

    /// Returns the name in the audit log: the e-mail address, or the name if there is none.
    pub(crate) fn display_name(&self) -> String {
        let email = self.text("email");
        if email.is_empty() { self.text("name") } else { email }.to_owned()
    }

    /// Returns `true` if the signer has opened the link.
    pub(crate) fn has_viewed(&self) -> bool {
        !self.value["first_opened_at"].is_null()
    }

    /// Records a view of the document.
    pub(crate) fn view(&mut self, now: Timestamp) {
        let now = format_time(now);
        if !self.has_viewed() {
            self.value["first_opened_at"] = now.clone().into();
        }
        if self.value["status"] == "new" {
            self.value["status"] = "link-opened".into();
            self.value["status_code"] = "opened".into();
        }
        self.value["times_viewed"] = (self.value["times_viewed"].as_i64().unwrap_or_default() + 1).into();
        self.value["last_view_at"] = now.into();
    }

    /// Marks the signer as having signed.
    pub(crate) fn sign(&mut self, now: Timestamp) {
        self.value["status"] = "signed".into();
        self.value["status_code"] = "signed".into();
        self.value["signed_at"] = format_time(now).into();
    }

    /// Records a reminder, for which the link is sent again. Returns `false` if the signer has neither e-mail address nor phone
    /// number.
    pub(crate) fn remind(&mut self, now: Timestamp) -> bool {
        let channel = match (self.text("email"), self.text("phone_number")) {
            ("", "") => return false,
            ("", _) => "whatsapp",
            _ => "email",
        };
        let sent = &mut self.value["resend_attempts"][channel];
        *sent = (sent.as_i64().unwrap_or_default() + 1).into();
        (self.sent_at, self.sent_by) = (Some(now), channel);
        self.notifications = vec![channel];
        true
    }

    /// Marks the signer as having refused.
    pub(crate) fn refuse(&mut self) {
        self.value["status"] = "rejeitou".into();
        self.value["status_code"] = "refused".into();
    }

    /// Clears token and link in the JSON of a signer.
    pub(crate) fn hide_token(value: &mut Value) {
        value["token"] = "".into();
        value["sign_url"] = "".into();
    }

    /// Returns the entry in a list of documents, which has its own field names: Portuguese ones in production, English ones on
    /// the vendor's page.
    pub(crate) fn list_entry(&self, refused: bool, expired: bool, in_english: bool) -> Value {
        let status = match self.text("status") {
            "signed" => "assinou",
            "rejeitou" => "recusou",
            _ if refused => "cancelado",
            _ if expired => "expirou",
            "link-opened" => "abriu",
            _ => "nao_abriu",
        };
        let by_certificate = self.value["auth_mode"] == "certificadoDigital";
        if !in_english {
            return json!({
                "nome": self.value["name"],
                "status": status,
                "email": self.non_empty_text("email"),
                "telefone": self.non_empty_text("phone_number").map(|number| format!("+{} {number}", self.text("phone_country"))),
                "modo_autenticacao": if by_certificate { "Certificado digital" } else { "Assinatura na tela" },
                "certificado_digital": by_certificate,
                "data_hora_assinatura": self.value["signed_at"],
                "link_para_assinar": self.value["sign_url"],
                "data_hora_primeira_abertura": self.value["first_opened_at"],
                "sign_order": null,
            });
        }
        json!({
            "name": self.value["name"],
            "email": self.value["email"],
            "status": status,
            "auth_mode": snake_case(self.text("auth_mode")),
            "signing_url": self.value["sign_url"],
            "has_certificate": by_certificate,
            "order": self.rank,
        })
    }
}

/// Rejects a document if the CPF of a signer has wrong check digits.
pub(crate) fn validate_cpfs(body: &Value) -> Result<(), Rejection> {
    let cpfs = body["signers"].as_array().into_iter().flatten().filter_map(|signer| signer["cpf"].as_str());
    match cpfs.filter(|cpf| !cpf.is_empty()).all(is_cpf) {
        true => Ok(()),
        false => Err(Rejection::BusinessRule("O CPF de um dos signatários não é válido.".to_owned())),
    }
}

/// Returns `true` for 11 digits of which the last two are the check digits of the others.
pub(super) fn is_cpf(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let check = |length: usize| {
        let sum: u32 =
            digits.iter().zip((2..=length as u32 + 1).rev()).take(length).map(|(digit, weight)| digit * weight).sum();
        sum * 10 % 11 % 10
    };
    digits.len() == 11 && check(9) == digits[9] && check(10) == digits[10]
}

/// Converts a name to snake case.
fn snake_case(name: &str) -> String {
    let mut words = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            words.push('_');
        }
        words.push(if letter == '-' { '_' } else { letter.to_ascii_lowercase() });
        before = letter;
    }
    words
}
