//! Pages of another origin read and change nothing of the sandbox.

use api_sandbox::Sandbox;
use browser_tests::{Browser, Site};
use reqwest::Method;
use serde_json::{Value, json};

use super::partner::{create_document, get_document, sign_url, zapsign};

#[tokio::test]
async fn a_script_reads_and_changes_nothing() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let site = Site::start().await;
    let document = create_document(&sandbox, json!({}), json!({})).await;
    let (url, sign_url) = (sandbox.url(), sign_url(&document));

    browser.open(&format!("{}/thanks.html", site.origin())).await;
    for path in ["/", "/sandbox/requests", "/sandbox/state", "/sandbox/inbox/x"] {
        let read = format!("return fetch('{url}{path}').then(answer => answer.text(), () => 'refused')");
        assert_eq!(browser.run(&read).await, "refused", "{path}");
    }
    let listen = format!(
        "return new Promise(resolve => {{
            const stream = new EventSource('{url}/sandbox/stream');
            stream.onopen = () => resolve('open');
            stream.onerror = () => resolve('refused');
        }})"
    );
    assert_eq!(browser.run(&listen).await, "refused");

    let rule = r#"{"faults": [{"kind": "cut_body"}], "next": 1}"#;
    let posts = [(format!("{url}/sandbox/faults"), rule), (format!("{url}/sandbox/reset"), "")];
    for (address, body) in posts.into_iter().chain([(format!("{sign_url}/read"), ""), (format!("{sign_url}/sign"), "")])
    {
        // Without CORS a page may send it, and learns nothing of the answer.
        let post = format!(
            "return fetch('{address}', {{method: 'POST', mode: 'no-cors', body: '{body}'}}).then(() => 'sent')"
        );
        assert_eq!(browser.run(&post).await, "sent", "{address}");
    }
    assert!(sandbox.unused_faults().is_empty());
    assert_eq!(get_document(&sandbox, &document).await["signers"][0]["status"], "new");
}

#[tokio::test]
async fn a_form_signs_nothing() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let site = Site::start().await;
    let document = create_document(&sandbox, json!({}), json!({})).await;

    browser.open(&format!("{}/thanks.html", site.origin())).await;
    let submit = format!(
        "const form = document.createElement('form');
        Object.assign(form, {{method: 'post', action: '{}/sign'}});
        form.innerHTML = `<input name='name' value='Mallory'><input name='typed_signature' value='Mallory'>`;
        document.body.append(form);
        form.submit()",
        sign_url(&document)
    );
    browser.run(&submit).await;
    browser.shows("a page of another origin").await;
    assert_eq!(get_document(&sandbox, &document).await["status"], "pending");
}

#[tokio::test]
async fn no_page_frames_the_dashboard() {
    let Some(browser) = Browser::start().await else { return };
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let site = Site::start().await;
    browser.open(&format!("{}/frame.html?sign_url={}/", site.origin(), sandbox.url())).await;
    browser.element("#signing").await.enter_frame().await.expect("a frame");
    browser
        .until("a page that is refused", async || {
            let address = browser.run("return location.protocol").await;
            (address == "chrome-error:").then_some(())
        })
        .await;
    assert_eq!(zapsign(&sandbox, Method::GET, "docs/", Value::Null).await["count"], 0, "the sandbox runs");
}
