//! Requests that fit their schemas, and are refused for what ZapSign states in prose.

use reqwest::Method;
use serde_json::{Value, json};
use zapsign_api::types;

use super::{Partner, create, status};

/// `%PDF-1.4` and a line break, in base64.
const PDF: &str = "JVBERi0xLjQK";
/// The first bytes of a ZIP archive, in base64.
const DOCX: &str = "UEsDBAo=";
/// `Dear Ana`, in base64.
const LETTER: &str = "RGVhciBBbmE=";

/// Returns the names of the fields that are refused; none if the request is accepted.
async fn refused(partner: &Partner, path: &str, body: &Value) -> Vec<String> {
    let Err(error) = partner.client.request(Method::POST, path).json(body).send().await else { return Vec::new() };
    let answer: Value = serde_json::from_slice(error.raw_body().expect("a body")).expect("json");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400), "{answer}");
    let fields = answer["data"].as_object().unwrap_or_else(|| panic!("no fields: {answer}"));
    fields.keys().cloned().collect()
}

/// Returns an object with one more field.
fn with(mut object: Value, field: &str, value: Value) -> Value {
    object[field] = value;
    object
}

#[tokio::test]
async fn a_document_without_sense_is_refused() {
    let partner = Partner::start().await;
    let lease = || json!({"name": "Lease", "base64_pdf": PDF});
    let signer = |signer: Value| with(lease(), "signers", json!([{"name": "Bento"}, signer]));
    let docx = |file: &str| json!({"name": "Offer", "base64_docx": file});
    let one_click = with(signer(json!({"name": "Ana"})), "one_click_active", true.into());
    let table = [
        (json!({"name": "Lease"}), "non_field_errors"),
        (with(lease(), "markdown_text", "# Lease".into()), "non_field_errors"),
        (with(lease(), "base64_pdf", "".into()), "non_field_errors"),
        (with(lease(), "name", " ".into()), "name"),
        (with(lease(), "base64_pdf", LETTER.into()), "base64_pdf"),
        (with(lease(), "base64_pdf", DOCX.into()), "base64_pdf"),
        (with(lease(), "base64_pdf", "data:application/pdf;base64,".into()), "base64_pdf"),
        (docx(LETTER), "base64_docx"),
        (docx(PDF), "base64_docx"),
        (json!({"name": "Lease", "url_pdf": "https://x.example/my lease.pdf"}), "url_pdf"),
        (json!({"name": "Lease", "url_docx": "lease.docx"}), "url_docx"),
        (with(lease(), "date_limit_to_sign", "tomorrow".into()), "date_limit_to_sign"),
        (with(lease(), "date_limit_to_sign", "2026-02-30".into()), "date_limit_to_sign"),
        (with(lease(), "observers", json!(["nobody"])), "observers.0"),
        (signer(json!({"name": ""})), "signers.1.name"),
        (signer(json!({"name": "Ana", "email": "nonsense"})), "signers.1.email"),
        (signer(json!({"name": "Ana", "send_automatic_email": true})), "signers.1.email"),
        (signer(json!({"name": "Ana", "send_automatic_whatsapp": true})), "signers.1.phone_number"),
        (signer(json!({"name": "Ana", "validate_cpf": true})), "signers.1.cpf"),
        (signer(json!({"name": "Ana", "redirect_link": "x.example"})), "signers.1.redirect_link"),
    ];
    for (body, field) in table {
        assert_eq!(refused(&partner, "/api/v1/docs/", &body).await, [field], "{body}");
    }
    assert_eq!(refused(&partner, "/api/v1/docs/", &one_click).await, ["signers.0.email", "signers.1.email"]);

    let ana = json!({"name": "Ana", "email": "ana@x.example", "send_automatic_email": true});
    for body in [
        with(signer(ana.clone()), "date_limit_to_sign", "2026-04-30T23:59:59.000000Z".into()),
        with(with(lease(), "signers", json!([ana])), "one_click_active", true.into()),
        with(signer(json!({"name": "Ana", "email": ""})), "date_limit_to_sign", Value::Null),
        with(lease(), "date_limit_to_sign", "2026-04-30".into()),
        docx(DOCX),
    ] {
        assert!(refused(&partner, "/api/v1/docs/", &body).await.is_empty(), "{body}");
    }
}

#[tokio::test]
async fn the_same_rules_hold_wherever_a_file_a_signer_or_an_address_is_sent() {
    let partner = Partner::start().await;
    let document = create(&partner.client, "Lease", &["ana"]).await;
    let (document, signer) = (&document["token"], &document["signers"][0]["token"]);
    let path = |before: &str, token: &Value, after: &str| {
        format!("/api/v1/{before}/{}/{after}", token.as_str().expect("a token"))
    };
    let from_template = json!({"template_id": "t", "signer_name": "Ana", "data": []});
    let account = json!({"company_name": "Acme", "country": "br", "lang": "en"});
    for (path, body, field) in [
        ("/api/v1/docs/async/".to_owned(), json!({"name": "Lease", "base64_pdf": LETTER}), "base64_pdf"),
        (path("docs", document, "upload-extra-doc/"), json!({"base64_pdf": LETTER}), "base64_pdf"),
        (path("docs", document, "add-signer/"), json!({"name": "Bento", "email": "nonsense"}), "email"),
        (path("signers", signer, ""), json!({"email": "nonsense"}), "email"),
        (path("signers", signer, ""), json!({"email": "", "send_automatic_email": true}), "email"),
        ("/api/v1/models/create-doc/".to_owned(), with(from_template.clone(), "signer_name", "".into()), "signer_name"),
        (
            "/api/v1/models/create-doc/".to_owned(),
            with(from_template, "send_automatic_email", true.into()),
            "signer_email",
        ),
        ("/api/v1/templates/create/".to_owned(), json!({"name": "Lease", "base64_docx": PDF}), "base64_docx"),
        ("/api/v1/user/company/webhook/".to_owned(), json!({"url": "https://x.example/a hook", "type": ""}), "url"),
        ("/api/v1/timestamp/".to_owned(), json!({"url": "lease.pdf"}), "url"),
        ("/api/v1/partner/company/".to_owned(), with(account, "company_name", " ".into()), "company_name"),
    ] {
        assert_eq!(refused(&partner, &path, &body).await, [field], "{path} {body}");
    }
    // The file itself is in base64.
    let stamp = types::CreateTimestamp::builder().url(PDF).build();
    assert_eq!(status(partner.client.create_timestamp().body(&stamp).send().await), 200);
    // The address that the signer has already is enough.
    let again = types::UpdateSigner::builder().send_automatic_email(true).build();
    let token = types::SignerToken::new(signer.as_str().expect("a token")).expect("an id");
    assert_eq!(status(partner.client.update_signer().signer_token(&token).body(&again).send().await), 200);
}
