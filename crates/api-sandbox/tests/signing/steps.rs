//! Steps from the link to the signed file, and their events.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, Pages, document};

/// PNG of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
    \0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

fn drawing() -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(PNG))
}

#[tokio::test]
async fn a_link_is_read_signed_and_told() {
    let pages = Pages::of_ana(json!({"email": "ana@x.example"})).await;
    pages.listen(&["doc_viewed", "doc_read_confirmation", "doc_signed"]).await;
    let link = pages.signer("ana").await["sign_url"].as_str().expect("a link").to_owned();
    assert_eq!(link, format!("{}/verificar/ana", pages.sandbox.url()));

    let shown = pages.get("/verificar/ana").await;
    shown.assert_screen(200, "document");
    assert!(shown.body.contains("data-messages=\"zs-doc-loaded\""), "{}", shown.body);
    assert!(shown.body.contains(">Continue</button>") && shown.body.contains("Sandbox: no legal value"));
    assert!(shown.body.contains(&format!("<code>{}</code>", pages.sandbox.url())), "the origin to accept");
    assert_eq!(pages.events().await, ["doc_viewed"; 3]);

    pages.post("/verificar/ana/read", &[]).await.assert_redirect("/verificar/ana/form");
    for _ in 0..2 {
        pages.get("/verificar/ana/form").await.assert_screen(200, "form");
    }
    let entries = [("name", "Ana P."), ("email", "new@x.example"), ("phone_number", "119"), ("typed_signature", "Ana")];
    pages.post("/verificar/ana/sign", &entries).await.assert_redirect("/verificar/ana/signed");
    let signed = pages.get("/verificar/ana/signed").await;
    signed.assert_screen(200, "signed");
    assert!(signed.body.contains("<h1>Signed</h1>"), "{}", signed.body);
    assert!(signed.body.contains("data-messages=\"zs-doc-signed zs-signed-file-ready\""), "{}", signed.body);
    assert_eq!(
        pages.events().await,
        ["doc_viewed", "doc_viewed", "doc_viewed", "doc_read_confirmation", "doc_signed"],
        "a later step counts no view"
    );
    let signer = pages.signer("ana").await;
    for (field, value) in [
        ("name", json!("Ana P.")),
        ("email", json!("new@x.example")),
        ("phone_number", json!("119")),
        ("status", json!("signed")),
        ("times_viewed", json!(1)),
        ("signature_image", Value::Null),
    ] {
        assert_eq!(signer[field], value, "{field}");
    }
    let deliveries = pages.sandbox.deliveries();
    let told = deliveries.last().expect("one").body();
    assert_eq!(told["signer_who_signed"]["name"], "Ana P.");

    pages.get("/verificar/ana").await.assert_screen(200, "signed");
    assert_eq!(pages.signer("ana").await["times_viewed"], 2, "the link still opens the document");
}

#[tokio::test]
async fn a_drawn_signature_is_a_file() {
    let pages = Pages::of_ana(json!({})).await;
    pages.listen(&["doc_signed", "doc_viewed"]).await;
    let entries = [("name", "Ana"), ("signature", &drawing())];
    pages.post("/verificar/ana/sign", &entries).await.assert_redirect("/verificar/ana/signed");
    pages.get("/verificar/ana").await.assert_screen(200, "signed");
    pages.events().await;
    let deliveries = pages.sandbox.deliveries();
    let event = |index: usize| deliveries[index].body();
    let (signed, viewed) = (event(0), event(1));
    let of_document = &pages.api("docs/lease/").await["signers"][0];
    for signer in [of_document, &pages.signer("ana").await, &signed["signer_who_signed"], &viewed["signer_who_viewed"]]
    {
        let link = signer["signature_image"].as_str().expect("a link");
        let response = pages.browser.get(link).send().await.expect("an answer");
        assert_eq!(response.headers()["content-type"], "image/png");
        assert_eq!(response.bytes().await.expect("a file"), PNG);
    }
}

#[tokio::test]
async fn a_drawing_that_is_none_is_refused() {
    let pages = Pages::of_ana(json!({})).await;
    let not_png = format!("data:image/png;base64,{}", STANDARD.encode("<svg onload=alert(1)>"));
    for drawn in ["data:image/png;base64,???", "https://evil.example/a.png", &not_png] {
        let refused = pages.post("/verificar/ana/sign", &[("name", "Ana"), ("signature", drawn)]).await;
        refused.assert_screen(422, "form");
        assert!(refused.body.contains("The drawing did not arrive."), "{}", refused.body);
        assert!(refused.control("signature").contains("value=\"\""), "{}", refused.control("signature"));
    }
    // What was drawn well is kept beside the error of another field.
    let refused = pages.post("/verificar/ana/sign", &[("name", ""), ("signature", &drawing())]).await;
    refused.assert_screen(422, "form");
    assert!(refused.body.contains("iVBOR"), "{}", refused.body);
}

#[tokio::test]
async fn nobody_opens_a_link_by_looking_ahead() {
    let pages = Pages::of_ana(json!({})).await;
    let url = format!("{}/verificar/ana", pages.sandbox.url());
    let head = pages.browser.head(&url).send().await.expect("an answer");
    assert_eq!(head.status(), 200);
    for purpose in ["prefetch", "prefetch;prerender"] {
        let request = pages.browser.request(Method::GET, &url).header("sec-purpose", purpose);
        let ahead = Answer::of(request.send().await.expect("an answer")).await;
        assert_eq!(ahead.status, 503);
    }
    assert_eq!(pages.signer("ana").await["times_viewed"], 0);
    pages.get("/verificar/ana").await;
    assert_eq!(pages.signer("ana").await["times_viewed"], 1);
}

#[tokio::test]
async fn a_step_out_of_order_leads_to_the_right_one() {
    let pages = Pages::of_ana(json!({})).await;
    pages.get("/verificar/ana/form").await.assert_redirect("/verificar/ana");
    pages.get("/verificar/ana/signed").await.assert_redirect("/verificar/ana");
    pages.sandbox.sign("ana").expect("she signs");
    pages.get("/verificar/ana/form").await.assert_redirect("/verificar/ana");
    pages.post("/verificar/ana/read", &[]).await.assert_redirect("/verificar/ana");
    pages.post("/verificar/ana/sign", &[]).await.assert_redirect("/verificar/ana/signed");
}

#[tokio::test]
async fn a_page_can_be_framed_and_knows_no_other_origin() {
    let pages = Pages::of_ana(json!({})).await;
    let response = pages.browser.get(format!("{}/verificar/ana", pages.sandbox.url())).send().await.expect("an answer");
    let headers = response.headers();
    let policy = headers["content-security-policy"].to_str().expect("text");
    assert!(policy.contains("frame-ancestors *") && policy.contains("default-src 'self'"), "{policy}");
    assert!(headers.get("x-frame-options").is_none());
    assert!(headers.get("cross-origin-opener-policy").is_none());
    let request = pages.browser.post(format!("{}/verificar/ana/read", pages.sandbox.url()));
    let foreign = request.header("origin", "https://evil.example").send().await.expect("an answer");
    assert_eq!(foreign.status(), 403);
    assert_eq!(pages.signer("ana").await["times_viewed"], 1);
}

#[tokio::test]
async fn the_signer_is_sent_on_after_the_signature_only() {
    let link = "https://rentals.example/thanks?a=1&b=%22";
    let pages = Pages::of_ana(json!({"redirect_link": link})).await;
    let before = pages.get("/verificar/ana").await;
    assert!(!before.body.contains("rentals.example"), "{}", before.body);
    pages.sandbox.sign("ana").expect("she signs");
    let signed = pages.get("/verificar/ana/signed").await;
    let escaped = link.replace('&', "&#38;");
    assert!(signed.body.contains(&format!("data-redirect=\"{escaped}\"")), "{}", signed.body);
    let refresh = format!("<noscript><meta http-equiv=\"refresh\" content=\"3; url={escaped}\"></noscript>");
    assert!(signed.body.contains(&refresh), "{}", signed.body);
    let again = pages.get("/verificar/ana").await;
    assert!(!again.body.contains("data-redirect") && !again.body.contains("http-equiv"), "{}", again.body);
    assert!(again.body.contains(&format!("href=\"{escaped}\"")), "{}", again.body);
}

#[tokio::test]
async fn the_ready_file_is_told_twice_on_demand() {
    let seed = json!({"documents": [document(json!({"status": "signed"}), json!({}))]});
    let pages = Pages::with(seed, &[api_sandbox::Behavior::RepeatedSignedFileMessage]).await;
    let signed = pages.get("/verificar/ana/signed").await;
    let messages = "data-messages=\"zs-doc-signed zs-signed-file-ready zs-signed-file-ready\"";
    assert!(signed.body.contains(messages), "{}", signed.body);
}
