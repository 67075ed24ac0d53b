//! Connect pages of 360dialog's hosted sign-up, over HTTP and through the client.
#![allow(missing_docs)]

use api_sandbox::Sandbox;

#[tokio::test]
async fn smoke() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let body = reqwest::get(format!("{}/dashboard/app/sandboxPA", sandbox.url()))
        .await
        .expect("answer")
        .text()
        .await
        .expect("text");
    assert!(body.contains("data-screen=\"sign-up\""), "{body}");
}
