//! Connect pages, opened by the vendor's own button.

use api_sandbox::Sandbox;
use browser_tests::{Browser, Site, skip};
use fantoccini::Locator;
use reqwest::Method;
use serde_json::{Value, json};

use super::partner::dialog360;

/// Port of this machine that the button opens in its local mode.
const PORT: u16 = 8082;

#[tokio::test]
async fn the_vendors_button_connects_a_number() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = match Sandbox::builder().connect_port(PORT).start().await {
        Ok(sandbox) => sandbox,
        Err(error) => return skip(&format!("the button opens port {PORT}, which has to be free: {error}")),
    };
    let site = Site::start().await;
    let page = format!("{}/connect.html", site.origin());
    dialog360(&sandbox, Method::PATCH, "", json!({"partner_redirect_url": page})).await;

    browser.open(&page).await;
    let partner_window = browser.window().await.expect("a window");
    let button = browser.element("dialog-connect-button").await.shadow_root().await.expect("the vendor's element");
    button.find(Locator::Css("button")).await.expect("a button").click().await.expect("a popup");
    browser.other_window().await;
    let opened = browser.current_url().await.expect("a URL");
    assert!(opened.as_str().starts_with("http://localhost:8082/dashboard/app/sandboxPA?"), "{opened}");
    browser.screen("sign-up").await;
    browser.fill("[name='number']", "+55 11 91234-5678").await;
    browser.press("Continue").await;
    browser.screen("permissions").await;
    browser.press("Finish").await;

    // The popup is back on the partner's page, tells its opener, and closes.
    browser.switch_to_window(partner_window).await.expect("the partner's window");
    browser
        .until("a redirect with the state", async || {
            let url = browser.current_url().await.ok()?;
            url.query_pairs().any(|pair| pair == ("state".into(), "order-17".into())).then_some(())
        })
        .await;
    let result = browser
        .until("the result", async || {
            let text = browser.run("return document.getElementById('result')?.textContent").await;
            serde_json::from_str::<Value>(text.as_str()?).ok()
        })
        .await;
    browser.until("one window", async || (browser.windows().await.ok()?.len() == 1).then_some(())).await;

    let channels = dialog360(&sandbox, Method::GET, "/channels", Value::Null).await;
    let channel = &channels["partner_channels"][0];
    assert_eq!(channels["partner_channels"].as_array().map(Vec::len), Some(1), "{channels}");
    assert_eq!(result, json!({"client": channel["client"]["id"], "channels": [channel["id"]]}), "{channels}");
    assert_eq!((&channel["client"]["name"], &channel["status"]), (&json!("Padaria Aurora"), &json!("running")));
    assert_eq!(channel["setup_info"]["phone_number"], "5511912345678");
}
