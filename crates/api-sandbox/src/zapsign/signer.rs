//! One signer of one document.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{given, time};
use crate::vendor::Desk;

/// Where people are said to sign. Nobody does.
const PAGE: &str = "https://sign.sandbox.example/verificar";

/// What a request sets and an answer shows by the same name.
const FIELDS: [&str; 22] = [
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

/// What a request sets by one name and an answer shows by another.
const RENAMED: [(&str, &str); 2] =
    [("signature_placement", "signature_anchor_text"), ("rubrica_placement", "rubrica_anchor_text")];

pub(super) struct Signer {
    pub(super) value: Value,
    /// Who has a lower one signs first.
    pub(super) rank: i64,
}

impl Signer {
    pub(super) fn new(body: &Value, document: &str, one_click: bool, rank: i64, desk: &mut Desk<'_>) -> Self {
        let name = body["name"].as_str().unwrap_or_default();
        let token = desk.ids.uuid("signer", &format!("{document} {name}"));
        let page = if one_click { format!("{PAGE}/oneclick") } else { PAGE.to_owned() };
        let value = json!({
            "external_id": "",
            "sign_url": format!("{page}/{token}"),
            "token": token,
            "status": "new",
            "name": "",
            "lock_name": false,
            "email": "",
            "lock_email": false,
            "hide_email": false,
            "blank_email": false,
            // What the vendor shows although nothing was sent.
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
        let mut signer = Self { value, rank };
        signer.change(body);
        signer
    }

    /// Takes over what a request sets.
    pub(super) fn change(&mut self, body: &Value) {
        let same = FIELDS.iter().map(|field| (*field, *field));
        for (from, to) in same.chain(RENAMED) {
            self.value[to] = given(body, from, self.value[to].clone());
        }
        if self.value["selfie_validation_type"] == "" {
            self.value["selfie_validation_type"] = "none".into();
        }
        for (flag, channel) in [("send_automatic_email", "email"), ("send_automatic_whatsapp", "whatsapp")] {
            if body.get(flag) == Some(&Value::Bool(true)) {
                self.value["send_via"] = channel.into();
            }
        }
    }

    pub(super) fn is(&self, token: &str) -> bool {
        self.value["token"] == token
    }

    pub(super) fn has_signed(&self) -> bool {
        self.value["status"] == "signed"
    }

    /// What a text of the answer says; empty for what is none.
    pub(super) fn text(&self, field: &str) -> &str {
        self.value[field].as_str().unwrap_or_default()
    }

    /// How the signer is called in the audit log.
    pub(super) fn called(&self) -> String {
        let email = self.text("email");
        if email.is_empty() { self.text("name") } else { email }.to_owned()
    }

    pub(super) fn sign(&mut self, now: Timestamp) {
        let now = time(now);
        self.value["status"] = "signed".into();
        self.value["times_viewed"] = (self.value["times_viewed"].as_i64().unwrap_or_default() + 1).into();
        self.value["last_view_at"] = now.clone().into();
        self.value["signed_at"] = now.into();
    }

    /// Sends the link again, if there is a way to the signer.
    pub(super) fn remind(&mut self) -> bool {
        let channel = match (self.text("email"), self.text("phone_number")) {
            ("", "") => return false,
            ("", _) => "whatsapp",
            _ => "email",
        };
        let sent = &mut self.value["resend_attempts"][channel];
        *sent = (sent.as_i64().unwrap_or_default() + 1).into();
        true
    }

    /// As the list of documents shows signers, which has words of its own.
    pub(super) fn listed(&self, refused: bool) -> Value {
        let status = match self.text("status") {
            "signed" => "assinou",
            _ if refused => "cancelado",
            _ => "nao_abriu",
        };
        json!({
            "name": self.value["name"],
            "email": self.value["email"],
            "status": status,
            "auth_mode": snake_case(self.text("auth_mode")),
            "signing_url": self.value["sign_url"],
            "has_certificate": self.value["auth_mode"] == "certificadoDigital",
            "order": self.rank,
        })
    }
}

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
