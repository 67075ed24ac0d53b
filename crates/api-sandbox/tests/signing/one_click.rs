//! OneClick documents: a check box instead of a form.

use serde_json::json;

use super::{Pages, document};

async fn pages(fields: serde_json::Value) -> Pages {
    let mut all = json!({"one_click_active": true});
    all.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    Pages::new(json!({"documents": [document(json!({"email": "ana@x.example"}), all)]})).await
}

#[tokio::test]
async fn a_click_signs() {
    let pages = pages(json!({})).await;
    let link = pages.signer("ana").await["sign_url"].clone();
    assert_eq!(link, format!("{}/verificar/oneclick/ana", pages.sandbox.url()));
    let shown = pages.get("/verificar/oneclick/ana").await;
    shown.assert_screen(200, "one-click");
    assert!(shown.body.contains("zs-doc-loaded") && shown.find_control("typed_signature").is_none());
    let refused = pages.post("/verificar/oneclick/ana", &[]).await;
    refused.assert_screen(422, "one-click");
    assert!(!refused.body.contains("zs-doc-loaded"), "the document was loaded before");
    assert!(refused.control("consent").contains("aria-describedby=\"consent-error\""), "{}", refused.body);
    let signed = pages.post("/verificar/oneclick/ana", &[("consent", "yes")]).await;
    signed.assert_redirect("/verificar/oneclick/ana/signed");
    pages.get("/verificar/oneclick/ana/signed").await.assert_screen(200, "signed");
    let signer = pages.signer("ana").await;
    assert_eq!((&signer["status"], &signer["times_viewed"]), (&json!("signed"), &json!(1)));
}

#[tokio::test]
async fn a_signature_is_asked_for_if_the_document_says_so() {
    let pages = pages(json!({"require_signature": true})).await;
    let refused = pages.post("/verificar/oneclick/ana", &[("consent", "yes")]).await;
    refused.assert_screen(422, "one-click");
    assert!(refused.control("consent").contains(" checked"), "{}", refused.body);
    let entries = [("consent", "yes"), ("typed_signature", "Ana")];
    pages.post("/verificar/oneclick/ana", &entries).await.assert_redirect("/verificar/oneclick/ana/signed");
}

#[tokio::test]
async fn either_path_leads_to_the_page_of_the_document() {
    let one_click = pages(json!({})).await;
    one_click.get("/verificar/ana").await.assert_redirect("/verificar/oneclick/ana");
    assert_eq!(one_click.signer("ana").await["times_viewed"], 0);
    let other = Pages::of_ana(json!({})).await;
    other.get("/verificar/oneclick/ana").await.assert_redirect("/verificar/ana");
}

#[tokio::test]
async fn a_one_click_document_is_refused_on_its_page() {
    let pages = pages(json!({"allow_refuse_signature": true})).await;
    for screen in ["one-click", "form"] {
        let refused = pages.post("/verificar/oneclick/ana/refuse", &[("reason", "short"), ("screen", screen)]).await;
        refused.assert_screen(422, "one-click");
    }
    let reason = [("reason", "the price is much too high")];
    pages.post("/verificar/oneclick/ana/refuse", &reason).await.assert_redirect("/verificar/oneclick/ana");
    pages.get("/verificar/oneclick/ana").await.assert_screen(200, "refused");
}
