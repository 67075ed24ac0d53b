//! Hostile text: what users and vendors wrote is text on the page, and nothing else.

use serde_json::json;

use super::{Answer, Pages, document};

const HOSTILE: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'\u{202e}&lt;";

#[track_caller]
fn assert_harmless(shown: &Answer) {
    assert!(!shown.body.contains("<script>") && !shown.body.contains("<img"), "{}", shown.body);
    assert!(shown.body.contains("script&#62;alert(1)"), "it is shown: {}", shown.body);
}

fn hostile(text: &str) -> serde_json::Value {
    let fields = json!({
        "name": text,
        "allow_refuse_signature": true,
        "extra_docs": [{"name": text}],
        "signers": [
            {"token": "ana", "name": text, "email": "ana@x.example", "phone_number": text, "phone_country": text},
            {"token": "bento", "name": text},
        ],
    });
    document(json!({}), fields)
}

#[tokio::test]
async fn names_and_reasons_are_text() {
    let seed = json!({
        "accounts": [{"company_name": HOSTILE, "id": 7}],
        "documents": [hostile(HOSTILE)],
        "templates": [{"token": "t", "name": HOSTILE, "custom_intro": HOSTILE, "inputs": [
            {"variable": HOSTILE, "label": HOSTILE, "help_text": HOSTILE, "input_type": "radio", "options": HOSTILE, "order": 1},
            {"variable": HOSTILE, "label": "", "order": 2},
        ]}],
    });
    let mut seed = seed;
    seed["documents"][0]["account"] = "7".into();
    let pages = Pages::new(seed).await;
    assert_harmless(&pages.get("/verificar/ana").await);
    assert_harmless(&pages.get("/verificar/ana/form").await);
    assert_harmless(&pages.get("/verificar/doc/t").await);
    let entries = [
        ("name", HOSTILE),
        ("email", HOSTILE),
        ("phone_number", HOSTILE),
        ("signature", HOSTILE),
        ("typed_signature", HOSTILE),
    ];
    let refused = pages.post("/verificar/ana/sign", &entries).await;
    refused.assert_screen(422, "form");
    assert_harmless(&refused);
    assert_harmless(
        &pages.post("/verificar/doc/t", &[("name", HOSTILE), ("input-0", HOSTILE), ("input-1", HOSTILE)]).await,
    );
    assert_harmless(&pages.post("/verificar/ana/refuse", &[("reason", "<script>alert(1)")]).await);
    let signed = pages.post("/verificar/ana/sign", &[("name", HOSTILE), ("typed_signature", HOSTILE)]).await;
    signed.assert_redirect("/verificar/ana/signed");
    assert_harmless(&pages.get("/verificar/ana/signed").await);
    pages.post("/verificar/bento/refuse", &[("reason", HOSTILE)]).await.assert_redirect("/verificar/bento");
    let refused = pages.get("/verificar/bento").await;
    refused.assert_screen(200, "refused");
    assert_harmless(&refused);
}

#[tokio::test]
async fn a_token_of_odd_characters_has_a_link_that_works() {
    let mut document = document(json!({}), json!({}));
    document["signers"][0]["token"] = "a b/\"?<é>".into();
    let pages = Pages::new(json!({"documents": [document]})).await;
    let link = pages.api("docs/lease/").await["signers"][0]["sign_url"].as_str().expect("a link").to_owned();
    let path = link.strip_prefix(pages.sandbox.url()).expect("its own link");
    assert_eq!(path, "/verificar/a%20b%2F%22%3F%3C%C3%A9%3E");
    let shown = pages.get(path).await;
    shown.assert_screen(200, "document");
    pages.post(&format!("{path}/read"), &[]).await.assert_redirect(&format!("{path}/form"));
}

#[tokio::test]
async fn entries_that_are_too_long_are_refused() {
    let pages = Pages::of_ana(json!({})).await;
    let long = "x".repeat(1_001);
    let refused = pages.post("/verificar/ana/sign", &[("name", &long), ("typed_signature", "Ana")]).await;
    refused.assert_screen(422, "form");
    assert!(refused.body.contains("Enter at most 1000 characters."), "{}", refused.body);
    let huge = "x".repeat(3 * 1024 * 1024);
    assert_eq!(pages.post("/verificar/ana/sign", &[("name", &huge)]).await.status, 413);
}
