//! The largest event, as a struct that is written by hand: the same fields, and texts for what the generated types know more
//! about.
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding is all that is measured")]
pub struct Created {
    pub answers: Option<Vec<Answer>>,
    pub auto_reminder: Option<i64>,
    pub brand_logo: Option<String>,
    pub brand_primary_color: Option<String>,
    pub created_at: Option<String>,
    pub created_by: Option<Creator>,
    pub created_signer: Option<Notified>,
    pub created_through: Option<String>,
    pub deleted: Option<bool>,
    pub deleted_at: Option<String>,
    pub disable_signer_emails: Option<bool>,
    pub event_type: String,
    pub external_id: Option<String>,
    pub extra_docs: Option<Vec<ExtraDocument>>,
    pub folder_path: Option<String>,
    pub folder_token: Option<String>,
    pub lang: Option<String>,
    pub last_update_at: Option<String>,
    pub metadata: Option<Vec<Entry>>,
    pub name: String,
    pub one_click_active: Option<bool>,
    pub open_id: Option<i64>,
    pub original_file: Option<String>,
    pub rejected_reason: Option<String>,
    pub require_signature: Option<bool>,
    pub sandbox: Option<bool>,
    pub signature_report: Option<Value>,
    pub signed_file: Option<String>,
    pub signed_file_only_finished: Option<bool>,
    pub signers: Option<Vec<Signer>>,
    pub status: String,
    pub template: Option<Template>,
    pub token: String,
    pub tsa_country: Option<Value>,
    pub use_timestamp: Option<bool>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding is all that is measured")]
pub struct Notified {
    pub auth_mode: Option<String>,
    pub blank_email: Option<bool>,
    pub blank_phone: Option<bool>,
    pub cnpj: Option<String>,
    pub cpf: Option<String>,
    pub delegator: Option<Value>,
    pub document_photo_url: Option<String>,
    pub document_verse_photo_url: Option<String>,
    pub email: Option<String>,
    pub external_id: Option<String>,
    pub geo_latitude: Option<String>,
    pub geo_longitude: Option<String>,
    pub hide_email: Option<bool>,
    pub hide_phone: Option<bool>,
    pub ip: Option<Value>,
    pub last_view_at: Option<String>,
    pub liveness_photo_url: Option<String>,
    pub lock_email: Option<bool>,
    pub lock_name: Option<bool>,
    pub lock_phone: Option<bool>,
    pub name: String,
    pub notification_channel: Option<String>,
    pub notification_type: Option<String>,
    pub phone_country: Option<String>,
    pub phone_number: Option<String>,
    pub qualification: Option<String>,
    pub redirect_link: Option<String>,
    pub require_document_photo: Option<bool>,
    pub require_selfie_photo: Option<bool>,
    pub resend_attempts: Option<ResendAttempts>,
    pub rubrica_anchor_text: Option<String>,
    pub selfie_photo_url: Option<String>,
    pub selfie_photo_url2: Option<String>,
    pub selfie_validation_type: Option<String>,
    pub send_automatic_whatsapp_signed_file: Option<bool>,
    pub send_via: Option<String>,
    pub sent_at: Option<String>,
    pub sign_url: Option<String>,
    pub signature_anchor_text: Option<String>,
    pub signature_image: Option<String>,
    pub signed_at: Option<String>,
    pub status: String,
    pub times_viewed: Option<i64>,
    pub token: String,
    pub visto_image: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding is all that is measured")]
pub struct Signer {
    pub auth_mode: Option<String>,
    pub blank_email: Option<bool>,
    pub blank_phone: Option<bool>,
    pub cnpj: Option<String>,
    pub cpf: Option<String>,
    pub delegator: Option<Value>,
    pub document_photo_url: Option<String>,
    pub document_verse_photo_url: Option<String>,
    pub email: Option<String>,
    pub external_id: Option<String>,
    pub geo_latitude: Option<String>,
    pub geo_longitude: Option<String>,
    pub hide_email: Option<bool>,
    pub hide_phone: Option<bool>,
    pub ip: Option<Value>,
    pub last_view_at: Option<String>,
    pub liveness_photo_url: Option<String>,
    pub lock_email: Option<bool>,
    pub lock_name: Option<bool>,
    pub lock_phone: Option<bool>,
    pub name: String,
    pub phone_country: Option<String>,
    pub phone_number: Option<String>,
    pub qualification: Option<String>,
    pub redirect_link: Option<String>,
    pub require_document_photo: Option<bool>,
    pub require_selfie_photo: Option<bool>,
    pub resend_attempts: Option<ResendAttempts>,
    pub rubrica_anchor_text: Option<String>,
    pub selfie_photo_url: Option<String>,
    pub selfie_photo_url2: Option<String>,
    pub selfie_validation_type: Option<String>,
    pub send_automatic_whatsapp_signed_file: Option<bool>,
    pub send_via: Option<String>,
    pub sign_url: Option<String>,
    pub signature_anchor_text: Option<String>,
    pub signature_image: Option<String>,
    pub signed_at: Option<String>,
    pub status: String,
    pub times_viewed: Option<i64>,
    pub token: String,
    pub visto_image: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding is all that is measured")]
pub struct ResendAttempts {
    pub email: Option<i64>,
    pub sms: Option<i64>,
    pub whatsapp: Option<i64>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding is all that is measured")]
pub struct Answer {
    pub value: Option<String>,
    pub variable: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding is all that is measured")]
pub struct Creator {
    pub email: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding is all that is measured")]
pub struct ExtraDocument {
    pub name: String,
    pub open_id: Option<i64>,
    pub original_file: Option<String>,
    pub signed_file: Option<String>,
    pub token: String,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding is all that is measured")]
pub struct Entry {
    pub key: String,
    pub value: String,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding is all that is measured")]
pub struct Template {
    pub token: Option<String>,
}
