//! Signing pages in a window of their own.

use std::time::Duration;

use api_sandbox::Sandbox;
use browser_tests::{Browser, Site};
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::key::Key;
use serde_json::json;

use super::partner::{create_document, events_until, get_document, listen, sign_url};

/// Draws a line on the canvas, as with a mouse.
pub(crate) async fn draw(browser: &Browser) {
    let canvas = browser.element("canvas#signature").await;
    browser.run("document.querySelector('canvas#signature').scrollIntoView({block: 'center'})").await;
    // From the middle of the canvas.
    let to = |x: f64, y: f64| PointerAction::MoveToElement {
        element: canvas.clone(),
        duration: Some(Duration::from_millis(20)),
        x,
        y,
    };
    let line = MouseActions::new("mouse".into())
        .then(to(-60.0, 20.0))
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(to(-20.0, -30.0))
        .then(to(20.0, 30.0))
        .then(to(60.0, -20.0))
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    browser.perform_actions(line).await.expect("a line");
}

#[tokio::test]
async fn a_drawing_signs() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    listen(&sandbox).await;
    let document = create_document(&sandbox, json!({}), json!({})).await;
    assert!(sign_url(&document).starts_with(sandbox.url()));

    browser.open(sign_url(&document)).await;
    browser.screen("document").await;
    browser.shows("Lease of Rua das Flores 12").await;
    browser.press("Continue").await;
    browser.screen("form").await;
    browser.fill("[name='name']", "Ana Sousa Lima").await;
    draw(&browser).await;
    browser.press("Sign").await;
    browser.screen("signed").await;
    assert_eq!(browser.element("h1").await.text().await.expect("text"), "Signed");

    let signed = get_document(&sandbox, &document).await;
    assert_eq!((&signed["status"], &signed["signers"][0]["status"]), (&json!("signed"), &json!("signed")));
    assert_eq!(signed["signers"][0]["name"], "Ana Sousa Lima");
    let drawn = drawn_pixels(&browser, signed["signers"][0]["signature_image"].as_str().expect("a link")).await;
    assert!((300..10_000).contains(&drawn), "{drawn} pixels of a line");
    assert_eq!(events_until(&sandbox, "doc_signed").await, ["doc_viewed", "doc_read_confirmation", "doc_signed"]);
}

/// Returns the number of pixels of an image that are not transparent.
async fn drawn_pixels(browser: &Browser, image: &str) -> u64 {
    let count = format!(
        "return fetch('{image}').then(answer => answer.blob()).then(createImageBitmap).then(image => {{
            const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
            context.drawImage(image, 0, 0);
            const {{ data }} = context.getImageData(0, 0, image.width, image.height);
            return data.filter((value, index) => index % 4 === 3 && value > 0).length;
        }})"
    );
    browser.run(&count).await.as_u64().expect("a number")
}

#[tokio::test]
async fn a_keyboard_alone_signs() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let document = create_document(&sandbox, json!({}), json!({})).await;

    browser.open(sign_url(&document)).await;
    browser.screen("document").await;
    tab_to(&browser, "Continue").await;
    browser.type_keys(&Key::Enter).await;
    browser.screen("form").await;
    tab_to(&browser, "typed_signature").await;
    browser.type_keys("Ana Sousa").await;
    tab_to(&browser, "Sign").await;
    browser.type_keys(&Key::Enter).await;
    browser.screen("signed").await;
    assert_eq!(get_document(&sandbox, &document).await["status"], "signed");
}

/// Presses Tab until the field of this name, or the control with this text, has the focus.
async fn tab_to(browser: &Browser, target: &str) {
    let focused = "const at = document.activeElement; return [at?.name, at?.textContent.trim(), at?.tagName]";
    let mut passed = Vec::new();
    for _ in 0..40 {
        browser.type_keys(&Key::Tab).await;
        let at = browser.run(focused).await;
        if at[0] == target || at[1] == target {
            return;
        }
        passed.push(at[2].clone());
    }
    panic!("Tab does not lead to `{target}`, but to {passed:?}");
}

#[tokio::test]
async fn a_browser_without_scripts_signs_and_follows_the_redirect() {
    let Some(browser) = Browser::without_scripts().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let site = Site::start().await;
    let thanks = format!("{}/thanks.html", site.origin());
    let document = create_document(&sandbox, json!({}), json!({"redirect_link": thanks})).await;

    browser.open(sign_url(&document)).await;
    browser.press("Continue").await;
    let canvas = browser.element("canvas#signature").await;
    assert!(!canvas.is_displayed().await.expect("an answer"), "a script has shown it");
    browser.fill("[name='typed_signature']", "Ana Sousa").await;
    browser.press("Sign").await;
    browser.screen("thanks").await;
    assert_eq!(browser.current_url().await.expect("a URL").as_str(), thanks, "nothing is appended");
    assert_eq!(get_document(&sandbox, &document).await["status"], "signed");
}

#[tokio::test]
async fn a_refusal_keeps_its_reason() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    listen(&sandbox).await;
    let document = create_document(&sandbox, json!({"allow_refuse_signature": true}), json!({})).await;
    let reason = "The rent is not the one that we agreed on.";

    browser.open(sign_url(&document)).await;
    browser.screen("document").await;
    browser.press("Refuse to sign").await;
    browser.fill("[name='reason']", reason).await;
    browser.press("Refuse").await;
    browser.screen("refused").await;
    assert_eq!(browser.element("h1").await.text().await.expect("text"), "Refused");

    let refused = get_document(&sandbox, &document).await;
    assert_eq!((&refused["status"], &refused["signers"][0]["status"]), (&json!("recusado"), &json!("rejeitou")));
    assert_eq!(refused["rejected_reason"], reason);
    assert_eq!(events_until(&sandbox, "doc_refused").await.last().expect("an event"), "doc_refused");
}
