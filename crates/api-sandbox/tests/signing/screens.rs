//! Screens of links that lead to no signature.

use std::time::Duration;

use api_sandbox::Behavior;
use serde_json::json;

use super::{Pages, document};

const REASON: &str = "the price is much too high";

#[tokio::test]
async fn a_link_that_can_not_be_signed_says_why_and_counts_no_view() {
    let document = |token: &str, signer: &str, fields: serde_json::Value| {
        let mut document = document(json!({}), fields);
        document["token"] = token.into();
        document["signers"] = json!([{"token": signer, "name": "Ana"}]);
        document
    };
    let pages = Pages::new(json!({"documents": [
        document("1", "of-deleted", json!({"deleted": true})),
        document("2", "of-expired", json!({"date_limit_to_sign": "2020-01-01"})),
        document("3", "of-cancelled", json!({"status": "recusado", "rejected_reason": REASON})),
    ]}))
    .await;
    for (token, status, screen, heading) in [
        ("nobody", 404, "unknown", "No such document"),
        ("of-deleted", 410, "deleted", "Document deleted"),
        ("of-expired", 410, "expired", "No longer available"),
        ("of-cancelled", 200, "refused", "Cancelled"),
    ] {
        for path in ["", "/form", "/signed"] {
            let shown = pages.get(&format!("/verificar/{token}{path}")).await;
            shown.assert_screen(status, screen);
            assert!(shown.body.contains(&format!("<h1>{heading}</h1>")), "{}", shown.body);
            assert!(!shown.body.contains("data-messages"), "{}", shown.body);
        }
        pages.post(&format!("/verificar/{token}/sign"), &[("name", "Ana")]).await.assert_screen(status, screen);
        if token != "nobody" {
            assert_eq!(pages.signer(token).await["times_viewed"], 0, "{token}");
        }
    }
    assert!(pages.get("/verificar/of-expired").await.body.contains("Contact the sender"));
    assert!(pages.get("/verificar/of-cancelled").await.body.contains(REASON));
    assert!(!pages.get("/verificar/of-deleted").await.body.contains("Lease"));
}

#[tokio::test]
async fn a_deadline_passes_while_the_form_is_open() {
    let pages = Pages::of_ana(json!({})).await;
    pages.get("/verificar/ana").await.assert_screen(200, "document");
    let update = pages.browser.put(format!("{}/api/v1/docs/lease/", pages.sandbox.url()));
    let update = update.bearer_auth(&pages.sandbox.credentials().api_token).header("content-type", "application/json");
    let now: std::time::SystemTime = pages.sandbox.now();
    let date = day_of(now + Duration::from_secs(86_400));
    update.body(json!({"date_limit_to_sign": date}).to_string()).send().await.expect("it is changed");
    pages.get("/verificar/ana/form").await.assert_screen(200, "form");
    pages.sandbox.advance(Duration::from_secs(3 * 86_400));
    pages
        .post("/verificar/ana/sign", &[("name", "Ana"), ("typed_signature", "Ana")])
        .await
        .assert_screen(410, "expired");
    let signer = pages.signer("ana").await;
    assert_eq!((&signer["name"], &signer["status"]), (&json!("Ana Prado"), &json!("link-opened")), "nothing is stored");
}

fn day_of(time: std::time::SystemTime) -> String {
    jiff::Timestamp::try_from(time).expect("a time").strftime("%Y-%m-%d").to_string()
}

#[tokio::test]
async fn others_come_first_where_the_order_is_kept() {
    let signers = json!([{"token": "first", "name": "Ana"}, {"token": "second", "name": "Bento"}]);
    let seed = json!({"documents": [document(json!({}), json!({"signature_order_active": true, "signers": signers}))]});
    let pages = Pages::with(seed, &[Behavior::EnforcedSigningOrder]).await;
    pages.get("/verificar/second").await.assert_screen(403, "not-your-turn");
    let signed = pages.post("/verificar/first/sign", &[("name", "Ana"), ("typed_signature", "Ana")]).await;
    signed.assert_redirect("/verificar/first/signed");
    pages.get("/verificar/second").await.assert_screen(200, "document");
}

#[tokio::test]
async fn a_document_is_refused_with_a_reason_that_is_long_enough() {
    let signers = json!([{"token": "ana", "name": "Ana"}, {"token": "bento", "name": "Bento"}]);
    let fields = json!({"allow_refuse_signature": true, "signers": signers});
    let pages = Pages::new(json!({"documents": [document(json!({}), fields)]})).await;
    pages.listen(&["doc_refused"]).await;
    let shown = pages.get("/verificar/ana").await;
    assert!(shown.body.contains("<summary>Refuse to sign</summary>") && shown.body.contains(">Refuse</button>"));
    for reason in ["", "fifteen letters", "  nineteen letters ab  "] {
        let refused = pages.post("/verificar/ana/refuse", &[("reason", reason)]).await;
        refused.assert_screen(422, "document");
        assert!(!refused.body.contains("zs-doc-loaded"), "the document was loaded before");
        let control = refused.control("reason");
        assert!(control.contains("aria-invalid") && control.contains("reason-error"), "{control}");
        assert!(refused.body.contains(&format!("{}</textarea>", reason.trim())) && refused.body.contains(" open>"));
    }
    assert!(pages.events().await.is_empty());
    let reason = "twenty two letters abc";
    pages.post("/verificar/ana/refuse", &[("reason", reason)]).await.assert_redirect("/verificar/ana");
    for signer in ["ana", "bento"] {
        let refused = pages.get(&format!("/verificar/{signer}")).await;
        refused.assert_screen(200, "refused");
        assert!(refused.body.contains("<h1>Refused</h1>") && refused.body.contains(reason), "{}", refused.body);
    }
    assert_eq!(pages.events().await, ["doc_refused"]);
    assert_eq!(pages.api("docs/lease/").await["rejected_reason"], reason);
    pages.post("/verificar/bento/refuse", &[("reason", "another reason, long enough")]).await;
    assert_eq!(pages.api("docs/lease/").await["rejected_reason"], reason, "the reason is kept");
}

#[tokio::test]
async fn a_refusal_comes_back_to_the_step_that_it_was_sent_from() {
    let pages = Pages::new(json!({"documents": [document(json!({}), json!({"allow_refuse_signature": true}))]})).await;
    for (path, screen) in [("/verificar/ana", "document"), ("/verificar/ana/form", "form")] {
        let shown = pages.get(path).await;
        shown.assert_screen(200, screen);
        assert!(shown.control("screen").contains(&format!("value=\"{screen}\"")), "{}", shown.body);
        let refused = pages.post("/verificar/ana/refuse", &[("reason", "too short"), ("screen", screen)]).await;
        refused.assert_screen(422, screen);
        assert!(refused.body.contains("too short</textarea>") && refused.body.contains(" open>"), "{}", refused.body);
    }
}

#[tokio::test]
async fn a_document_that_allows_no_refusal_is_not_refused() {
    let pages = Pages::of_ana(json!({})).await;
    assert!(!pages.get("/verificar/ana").await.body.contains("Refuse"));
    pages.post("/verificar/ana/refuse", &[("reason", REASON)]).await.assert_redirect("/verificar/ana");
    assert_eq!(pages.api("docs/lease/").await["status"], "pending");
}

#[tokio::test]
async fn the_files_are_offered_as_the_document_says() {
    let both = json!([{"token": "ana", "name": "Ana", "status": "signed"}, {"token": "bento", "name": "Bento"}]);
    for (fields, signed, original) in [
        (json!({}), true, true),
        (json!({"signed_file_only_finished": true}), true, true),
        (json!({"disable_signers_get_original_file": true}), true, false),
        (json!({"signers": both, "signed_file_only_finished": true}), false, true),
        (json!({"signers": both}), true, true),
        (
            json!({"signers": both, "signed_file_only_finished": true, "disable_signers_get_original_file": true}),
            false,
            false,
        ),
    ] {
        let pages = Pages::new(json!({"documents": [document(json!({"status": "signed"}), fields.clone())]})).await;
        let shown = pages.get("/verificar/ana/signed").await;
        shown.assert_screen(200, "signed");
        let offered = ["Signed file</a>", "Original file</a>"].map(|button| shown.body.contains(button));
        assert_eq!(offered, [signed, original], "{fields}");
        assert_eq!(shown.body.contains("when everybody has signed"), !signed, "{fields}");
        let named = ["Signed file: Lease", "Original file: Lease"]
            .map(|name| shown.body.contains(&format!("aria-label=\"{name}\"")));
        assert_eq!(named, [signed, original], "{fields}");
        if signed {
            let before = shown.body.split("\" target=\"_blank\" rel=\"noopener\">Signed file").next().expect("a link");
            let path = before.rsplit("href=\"").next().expect("a link").replace("&#38;", "&");
            let file = pages.browser.get(format!("{}{path}", pages.sandbox.url())).send().await.expect("an answer");
            assert!(file.bytes().await.expect("a file").starts_with(b"%PDF"));
        }
    }
}
