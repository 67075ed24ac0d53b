//! Signing pages of ZapSign, as a browser without a script uses them.
#![allow(missing_docs)]

mod fields;
mod hostile;
mod one_click;
mod screens;
mod steps;
mod templates;

use api_sandbox::{Behavior, Sandbox, SandboxBuilder, Seed};
use reqwest::header::{HeaderName, LOCATION, REFERRER_POLICY};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

/// Sandbox with documents, and a browser that follows no redirect by itself.
struct Pages {
    sandbox: Sandbox,
    browser: Client,
}

/// Answer to a request of the browser.
struct Answer {
    status: StatusCode,
    location: String,
    referrer_policy: String,
    body: String,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let header = |name: HeaderName| {
            let value = response.headers().get(name).map(|value| value.to_str().expect("text").to_owned());
            value.unwrap_or_default()
        };
        let (location, referrer_policy) = (header(LOCATION), header(REFERRER_POLICY));
        let status = response.status();
        Self { status, location, referrer_policy, body: response.text().await.expect("text") }
    }

    #[track_caller]
    fn assert_screen(&self, status: u16, screen: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert!(self.body.contains(&format!("data-screen=\"{screen}\"")), "{}", self.body);
    }

    #[track_caller]
    fn assert_redirect(&self, path: &str) {
        let answer = (self.status.as_u16(), self.location.as_str(), self.referrer_policy.as_str());
        assert_eq!(answer, (303, path, "same-origin"), "{}", self.body);
    }

    /// Returns the tag of the control with this name.
    #[track_caller]
    fn control(&self, name: &str) -> &str {
        self.find_control(name).unwrap_or_else(|| panic!("there is no control {name}: {}", self.body))
    }

    fn find_control(&self, name: &str) -> Option<&str> {
        let at = self.body.find(&format!("name=\"{name}\""))?;
        let start = self.body[..at].rfind('<')?;
        Some(&self.body[start..=at + self.body[at..].find('>')?])
    }
}

impl Pages {
    async fn new(zapsign: Value) -> Self {
        Self::with(zapsign, &[]).await
    }

    async fn with(zapsign: Value, behaviors: &[Behavior]) -> Self {
        let seed = Seed::from_json(&json!({"zapsign": zapsign}).to_string()).expect("a seed");
        let builder = behaviors.iter().copied().fold(Sandbox::builder().load(seed), SandboxBuilder::behavior);
        let sandbox = builder.start().await.expect("it loads");
        let browser = Client::builder().redirect(Policy::none()).build().expect("it builds");
        Self { sandbox, browser }
    }

    /// One document with one signer, who has the token `ana`.
    async fn of_ana(signer: Value) -> Self {
        Self::new(json!({"documents": [document(signer, json!({}))]})).await
    }

    async fn get(&self, path: &str) -> Answer {
        let request = self.browser.get(format!("{}{path}", self.sandbox.url()));
        Answer::of(request.send().await.expect("an answer")).await
    }

    async fn post(&self, path: &str, entries: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(entries).finish();
        let request = self.browser.post(format!("{}{path}", self.sandbox.url())).body(body);
        Answer::of(request.send().await.expect("an answer")).await
    }

    async fn api(&self, path: &str) -> Value {
        let request = self.browser.get(format!("{}/api/v1/{path}", self.sandbox.url()));
        let response = request.bearer_auth(&self.sandbox.credentials().api_token).send().await.expect("an answer");
        serde_json::from_slice(&response.bytes().await.expect("a body")).expect("json")
    }

    async fn signer(&self, token: &str) -> Value {
        self.api(&format!("signers/{token}/")).await
    }

    /// Has an inbox receive these events from now on.
    async fn listen(&self, events: &[&str]) {
        for event in events {
            let body = json!({"url": self.sandbox.inbox_url("events"), "type": event}).to_string();
            let request = self.browser.post(format!("{}/api/v1/user/company/webhook/", self.sandbox.url()));
            let request = request.bearer_auth(&self.sandbox.credentials().api_token);
            let answer = request.header("content-type", "application/json").body(body).send().await;
            assert_eq!(answer.expect("an answer").status(), StatusCode::OK);
        }
    }

    /// Returns the names of the events so far.
    async fn events(&self) -> Vec<String> {
        self.sandbox.delivered().await;
        self.sandbox.deliveries().iter().map(|delivery| delivery.event.clone()).collect()
    }
}

/// Document of a seed with this signer, who has the token `ana`, and these fields.
fn document(mut signer: Value, fields: Value) -> Value {
    signer["token"] = "ana".into();
    if signer.get("name").is_none() {
        signer["name"] = "Ana Prado".into();
    }
    let mut document = json!({"token": "lease", "name": "Lease", "markdown_text": "# Lease", "signers": [signer]});
    let object = document.as_object_mut().expect("an object");
    object.extend(fields.as_object().expect("an object").clone());
    document
}
