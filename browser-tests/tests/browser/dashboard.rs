//! Dashboard.

use std::time::Duration;

use api_sandbox::{Fault, FaultRule, InboxAnswer, Sandbox, Trigger};
use browser_tests::Browser;
use serde_json::{Value, json};
use tokio::{join, time};

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
async fn a_request_is_pending_until_it_is_answered() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    open_dashboard(&browser, &sandbox).await;
    // Longer than anything here waits, so that the call is held until the runtime's clock is moved.
    let delay = Duration::from_secs(600);
    let milliseconds = u64::try_from(delay.as_millis()).expect("a number");
    sandbox.inject(FaultRule::next(1, Fault::Delay { milliseconds }));
    let row = "[data-request='1']";
    let answer_once_it_is_seen = async {
        shows(&browser, row, &["create_document", "pending"]).await;
        time::pause();
        time::advance(delay).await;
        time::resume();
    };
    join!(create_document(&sandbox, json!({}), json!({})), answer_once_it_is_seen);
    shows(&browser, row, &["create_document", "200"]).await;
    let shown = browser.element(row).await.text().await.expect("a row that stays");
    assert!(!shown.contains("pending"), "{shown}");
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

#[tokio::test]
async fn a_refused_trigger_names_a_check_box() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    open_dashboard(&browser, &sandbox).await;
    browser.choose("form#trigger [name='event']", "doc_viewed").await;
    browser.fill("form#trigger [name='url']", &sandbox.inbox_url(INBOX)).await;
    browser.fill("form#trigger [name='set']", r#"{"/mood": "fair"}"#).await;
    browser.press("Trigger").await;
    shows(&browser, "form#trigger .message.error", &["`unchecked` sends a field"]).await;
    shows(&browser, "form#trigger label.check", &["Allow fields", "unchecked"]).await;
    browser.click("form#trigger label.check").await;
    browser.press("Trigger").await;
    shows(&browser, "form#trigger .message:not(.error)", &["1 delivery on the way"]).await;
}

#[tokio::test]
async fn a_replay_of_all_that_failed_is_offered_once_one_has() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    open_dashboard(&browser, &sandbox).await;
    let send = || sandbox.trigger(Trigger::event("doc_viewed").url(sandbox.inbox_url(INBOX))).expect("it is sent");
    let is_offered =
        async || browser.run("return document.querySelector('#replay-failed').checkVisibility()").await == true;
    assert!(!is_offered().await, "nothing is delivered");
    send();
    shows(&browser, "[data-delivery='1']", &["delivered"]).await;
    assert!(!is_offered().await, "nothing has failed");

    sandbox.answer_inbox(INBOX, InboxAnswer::status(503).times(1));
    send();
    shows(&browser, "[data-delivery='2']", &["503"]).await;
    browser.press("Replay all failed").await;
    shows(&browser, "#deliveries-problem", &["1 delivery sent again"]).await;
    shows(&browser, "[data-delivery='2']", &["delivered"]).await;
    browser.until("no offer", async || (!is_offered().await).then_some(())).await;
}

#[tokio::test]
async fn the_state_names_signers_and_kinds_and_shows_times_as_rows_do() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    open_dashboard(&browser, &sandbox).await;
    let signers = json!([{"name": "Ana Sousa"}, {"name": "Bento Reis"}]);
    let document = create_document(&sandbox, json!({"signers": signers}), json!({})).await;
    for signer in document["signers"].as_array().expect("signers") {
        let name = signer["name"].as_str().expect("a name");
        let link = browser.element(&format!("#state a[aria-label='Open signing page of {name}']")).await;
        assert_eq!(link.attr("href").await.expect("a link").as_deref(), signer["sign_url"].as_str());
        assert_eq!(link.text().await.expect("a link"), "Open signing page");
    }
    shows(&browser, "#state", &["Documents", "WABA accounts"]).await;
    let times = "return [...document.querySelectorAll('#state time')].map((time) => [time.dateTime, time.textContent])";
    let Value::Array(times) = browser.run(times).await else { panic!("no list") };
    assert!(!times.is_empty());
    for time in times {
        let (exact, shown) = (time[0].as_str().expect("a text"), time[1].as_str().expect("a text"));
        assert_eq!(shown, format!("{} UTC", exact[..19].replace('T', " ")));
    }
    let text = browser.run("return document.querySelector('#state').textContent").await;
    let text = text.as_str().expect("a text");
    let created = document["created_at"].as_str().expect("a time");
    assert!(!text.contains(&created[..19]) && text.contains(&created[..10]), "{created} in {text}");
}

#[tokio::test]
async fn the_url_of_a_webhook_shows_no_secret() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    open_dashboard(&browser, &sandbox).await;
    let plain = sandbox.inbox_url(INBOX);
    let secret = format!("{}?key=k3y&w0rd&more=a?b=c", plain.replace("http://", "http://clerk:p4ss@"));
    let masked = format!("to {plain}?key=***&***&more=***");
    for url in [&plain, &secret] {
        sandbox.trigger(Trigger::event("doc_viewed").url(url)).expect("it is sent");
    }
    open(&browser, "[data-delivery='1']").await;
    shows(&browser, "[data-delivery='1'] .address-line", &[&format!("to {plain}")]).await;
    browser.element(&format!("[data-delivery='1'] .address-line a[href='{plain}']")).await;

    let row = "[data-delivery='2']";
    let line = "[data-delivery='2'] .address-line";
    let heading = "return document.querySelector(`[data-delivery='2'] > button`).innerText";
    shows(&browser, row, &["doc_viewed"]).await;
    let before = browser.run(heading).await;
    open(&browser, row).await;
    shows(&browser, line, &[&masked]).await;
    let assert_masked = async || {
        let html = browser.element(row).await.html(false).await.expect("a row that stays");
        for secret in ["clerk", "p4ss", "k3y", "w0rd", "b=c"] {
            assert!(!html.contains(secret), "{secret} in {html}");
        }
    };
    assert_masked().await;
    browser.until("the row's URL", async || (browser.run(heading).await == before).then_some(())).await;

    // A link to it, where the filter leaves no row of it.
    browser.open("about:blank").await;
    browser.open(&format!("{}/?operation=doc_signed#delivery-2", sandbox.url())).await;
    shows(&browser, line, &[&masked]).await;
    assert_masked().await;
}

#[tokio::test]
async fn an_emptied_list_names_the_filter_in_a_pause_too() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    open_dashboard(&browser, &sandbox).await;
    shows(&browser, ".requests", &["No request yet"]).await;
    create_document(&sandbox, json!({}), json!({})).await;
    shows(&browser, "[data-request='1']", &["create_document"]).await;
    browser.press("Pause").await;
    browser.fill("#filter [name='text']", "/nowhere").await;
    shows(&browser, ".requests", &["No request matches the filter"]).await;
    browser.fill("#filter [name='text']", "/docs").await;
    shows(&browser, "[data-request='1']", &["create_document"]).await;

    browser.click("#pause[aria-pressed='false']").await;
    sandbox.reset();
    for (pane, noun) in [(".requests", "request"), (".deliveries", "delivery")] {
        shows(&browser, pane, &[&format!("No {noun} matches the filter")]).await;
        let shown = browser.element(pane).await.text().await.expect("a list that stays");
        assert!(!shown.contains("yet"), "{shown}");
    }
}
