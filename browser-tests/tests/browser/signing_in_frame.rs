//! Signing pages in a frame of a partner's page.

use api_sandbox::Sandbox;
use browser_tests::{Browser, Site};
use serde_json::{Value, json};

use super::partner::{create_document, get_document, sign_url};
use super::signing::draw;

#[tokio::test]
async fn the_page_around_a_frame_hears_each_message_once_in_order() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let site = Site::start().await;
    let thanks = format!("{}/thanks.html", site.origin());
    let document = create_document(&sandbox, json!({}), json!({"redirect_link": thanks})).await;

    let parent = format!("{}/frame.html?sign_url={}", site.origin(), sign_url(&document));
    browser.open(&parent).await;
    browser.element("#signing").await.enter_frame().await.expect("a frame");
    browser.press("Continue").await;
    browser.screen("form").await;
    draw(&browser).await;
    browser.press("Sign").await;
    browser.screen("thanks").await;

    browser.enter_parent_frame().await.expect("the page around it");
    assert_eq!(browser.current_url().await.expect("a URL").as_str(), parent, "the frame alone was redirected");
    let messages = browser.run("return window.messages").await;
    let heard = ["zs-doc-loaded", "zs-doc-signed", "zs-signed-file-ready"];
    let heard = heard.map(|data| json!({"data": data, "origin": sandbox.url()}));
    assert_eq!(messages, Value::from(heard.to_vec()));
    assert_eq!(get_document(&sandbox, &document).await["status"], "signed");
}
