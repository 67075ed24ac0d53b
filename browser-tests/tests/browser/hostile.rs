//! Names and bodies with HTML and scripts in them do nothing on any page.

use api_sandbox::{InboxAnswer, Sandbox, Trigger};
use browser_tests::Browser;
use reqwest::Url;
use serde_json::json;

use super::dashboard::{open, open_dashboard, shows};
use super::partner::{INBOX, create_document, sign_url};
use super::signing::draw;

const IMAGE: &str = r#"<img src=x onerror="window.hostile='image';alert(1)">"#;
const SCRIPT: &str = "</script></title></textarea><script>window.hostile='script';alert(2)</script>";
const ATTRIBUTE: &str = r#"' autofocus onfocus='window.hostile=1' x=" onfocus="window.hostile=2"#;

/// Asserts that the page has no element or attribute of the texts, and that no script of theirs has run. The latter
/// alone proves little: the policy of the pages keeps such a script from running.
async fn assert_harmless(browser: &Browser) {
    let elements = "return document.querySelectorAll(`img[src='x'], script:not([src]), [onerror], [onfocus]`).length";
    assert_eq!(browser.run(elements).await, 0, "{}", browser.source().await.expect("a page"));
    assert_eq!(browser.run("return typeof window.hostile").await, "undefined");
}

#[tokio::test]
async fn hostile_names_do_nothing_on_the_signing_pages() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let name = format!("{IMAGE} {SCRIPT}");
    let signer = json!({"name": format!("{SCRIPT} {ATTRIBUTE}"), "qualification": IMAGE});
    let document = create_document(&sandbox, json!({"name": name, "brand_name": IMAGE}), signer).await;

    browser.open(sign_url(&document)).await;
    browser.screen("document").await;
    browser.shows(&name).await;
    assert_harmless(&browser).await;
    browser.press("Continue").await;
    browser.screen("form").await;
    assert_harmless(&browser).await;
    draw(&browser).await;
    browser.press("Sign").await;
    browser.screen("signed").await;
    assert_harmless(&browser).await;
}

#[tokio::test]
async fn hostile_parameters_do_nothing_on_the_connect_pages() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let mut link = Url::parse(&format!("{}/dashboard/app/sandboxPA", sandbox.url())).expect("a URL");
    let parameters = [
        ("name", IMAGE),
        ("email", "ola@aurora.example"),
        ("number", "5511912345678"),
        ("state", SCRIPT),
        ("plan_selection", IMAGE),
        ("redirect_url", "https://shop.example/?x=\"><script>window.hostile=3</script>"),
    ];
    link.query_pairs_mut().extend_pairs(parameters);

    browser.open(link.as_str()).await;
    browser.screen("sign-up").await;
    browser.click("details summary").await;
    browser.shows(SCRIPT).await;
    browser.shows(IMAGE).await;
    assert_harmless(&browser).await;
    browser.press("Continue").await;
    browser.screen("permissions").await;
    browser.shows(IMAGE).await;
    assert_harmless(&browser).await;
}

#[tokio::test]
async fn hostile_names_and_bodies_do_nothing_on_the_dashboard() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    open_dashboard(&browser, &sandbox).await;
    create_document(&sandbox, json!({"name": IMAGE}), json!({"name": SCRIPT})).await;
    sandbox.answer_inbox(INBOX, InboxAnswer::status(503).body(format!("{SCRIPT} busy {IMAGE}")));
    let event = Trigger::event("doc_viewed").url(sandbox.inbox_url(INBOX)).set("/name", format!("{IMAGE} of an event"));
    sandbox.trigger(event).expect("it is sent");

    open(&browser, "[data-request='1']").await;
    shows(&browser, "[data-request='1']", &["onerror=", "</textarea><script>"]).await;
    // The body as it was sent.
    browser.press("Raw").await;
    open(&browser, "[data-delivery='1']").await;
    shows(&browser, "[data-delivery='1']", &["onerror=", "of an event", "</script> busy <img"]).await;
    assert_harmless(&browser).await;
}
