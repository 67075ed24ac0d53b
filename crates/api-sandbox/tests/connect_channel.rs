//! The way from the redirect of the sign-up to the key of a number, through the client.
#![allow(missing_docs)]

use std::time::Duration;

use api_sandbox::{Behavior, Fault, FaultRule, FaultStage, Sandbox};
use dialog360_api::onboarding::{ChannelConnection, ConnectChannelError};
use dialog360_api::operations::{CREATE_CHANNEL_API_KEY, LIST_CHANNELS};
use dialog360_api::types::{self, ChannelFilter, ChannelId, ChannelStatus, ClientId, PartnerId};
use dialog360_api::{Client, ClientBuilder, Error, MessagingCredentials};
use serde_json::{Value, json};

const WEBHOOK: &str = "https://crm.example/messages";

/// Partner with a client, whose number is in review.
struct SignUp {
    sandbox: Sandbox,
    client: Client,
    partner: PartnerId,
    customer: ClientId,
    channel: ChannelId,
}

impl SignUp {
    async fn start() -> Self {
        Self::with(|client| client.rate_limiting(false)).await
    }

    async fn running() -> Self {
        let sign_up = Self::start().await;
        sign_up.set_status("running");
        sign_up
    }

    async fn with(settings: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        let sandbox = Sandbox::builder().limits(false).behavior(Behavior::ChannelReview).start().await;
        let sandbox = sandbox.expect("a free port");
        let credentials = sandbox.credentials();
        let client = Client::builder().api_key(credentials.api_key.as_str()).base_url(sandbox.url());
        let client = settings(client).build().expect("it builds");
        let partner = PartnerId::new(credentials.partner_id.as_str()).expect("an id");
        let customer = create_client(&client, &partner, "it@acme.example").await;
        let channel = onboard(&client, &partner, &customer, "770001").await;
        Self { sandbox, client, partner, customer, channel }
    }

    fn set_status(&self, status: &str) {
        self.sandbox.set_channel_status(self.channel.as_str(), status).expect("the channel has it");
    }

    async fn connect(&self, kept: Option<MessagingCredentials>) -> Result<ChannelConnection, ConnectChannelError> {
        self.connect_of(&self.customer, &self.channel, kept).await
    }

    async fn connect_of(
        &self,
        customer: &ClientId,
        channel: &ChannelId,
        kept: Option<MessagingCredentials>,
    ) -> Result<ChannelConnection, ConnectChannelError> {
        let connecting = self.client.connect_channel(&self.partner, customer, channel, kept);
        connecting.messaging_webhook(WEBHOOK).send().await
    }

    /// Returns the key and the address of each webhook that was set with the messaging API.
    fn webhooks_set(&self) -> Vec<(String, Value)> {
        let requests = self.sandbox.requests().into_iter();
        let set = requests
            .filter(|request| request.operation.as_deref() == Some("set_messaging_webhook") && request.fault.is_none());
        set.map(|request| {
            assert_eq!(request.status, Some(200));
            let key = request.headers[MessagingCredentials::HEADER].to_str().expect("text").to_owned();
            (key, serde_json::from_slice::<Value>(&request.body).expect("json")["url"].clone())
        })
        .collect()
    }

    /// Returns the number of requests for a key that arrived.
    fn keys_asked_for(&self) -> usize {
        self.sandbox
            .requests()
            .iter()
            .filter(|request| request.operation.as_deref() == Some("create_channel_api_key"))
            .count()
    }

    /// Returns the key that the channel has now.
    async fn current_key(&self) -> Option<String> {
        let keys = self.client.list_channel_api_keys().partner_id(&self.partner).channel_id(&self.channel).send().await;
        let keys = serde_json::to_value(keys.expect("a list").into_inner()).expect("json");
        keys["api_keys"][0]["api_key"].as_str().map(ToOwned::to_owned)
    }
}

async fn create_client(client: &Client, partner: &PartnerId, email: &str) -> ClientId {
    let body = types::CreateClient::builder().name("Acme").email(email).build();
    client.create_client().partner_id(partner).body(&body).send().await.expect("it is created");
    let found = client.find_client_by_email(partner, email).await.expect("a list");
    found.last().and_then(|client| client.id.clone()).expect("it is listed")
}

async fn onboard(client: &Client, partner: &PartnerId, customer: &ClientId, number: &str) -> ChannelId {
    let body = types::OnboardNumber::builder()
        .solution_id("1")
        .waba_external_id("2")
        .client_id(customer.as_str())
        .channel_external_id(number)
        .build();
    client.onboard_number().partner_id(partner).body(&body).send().await.expect("it is taken");
    let filter = ChannelFilter::new().external_id(number);
    let page = client.list_channels().partner_id(partner).filters(&filter).send().await.expect("a list");
    let channel = page.into_inner().partner_channels.and_then(|channels| channels.into_iter().next());
    channel.and_then(|channel| channel.id).expect("it is listed")
}

fn connected(outcome: Result<ChannelConnection, ConnectChannelError>) -> MessagingCredentials {
    match outcome {
        Ok(ChannelConnection::Connected(credentials)) => credentials,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_channel_that_is_not_running_waits_and_is_connected_once_it_runs() {
    let sign_up = SignUp::start().await;
    for status in ["created", "verified", "ready"] {
        sign_up.set_status(status);
        match sign_up.connect(None).await {
            Ok(waiting @ ChannelConnection::WaitingForChannel { .. }) => {
                assert!(waiting.credentials().is_none());
                let ChannelConnection::WaitingForChannel { status: told } = waiting else { unreachable!() };
                assert_eq!(told, Some(ChannelStatus::from(status)));
            }
            other => panic!("{status}: {other:?}"),
        }
    }
    assert_eq!((sign_up.keys_asked_for(), sign_up.webhooks_set().len()), (0, 0));

    sign_up.set_status("running");
    let credentials = connected(sign_up.connect(None).await);
    assert_eq!(sign_up.current_key().await.as_deref(), Some(credentials.key.expose()));
    assert_eq!(credentials.address.as_deref(), Some(sign_up.sandbox.url()), "the server's, to be stored");
    assert_eq!(sign_up.webhooks_set(), [(credentials.key.expose().to_owned(), json!(WEBHOOK))]);
}

#[tokio::test]
async fn with_kept_credentials_no_key_is_created_and_the_webhook_is_set_again() {
    let sign_up = SignUp::running().await;
    let first = connected(sign_up.connect(None).await);
    for calls in 2..5 {
        let again = connected(sign_up.connect(Some(first.clone())).await);
        assert_eq!(again.key.expose(), first.key.expose());
        assert_eq!((sign_up.keys_asked_for(), sign_up.webhooks_set().len()), (1, calls));
    }
    assert_eq!(sign_up.current_key().await.as_deref(), Some(first.key.expose()), "it is not revoked");

    // Without an address of a webhook nothing is set.
    let begin =
        |kept| sign_up.client.connect_channel(&sign_up.partner, &sign_up.customer, &sign_up.channel, Some(kept));
    connected(begin(first.clone()).send().await);
    assert_eq!(sign_up.webhooks_set().len(), 4);

    // An address of this connection goes before the one that is kept, and is not kept itself.
    let kept = MessagingCredentials::new(Some("http://127.0.0.1:9".to_owned()), first.key);
    let again = connected(begin(kept).messaging_webhook(WEBHOOK).messaging_url(sign_up.sandbox.url()).send().await);
    assert_eq!((again.address.as_deref(), sign_up.webhooks_set().len()), (Some("http://127.0.0.1:9"), 5));

    sign_up.set_status("error");
    let kept = MessagingCredentials::new(None, "kept");
    assert!(matches!(sign_up.connect(Some(kept)).await, Ok(ChannelConnection::WaitingForChannel { .. })));
}

#[tokio::test]
async fn a_refused_key_waits_for_the_permission() {
    let sign_up = SignUp::running().await;
    for status in [403, 404] {
        let body = json!({"meta": {"developer_message": "Forbidden", "http_code": status, "success": false}});
        sign_up.sandbox.inject(FaultRule::next(1, Fault::json(status, &body)).for_operation(&CREATE_CHANNEL_API_KEY));
        match sign_up.connect(None).await {
            Ok(ChannelConnection::WaitingForPermission { refusal }) => assert_eq!(refusal.status().as_u16(), status),
            other => panic!("{other:?}"),
        }
    }
    // The client gives it.
    connected(sign_up.connect(None).await);
    assert!(sign_up.sandbox.unused_faults().is_empty());
}

#[tokio::test]
async fn a_key_is_not_lost_with_its_webhook() {
    let sign_up = SignUp::running().await;
    let refused = Fault::json(500, &json!({}));
    sign_up.sandbox.inject(FaultRule::next(1, refused).for_operation("set_messaging_webhook"));
    let connection = sign_up.connect(None).await.expect("a key");
    assert_eq!(connection.credentials().map(|kept| kept.key.expose()), sign_up.current_key().await.as_deref());
    let ChannelConnection::WebhookNotSet { credentials, error } = connection else { panic!("{connection:?}") };
    assert!(error.to_string().contains("500") && !error.is_unauthorized(), "{error}");
    assert!(!format!("{error:?} {credentials:?}").contains(credentials.key.expose()));

    let again = connected(sign_up.connect(Some(credentials)).await);
    assert_eq!(sign_up.webhooks_set(), [(again.key.expose().to_owned(), json!(WEBHOOK))]);
    assert_eq!(sign_up.keys_asked_for(), 1);
}

#[tokio::test]
async fn a_kept_key_that_was_revoked_is_told_and_replaced() {
    let sign_up = SignUp::running().await;
    let first = connected(sign_up.connect(None).await);
    let another = sign_up.client.create_channel_api_key().partner_id(&sign_up.partner).channel_id(&sign_up.channel);
    another.send().await.expect("it revokes the first");
    for _ in 0..2 {
        let connection = sign_up.connect(Some(first.clone())).await.expect("a key");
        let ChannelConnection::WebhookNotSet { error, .. } = connection else { panic!("{connection:?}") };
        assert!(error.is_unauthorized(), "{error}");
        assert_eq!(sign_up.keys_asked_for(), 2, "another key is not created unasked");
    }
    let second = connected(sign_up.connect(None).await);
    assert_eq!(Some(second.key.expose()), sign_up.current_key().await.as_deref());
}

#[tokio::test]
async fn after_a_lost_answer_the_error_says_that_there_may_be_a_key() {
    let sign_up = SignUp::running().await;
    let lost = [
        Fault::Reset { stage: FaultStage::AfterHandler },
        Fault::CutBody,
        Fault::Garbage,
        Fault::json(500, &json!({})),
        Fault::json(429, &json!({})),
    ];
    for fault in lost {
        sign_up.sandbox.inject(FaultRule::next(1, fault.clone()).for_operation(&CREATE_CHANNEL_API_KEY));
        let asked = sign_up.keys_asked_for();
        let error = sign_up.connect(None).await.expect_err("the answer is lost");
        assert!(matches!(error, ConnectChannelError::KeyInDoubt(_)), "{fault:?}: {error:?}");
        assert!(error.to_string().ends_with("connect the channel again after a minute"), "{error}");
        assert_eq!(sign_up.keys_asked_for(), asked + 1, "{fault:?}: nothing is sent again by itself");
    }
    let unknown = sign_up.current_key().await.expect("a key that nobody has");
    let credentials = connected(sign_up.connect(None).await);
    assert_ne!(credentials.key.expose(), unknown, "the next key revokes the lost one");
    assert_eq!(sign_up.webhooks_set().len(), 1);

    // An answer without a key in a known form keeps its body.
    let body = json!({"api_keys": [], "new": "the-key"});
    sign_up.sandbox.inject(FaultRule::next(1, Fault::json(201, &body)).for_operation(&CREATE_CHANNEL_API_KEY));
    let error = sign_up.connect(None).await.expect_err("there is no key");
    let ConnectChannelError::MissingKey(missing) = &error else { panic!("{error:?}") };
    assert_eq!(missing.raw_body(), body.to_string().as_bytes());
    assert!(!format!("{error} {error:?}").contains("the-key"));
}

#[tokio::test]
async fn a_channel_of_another_client_is_refused_and_gets_no_key() {
    let sign_up = SignUp::running().await;
    let other = create_client(&sign_up.client, &sign_up.partner, "it@other.example").await;
    let unknown = ChannelId::new("nobodyCH").expect("an id");
    for kept in [None, Some(MessagingCredentials::new(None, "kept"))] {
        let foreign = sign_up.connect_of(&other, &sign_up.channel, kept.clone()).await.expect_err("it is another's");
        assert!(matches!(foreign, ConnectChannelError::ForeignChannel), "{foreign:?}");
        let missing = sign_up.connect_of(&sign_up.customer, &unknown, kept).await.expect_err("there is none");
        assert!(matches!(missing, ConnectChannelError::UnknownChannel), "{missing:?}");
        for id in [&sign_up.channel, &unknown] {
            assert!(!format!("{foreign} {foreign:?} {missing} {missing:?}").contains(id.as_str()));
        }
    }
    // Two numbers, of which only the first is asked for; and a server that ignores the filter.
    let second = onboard(&sign_up.client, &sign_up.partner, &other, "770002").await;
    let first = json!({"id": sign_up.channel.as_str(), "status": "running"});
    for (owner, expected) in [
        (json!({"client_id": other.as_str(), "client": {"id": sign_up.customer.as_str()}}), false),
        (json!({"client_id": sign_up.customer.as_str(), "client": {"id": other.as_str()}}), false),
        (json!({}), false),
        (json!({"client": {"id": sign_up.customer.as_str()}}), true),
    ] {
        let mut channel = first.clone();
        channel.as_object_mut().expect("an object").extend(owner.as_object().expect("an object").clone());
        let another = json!({"id": second.as_str(), "client_id": other.as_str(), "status": "running"});
        let page = json!({"partner_channels": [another, channel], "total": 2, "count": 2});
        sign_up.sandbox.inject(FaultRule::next(1, Fault::json(200, &page)).for_operation(&LIST_CHANNELS));
        let asked = sign_up.keys_asked_for();
        let outcome = sign_up.connect(None).await;
        assert_eq!(outcome.is_ok(), expected, "{owner}: {outcome:?}");
        assert_eq!(sign_up.keys_asked_for() - asked, usize::from(expected), "{owner}");
    }
}

#[tokio::test]
async fn a_failed_reading_is_an_error_without_a_key() {
    let sign_up = SignUp::running().await;
    sign_up.sandbox.inject(FaultRule::next(1, Fault::json(403, &json!({}))).for_operation(&LIST_CHANNELS));
    let error = sign_up.connect(None).await.expect_err("it is refused");
    assert!(matches!(&error, ConnectChannelError::Call(Error::Api(_))), "{error:?}");
    sign_up.sandbox.inject(FaultRule::next(1, Fault::json(401, &json!({}))).for_operation(&CREATE_CHANNEL_API_KEY));
    let error = sign_up.connect(None).await.expect_err("the credential is wrong");
    assert!(matches!(&error, ConnectChannelError::Call(Error::Api(_))), "{error:?}");
    assert_eq!(sign_up.webhooks_set().len(), 0);
}

/// A second key within 30 seconds waits for its turn, longer than the client may wait here.
#[tokio::test]
async fn the_limit_of_one_key_in_half_a_minute_is_kept() {
    let sign_up = SignUp::with(|client| client.max_wait(Duration::from_secs(1))).await;
    sign_up.set_status("running");
    connected(sign_up.connect(None).await);
    let error = sign_up.connect(None).await.expect_err("it is too early");
    let ConnectChannelError::Call(error) = error else { panic!("{error:?}") };
    assert!(error.retry_after().is_some_and(|wait| wait > Duration::from_secs(20)), "{error:?}");
    assert_eq!(sign_up.keys_asked_for(), 1);
}

#[tokio::test]
async fn the_webhook_of_a_number_is_set_with_its_key_and_lost_with_the_next_one() {
    let sign_up = SignUp::running().await;
    let create_key = async || {
        let create = sign_up.client.create_channel_api_key().partner_id(&sign_up.partner).channel_id(&sign_up.channel);
        let created = create.send().await;
        MessagingCredentials::from_response(&created.expect("it succeeds")).expect("a key")
    };
    let call = async |key: Option<&str>, body: Option<Value>| {
        let url = format!("{}/v1/configs/webhook", sign_up.sandbox.url());
        let http = reqwest::Client::new();
        let set = |body: Value| http.post(&url).header("content-type", "application/json").body(body.to_string());
        let request = body.map_or_else(|| http.get(&url), set);
        let request = key.into_iter().fold(request, |request, key| request.header(MessagingCredentials::HEADER, key));
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        (status, serde_json::from_slice::<Value>(&response.bytes().await.expect("a body")).expect("json"))
    };
    let first = create_key().await;
    assert_eq!(first.address.as_deref(), Some(sign_up.sandbox.url()));
    let unset = json!({"url": null, "headers": {}});
    assert_eq!(call(Some(first.key.expose()), None).await, (200, unset.clone()));
    first.set_webhook("https://crm.example/messages").await.expect("it is set");
    let set = json!({"url": "https://crm.example/messages", "headers": {}});
    assert_eq!(call(Some(first.key.expose()), None).await, (200, set));
    let with_headers = json!({"url": "https://crm.example/2", "headers": {"x-tenant": "7"}});
    assert_eq!(call(Some(first.key.expose()), Some(with_headers.clone())).await, (200, with_headers.clone()));
    for refused in [json!({}), json!({"url": " "}), json!({"url": 1}), json!({"url": "crm.example"})] {
        assert_eq!(call(Some(first.key.expose()), Some(refused)).await.0, 400);
    }
    assert_eq!(call(Some(first.key.expose()), None).await, (200, with_headers.clone()));

    let second = create_key().await;
    assert_eq!(call(Some(second.key.expose()), None).await, (200, unset));
    let partners = sign_up.sandbox.credentials().api_key.as_str();
    for key in [Some(first.key.expose()), Some("unknown"), Some(partners), None] {
        let (status, body) = call(key, Some(with_headers.clone())).await;
        assert_eq!((status, &body["meta"]["success"]), (401, &json!(false)));
    }
    let unrelated = sign_up.sandbox.url().to_owned() + "/v1/configs/other";
    assert_eq!(reqwest::get(unrelated).await.expect("an answer").status(), 404);
    // The Partner API does not take the key of a number.
    let hub = format!("{}/api/v2/partners/{}", sign_up.sandbox.url(), sign_up.partner);
    let hub = reqwest::Client::new().get(hub).header(MessagingCredentials::HEADER, second.key.expose());
    assert_eq!(hub.send().await.expect("an answer").status(), 401);
}
