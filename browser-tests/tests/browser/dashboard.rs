//! Dashboard.

use api_sandbox::Sandbox;
use browser_tests::Browser;
use serde_json::json;

use super::partner::{INBOX, create_document};

/// Opens the dashboard, and waits until it hears of what comes.
pub(crate) async fn open_dashboard(browser: &Browser, sandbox: &Sandbox) {
    browser.open(&format!("{}/", sandbox.url())).await;
    browser
        .until("the stream", async || {
            let state = browser.run("return document.querySelector('#connection')?.textContent").await;
            state.as_str()?.contains("Live").then_some(())
        })
        .await;
}

/// Waits for the row of a request or a delivery, and opens it.
pub(crate) async fn open(browser: &Browser, row: &str) {
    browser.click(&format!("{row} > button")).await;
}

/// Waits until an element shows all of these texts.
pub(crate) async fn shows(browser: &Browser, row: &str, texts: &[&str]) {
    browser
        .until(&format!("{texts:?} in {row}"), async || {
            let shown = browser.run(&format!("return document.querySelector(`{row}`)?.innerText")).await;
            let shown = shown.as_str()?;
            texts.iter().all(|text| shown.contains(text)).then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_request_appears_and_opens_to_its_body() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    open_dashboard(&browser, &sandbox).await;
    let document = create_document(&sandbox, json!({"markdown_text": "# A boat of oak"}), json!({})).await;
    shows(&browser, "[data-request='1']", &["create_document", "200"]).await;
    open(&browser, "[data-request='1']").await;
    let token = document["token"].as_str().expect("a token");
    shows(&browser, "[data-request='1']", &["# A boat of oak", token]).await;
}

#[tokio::test]
async fn a_delivery_is_triggered_and_replayed() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    open_dashboard(&browser, &sandbox).await;

    browser.choose("form#trigger [name='event']", "doc_viewed").await;
    browser.fill("form#trigger [name='url']", &sandbox.inbox_url(INBOX)).await;
    browser.fill("form#trigger [name='set']", r#"{"/name": "Lease of a boat"}"#).await;
    browser.press("Trigger").await;
    let row = "[data-delivery='1']";
    shows(&browser, row, &["doc_viewed", "200"]).await;

    open(&browser, row).await;
    shows(&browser, row, &["Lease of a boat"]).await;
    let told = async || browser.element(row).await.text().await.expect("a row that stays").matches("200").count();
    let before = told().await;
    browser.press("Replay").await;
    browser.until("another attempt", async || (told().await > before).then_some(())).await;
    let attempts = sandbox.delivery(1).expect("it is kept").attempts;
    assert_eq!(attempts.iter().map(|attempt| attempt.replay).collect::<Vec<_>>(), [false, true]);
    assert_eq!(sandbox.inbox(INBOX).len(), 2);
}
