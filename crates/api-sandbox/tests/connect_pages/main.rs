//! Connect pages of 360dialog's hosted sign-up, over HTTP and through the client.
#![allow(missing_docs)]

#[path = "../support/clock.rs"]
mod clock;
mod connect_port;
mod guards;
mod permissions;

use api_sandbox::{Sandbox, SandboxBuilder, Seed};
use clock::hold_clock;
use dialog360_api::Client;
use dialog360_api::onboarding::{ChannelConnection, Redirect, SignUpLink};
use dialog360_api::types::{self, ChannelFilter, ChannelId, PartnerId};
use reqwest::redirect::Policy;
use serde_json::Value;

/// Address of the partner, to which its clients come back.
const DONE: &str = "http://localhost:3000/done?tab=numbers#top";

/// Answer to a browser.
struct Answer {
    status: u16,
    /// Address of a redirect; empty if it is none.
    location: String,
    headers: reqwest::header::HeaderMap,
    page: String,
}

impl Answer {
    #[track_caller]
    fn assert_screen(&self, status: u16, screen: &str) {
        assert!(self.page.contains(&format!("data-screen=\"{screen}\"")), "{screen}: {} {}", self.status, self.page);
        assert_eq!((self.status, self.location.as_str()), (status, ""), "{screen}");
    }
}

/// Browser that follows no redirect by itself, and the sandbox that it is in.
struct Browser {
    sandbox: Sandbox,
    http: reqwest::Client,
}

impl Browser {
    async fn start() -> Self {
        Self::of(Sandbox::builder()).await
    }

    async fn of(builder: SandboxBuilder) -> Self {
        let sandbox = builder.limits(false).start().await.expect("a free port");
        let http = reqwest::Client::builder().redirect(Policy::none()).build().expect("it builds");
        Self { sandbox, http }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let location = headers.get("location").map_or("", |value| value.to_str().expect("text")).to_owned();
        Answer { status, location, headers, page: answer.text().await.expect("text") }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(format!("{}{path}", self.sandbox.url()))).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.http.post(format!("{}{path}", self.sandbox.url())).body(body);
        self.send(request.header("content-type", "application/x-www-form-urlencoded")).await
    }

    /// Sends the form of the first page, and returns the path of the second.
    async fn sign_up(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post(path, fields).await;
        assert_eq!(answer.status, 303, "{}", answer.page);
        self.get(&answer.location).await.assert_screen(200, "permissions");
        answer.location
    }

    /// Signs up as a new client with a number, and returns the path of the second page.
    async fn acme(&self) -> String {
        let path = format!("/dashboard/app/sandboxPA?{}", query(&[("redirect_url", DONE), ("state", "tenant 7&+")]));
        self.sign_up(&path, &[("name", "Acme"), ("email", "it@acme.example"), ("number", "49 30 1234567")]).await
    }

    /// Sends the form of the second page, and returns what the partner is told.
    async fn finish(&self, path: &str, fields: &[(&str, &str)]) -> Redirect {
        let answer = self.post(path, fields).await;
        assert_eq!(answer.status, 303, "{}", answer.page);
        Redirect::parse(&answer.location).expect("a redirect")
    }

    fn client(&self) -> Client {
        let builder = Client::builder().api_key(self.sandbox.credentials().api_key.as_str());
        builder.base_url(self.sandbox.url()).rate_limiting(false).build().expect("it builds")
    }

    /// Connects the first channel of a redirect.
    async fn connect(&self, redirect: &Redirect) -> ChannelConnection {
        let customer = redirect.client.as_ref().expect("a client");
        self.connect_channel(customer, redirect.channels.first().expect("a channel")).await
    }

    async fn connect_channel(&self, customer: &types::ClientId, channel: &ChannelId) -> ChannelConnection {
        let (client, partner) = (self.client(), partner());
        let connecting = client.connect_channel(&partner, customer, channel, None);
        connecting.messaging_webhook("https://crm.example/messages").send().await.expect("an outcome")
    }

    /// Registers an inbox as the partner's webhook.
    async fn listen(&self) {
        self.listen_at(&self.sandbox.inbox_url("partner")).await;
    }

    async fn listen_at(&self, url: &str) {
        let body = types::SetWebhookUrl::builder().webhook_url(url).build();
        self.client().set_webhook_url().partner_id(&partner()).body(&body).send().await.expect("it is set");
    }

    /// Returns the names of the events that the partner was told.
    fn events(&self) -> Vec<String> {
        let received = self.sandbox.inbox("partner").into_iter();
        let bodies = received.map(|received| serde_json::from_slice::<Value>(&received.body).expect("json"));
        bodies.map(|body| body["event"].as_str().expect("text").to_owned()).collect()
    }

    /// Returns the ids of all channels.
    async fn channels(&self) -> Vec<ChannelId> {
        let page = self.client().list_channels().partner_id(&partner()).send().await.expect("a list").into_inner();
        page.partner_channels.into_iter().flatten().filter_map(|channel| channel.id).collect()
    }
}

fn partner() -> PartnerId {
    PartnerId::new("sandboxPA").expect("an id")
}

fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn seed(text: &str) -> SandboxBuilder {
    Sandbox::builder().load(Seed::from_json(text).expect("a seed"))
}

const TWO_NUMBERS: &str = r#"{"dialog360": {
    "partner": {"partner_redirect_url": "http://localhost:3000/stored"},
    "clients": [{"id": "acmeCL", "name": "Acme", "email": "it@acme.example"}, {"id": "otherCL", "name": "Other", "email": "o@o.example"}],
    "channels": [{"id": "oneCH", "client_id": "acmeCL", "phone_number": "4930111"}, {"id": "twoCH", "client_id": "acmeCL", "phone_number": "4930222"},
        {"id": "otherCH", "client_id": "otherCL", "phone_number": "4930333"}]
}}"#;

fn ids(channels: &[ChannelId]) -> Vec<&str> {
    channels.iter().map(ChannelId::as_str).collect()
}

#[tokio::test]
async fn a_sign_up_leads_to_the_key_of_the_number() {
    let browser = Browser::start().await;
    browser.listen().await;
    let body = types::UpdatePartner::builder().partner_redirect_url(DONE).build();
    browser.client().update_partner().partner_id(&partner()).body(&body).send().await.expect("it is set");

    for (base, email) in [("/dashboard/app", "one@acme.example"), ("/onboarding", "two@acme.example")] {
        let number = if base == "/onboarding" { "4930 1" } else { "4930 2" };
        let number = format!("+{number}23456");
        let link = SignUpLink::new(&partner()).base_url(format!("{}{base}", browser.sandbox.url()));
        let link = link.name("Acme & Sons").email(email).number(number.as_str()).state("tenant 7&+").url();
        let path = link.expect("a link").replace(browser.sandbox.url(), "");
        let page = browser.get(&path).await;
        page.assert_screen(200, "sign-up");
        for filled in [r#"value="Acme &#38; Sons""#, &format!("value=\"{email}\""), &format!("value=\"{number}\"")] {
            assert!(page.page.contains(filled), "{filled} in {}", page.page);
        }
        let permissions =
            browser.sign_up(&path, &[("name", "Acme & Sons"), ("email", email), ("number", &number)]).await;
        let answer = browser.post(&permissions, &[("permit_new", "true"), ("outcome", "permit")]).await;
        let redirect = Redirect::parse(&answer.location).expect("a redirect");
        let (client, channel) = (redirect.client.as_ref().expect("a client"), &redirect.channels[0]);
        let expected = format!(
            "http://localhost:3000/done?tab=numbers&client={}&channels=[{}]&state=tenant%207%26%2B#top",
            client.as_str(),
            channel.as_str()
        );
        assert_eq!(answer.location, expected);
        assert_eq!((redirect.channels.len(), redirect.other["state"].as_str()), (1, "tenant 7&+"));
        let connection = browser.connect(&redirect).await;
        assert!(matches!(connection, ChannelConnection::Connected(_)), "{connection:?}");

        let filter = ChannelFilter::new().id(channel);
        let channels = browser.client().list_channels().partner_id(&partner()).filters(&filter).send().await;
        let channel = channels.expect("a list").into_inner().partner_channels.expect("channels").remove(0);
        let told = channel.setup_info.and_then(|setup| setup.phone_number);
        assert_eq!(told.as_deref(), Some(number.replace([' ', '+'], "").as_str()));
    }
    let of_one = ["client_created", "channel_created", "channel_running", "channel_permission_granted"];
    assert_eq!(browser.events(), [of_one, of_one].concat(), "they came before the redirect");
    assert!(browser.sandbox.inbox("partner").iter().all(|it| it.headers.contains_key("x-360dialog-signature")));
}

#[tokio::test]
async fn every_path_of_the_vendors_buttons_leads_to_the_sign_up() {
    let browser = Browser::of(Sandbox::builder().connect_port(0)).await;
    let connect_url = browser.sandbox.connect_url().expect("a port").to_owned();
    for path in ["/dashboard/app/sandboxPA", "/dashboard/app/sandboxPA/permissions", "/onboarding/sandboxPA"] {
        for origin in [browser.sandbox.url(), &connect_url] {
            let answer = browser.send(browser.http.get(format!("{origin}{path}?name=Acme&next="))).await;
            answer.assert_screen(200, "sign-up");
            assert!(answer.page.contains("value=\"Acme\""));
        }
    }
    for path in ["/dashboard/app/otherPA", "/onboarding/other%2FPA", "/dashboard/app/sandboxPA/permissions/xCL"] {
        browser.get(path).await.assert_screen(404, "error");
    }
}

#[tokio::test]
async fn a_client_that_comes_again_is_the_same_one() {
    let browser = Browser::start().await;
    browser.listen().await;
    let permissions = browser.acme().await;
    let first = browser.finish(&permissions, &[("permit_new", "true")]).await;
    // The form is sent twice by a double click, and the link opened again for another number.
    let twice = browser.finish(&permissions, &[("permit_new", "true")]).await;
    assert_eq!((&twice.client, &twice.channels), (&first.client, &first.channels));
    // A visit about the same number tells of it again.
    let permissions = browser.acme().await;
    let permit = format!("name=\"permit\" value=\"{}\"", first.channels[0].as_str());
    assert!(browser.get(&permissions).await.page.contains(&permit));
    let path = format!("/dashboard/app/sandboxPA?{}", query(&[("redirect_url", DONE)]));
    let again = [("name", "Acme again"), ("email", "IT@acme.example"), ("number", "4930765432")];
    let permissions = browser.sign_up(&path, &again).await;
    let page = browser.get(&permissions).await.page;
    assert!(
        page.contains("+4930765432")
            && page.contains(&format!("name=\"revoke\" value=\"{}\"", first.channels[0].as_str()))
    );
    let second = browser.finish(&permissions, &[("permit_new", "true")]).await;
    assert_eq!(second.client, first.client);
    assert_eq!(second.channels.len(), 1);
    assert_ne!(second.channels, first.channels, "those of this visit only");
    assert_eq!(browser.channels().await.len(), 2);
    let channel = ["channel_created", "channel_running", "channel_permission_granted"];
    assert_eq!(browser.events(), [&["client_created"][..], &channel, &channel].concat());
}

#[tokio::test]
async fn a_field_that_is_not_filled_in_has_its_reason() {
    let browser = Browser::of(seed(TWO_NUMBERS)).await;
    browser.listen().await;
    let path = "/dashboard/app/sandboxPA?number=5";
    let good = [("name", "Acme"), ("email", "new@acme.example"), ("number", "49301234567")];
    for (field, value, reason) in [
        ("name", " ", "Enter the name of your company."),
        ("email", "acme.example", "Enter an e-mail address, such as office@bakery.example."),
        ("number", "", "Enter the number with its country code: 7 to 15 digits."),
        ("number", "12ab34567", "Enter the number with its country code: 7 to 15 digits."),
        ("number", "+49 30 333", "This number is connected to another account. Enter another number."),
    ] {
        let fields = good.map(|(name, kept)| (name, if name == field { value } else { kept }));
        let answer = browser.post(path, &fields).await;
        answer.assert_screen(422, "sign-up");
        assert!(
            answer.page.contains(&format!(r#"<p class="error" id="{field}-error">{reason}</p>"#)),
            "{}",
            answer.page
        );
        assert_eq!(
            (answer.page.matches("aria-invalid").count(), answer.page.matches("autofocus").count()),
            (1, 1),
            "{field}"
        );
        assert!(answer.page.contains("<title>Error: "), "{}", answer.page);
        let place = |text: &str| answer.page.find(text).unwrap_or_else(|| panic!("{text} in {}", answer.page));
        assert!(place(&format!("{field}-error\">")) < place(&format!("<input id=\"{field}\"")), "above its field");
        for (name, kept) in good.iter().filter(|(name, _)| *name != field) {
            assert!(answer.page.contains(&format!("value=\"{kept}\"")), "{name} is kept");
        }
    }
    for (answer, invalid, focused) in [(browser.get(path).await, 0, 0), (browser.post(path, &[]).await, 3, 1)] {
        let count = |attribute: &str| answer.page.matches(attribute).count();
        assert_eq!((count("aria-invalid"), count("autofocus")), (invalid, focused));
    }
    let answer = browser.post("/dashboard/app/sandboxPA?next=login", &[("client", "goneCL")]).await;
    answer.assert_screen(422, "sign-up");
    assert!(answer.page.contains("Choose an account."));
    browser.sandbox.delivered().await;
    assert_eq!(browser.events(), [""; 0], "nobody has signed up");
}

#[tokio::test]
async fn without_an_account_a_login_leads_to_the_sign_up_alone() {
    let browser = Browser::start().await;
    let answer = browser.get("/dashboard/app/sandboxPA?next=login").await;
    answer.assert_screen(200, "sign-up");
    assert!(answer.page.contains("There is no account yet.") && answer.page.contains("Create an account"));
    assert!(!answer.page.contains("<button>") && !answer.page.contains("<input"), "{}", answer.page);
}

#[tokio::test]
async fn a_client_that_gives_up_changes_nothing() {
    let browser = Browser::start().await;
    browser.listen().await;
    let permissions = browser.acme().await;
    for (outcome, status, screen) in [("cancel", 200, "cancelled"), ("number_not_verified", 409, "error")] {
        let answer = browser.post(&permissions, &[("permit_new", "true"), ("outcome", outcome)]).await;
        let answer = if outcome == "cancel" { browser.get(&answer.location).await } else { answer };
        answer.assert_screen(status, screen);
    }
    assert!(browser.channels().await.is_empty());
    browser.sandbox.delivered().await;
    assert_eq!(browser.events(), ["client_created"]);
    let cancelled = browser.get("/onboarding/sandboxPA/cancelled").await.page;
    assert!(cancelled.contains(r#"<script src="/sandbox/assets/connect.js" defer>"#));
    assert!(browser.get("/sandbox/assets/connect.js").await.page.contains("window.close()"));
}

#[tokio::test]
async fn without_a_way_back_the_permission_is_not_shared() {
    let browser = Browser::start().await;
    let fields = [("name", "Acme"), ("email", "it@acme.example"), ("number", "49301234567")];
    let permissions = browser.sign_up("/dashboard/app/sandboxPA", &fields).await;
    let answer = browser.post(&permissions, &[("permit_new", "true")]).await;
    answer.assert_screen(409, "error");
    assert!(answer.page.contains("The permission could not be shared") && answer.page.contains("partner_redirect_url"));
    let channel = browser.channels().await.remove(0);
    let body = types::UpdatePartner::builder().partner_redirect_url(DONE).build();
    browser.client().update_partner().partner_id(&partner()).body(&body).send().await.expect("it is set");
    let page = browser.get(&permissions).await.page;
    assert!(page.contains(&format!("name=\"permit\" value=\"{}\"", channel.as_str())), "it is not permitted yet");
    let redirect = browser.finish(&permissions, &[("permit", channel.as_str())]).await;
    assert_eq!(redirect.channels, [channel]);
}

#[tokio::test]
async fn ids_and_numbers_of_a_seed_are_taken_as_they_are_written() {
    let odd = r##"{"dialog360": {
        "partner": {"partner_redirect_url": "http://localhost:3000/stored"},
        "clients": [{"id": "a/b&c#d CL", "name": "Acme", "email": "it@acme.example"}],
        "channels": [{"id": "one&CH", "client_id": "a/b&c#d CL", "phone_number": "+49 30 111222"}]
    }}"##;
    let browser = Browser::of(seed(odd)).await;
    let login = [("client", "a/b&c#d CL"), ("number", "4930111222")];
    let path = browser.sign_up("/dashboard/app/sandboxPA?next=login", &login).await;
    let page = browser.get(&path).await.page;
    assert!(page.contains(r#"<span class="number">+4930111222</span>"#) && !page.contains("permit_new"), "{page}");
    let answer = browser.post(&path, &[("permit_new", "true")]).await;
    assert_eq!(answer.location, "http://localhost:3000/stored?client=a%2Fb%26c%23d%20CL&channels=[one%26CH]");
}
