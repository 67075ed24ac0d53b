//! Workflows of a 360dialog partner, through the client.
#![allow(missing_docs)]

use std::time::Duration;

use api_sandbox::{Behavior, DeliveryOutcome, Sandbox, SandboxBuilder};
use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use dialog360_api::types::{self, ChannelFilter, ChannelId, ClientId, PartnerId, Tier};
use dialog360_api::webhooks::{Event, Signature, VerificationError};
use dialog360_api::{Client, Error, Sort};
use serde_json::{Value, json};
use tokio::net::TcpListener;

struct Partner {
    sandbox: Sandbox,
    client: Client,
    id: PartnerId,
}

impl Partner {
    async fn start() -> Self {
        Self::of(Sandbox::builder().limits(false)).await
    }

    async fn of(builder: SandboxBuilder) -> Self {
        let sandbox = builder.start().await.expect("a free port");
        let credentials = sandbox.credentials();
        let client =
            Client::builder().api_key(credentials.api_key.as_str()).base_url(sandbox.url()).rate_limiting(false);
        let id = PartnerId::new(credentials.partner_id.as_str()).expect("an id");
        Self { client: client.build().expect("it builds"), id, sandbox }
    }

    async fn create_client(&self, email: &str) -> ClientId {
        let body = types::CreateClient::builder().name("Acme").email(email).build();
        self.client.create_client().partner_id(&self.id).body(&body).send().await.expect("it is created");
        let found = self.client.find_client_by_email(&self.id, email).await.expect("a list");
        found.last().and_then(|client| client.id.clone()).expect("it is listed")
    }

    async fn onboard(&self, client: &ClientId, number: &str) -> types::Channel {
        let body = types::OnboardNumber::builder()
            .solution_id("1")
            .waba_external_id("2")
            .client_id(client.as_str())
            .channel_external_id(number)
            .build();
        self.client.onboard_number().partner_id(&self.id).body(&body).send().await.expect("it is taken");
        let filter = ChannelFilter::new().external_id(number);
        let page = self.client.list_channels().partner_id(&self.id).filters(&filter).send().await.expect("a list");
        page.into_inner().partner_channels.and_then(|channels| channels.into_iter().next()).expect("it is listed")
    }
}

fn status<T>(outcome: Result<T, Error>) -> u16 {
    match outcome {
        Ok(_) => 200,
        Err(error) => error.status().expect("an answer").as_u16(),
    }
}

fn json_of(error: &Error) -> Value {
    serde_json::from_slice(error.raw_body().expect("a body")).expect("json")
}

#[tokio::test]
async fn a_number_gets_a_key_and_a_new_key_revokes_the_last() {
    let partner = Partner::start().await;
    let client = partner.create_client("it@acme.example").await;
    let channel = partner.onboard(&client, "770001").await;
    assert_eq!(channel.client_id.as_ref(), Some(&client));
    assert!(client.as_str().ends_with("CL"));
    let id = channel.id.expect("an id");
    let key = async || {
        let created = partner.client.create_channel_api_key().partner_id(&partner.id).channel_id(&id).send().await;
        serde_json::to_value(created.expect("a key").into_inner()).expect("json")["api_key"].clone()
    };
    let (first, second) = (key().await, key().await);
    assert!(first.is_string() && first != second);
    let keys = partner.client.list_channel_api_keys().partner_id(&partner.id).channel_id(&id).send().await;
    let keys = serde_json::to_value(keys.expect("a list").into_inner()).expect("json");
    assert_eq!(keys["api_keys"].as_array().map(Vec::len), Some(1));
    assert_eq!(keys["api_keys"][0]["api_key"], second);
    let nobody = ChannelId::new("nobodyCH").expect("an id");
    let refused = partner.client.create_channel_api_key().partner_id(&partner.id).channel_id(&nobody).send().await;
    assert_eq!(status(refused), 404);
}

#[tokio::test]
async fn a_key_is_made_for_a_number_that_is_running() {
    let partner = Partner::start().await;
    let client = partner.create_client("it@acme.example").await;
    let id = partner.onboard(&client, "770001").await.id.expect("an id");
    let key = async || {
        partner.client.create_channel_api_key().partner_id(&partner.id).channel_id(&id).send().await.map(|_| ())
    };
    let channel =
        async |id: &ChannelId| partner.client.get_channel().partner_id(&partner.id).channel_id(id).send().await;
    for state in ["created", "verified", "ready"] {
        partner.sandbox.set_channel_status(id.as_str(), state).expect("the channel has it");
        let error = key().await.expect_err("it is not running");
        let body = json_of(&error);
        assert_eq!(error.status().map(|status| status.as_u16()), Some(403), "{body}");
        assert_eq!((&body["meta"]["success"], &body["meta"]["http_code"]), (&json!(false), &json!(403)));
        let body: Value = serde_json::from_slice(channel(&id).await.expect("a channel").as_bytes()).expect("json");
        assert_eq!((&body["id"], &body["status"]), (&json!(id.as_str()), &json!(state)));
    }
    let by_hand = async |id: &str, body: &str| {
        let url = format!("{}/sandbox/channels/{id}/status", partner.sandbox.url());
        let answer = reqwest::Client::new().post(url).body(body.to_owned()).send().await.expect("an answer");
        let status = answer.status().as_u16();
        let answer: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("json");
        (status, answer["error"].as_str().map(ToOwned::to_owned))
    };
    for (id, status, code, said) in [
        ("nobodyCH", "running", 404, "the sandbox has no channel `nobodyCH`: take an `id` of `list_channels`"),
        (id.as_str(), "runing", 400, "there is no status `runing`; the most similar one is `running`"),
    ] {
        let error = partner.sandbox.set_channel_status(id, status).expect_err("it can't be set").to_string();
        assert_eq!(error, said);
        let body = format!(r#"{{"status":"{status}"}}"#);
        assert_eq!(by_hand(id, &body).await, (code, Some(error)));
    }
    for body in ["running", r#"{"status":"running","stauts":"ready"}"#] {
        let (code, said) = by_hand(id.as_str(), body).await;
        let said = said.expect("an error");
        assert!(code == 400 && said.ends_with(r#"write `{"status": "running"}`"#), "{said}");
    }
    assert_eq!(status(key().await), 403);
    assert_eq!(by_hand(id.as_str(), r#"{"status":"running"}"#).await, (200, None));
    key().await.expect("it is running");
    let nobody = ChannelId::new("nobodyCH").expect("an id");
    assert_eq!(status(channel(&nobody).await), 404);
}

#[tokio::test]
async fn a_number_can_be_in_review_before_it_runs() {
    let partner = Partner::of(Sandbox::builder().limits(false).behavior(Behavior::ChannelReview)).await;
    let hook = types::SetWebhookUrl::builder().webhook_url("https://hooks.acme.example/").build();
    partner.client.set_webhook_url().partner_id(&partner.id).body(&hook).send().await.expect("it is set");
    let client = partner.create_client("it@acme.example").await;
    let id = partner.onboard(&client, "770001").await.id.expect("an id");
    let key = || partner.client.create_channel_api_key().partner_id(&partner.id).channel_id(&id).send();
    assert_eq!(status(key().await), 403);
    for status in ["ready", "verified", "live"] {
        partner.sandbox.set_channel_status(id.as_str(), status).expect("the channel has it");
    }
    key().await.expect("what is live runs");
    partner.sandbox.set_channel_status(id.as_str(), "running").expect("the channel has it");
    let deliveries = partner.sandbox.deliveries();
    let told = deliveries.iter().map(|delivery| (delivery.event.as_str(), delivery.body()["data"]["status"].clone()));
    let expected = [
        ("client_created", None),
        ("channel_created", Some("created")),
        ("channel_ready", Some("ready")),
        ("channel_live", Some("running")),
        ("channel_running", Some("running")),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected.map(|(event, status)| (event, json!(status))));
}

#[tokio::test]
async fn a_slow_channel_runs_after_a_day() {
    let partner = Partner::of(Sandbox::builder().limits(false).behavior(Behavior::SlowChannels)).await;
    let body = types::SetWebhookUrl::builder().webhook_url("http://127.0.0.1:9/").build();
    partner.client.set_webhook_url().partner_id(&partner.id).body(&body).send().await.expect("it is set");
    let client = partner.create_client("it@acme.example").await;
    let (slow, by_hand) = (partner.onboard(&client, "770001").await, partner.onboard(&client, "770002").await);
    assert_eq!(slow.status.map(|status| status.to_string()).as_deref(), Some("created"));
    // A channel that somebody has set is left alone.
    let by_hand = by_hand.id.expect("an id");
    partner.sandbox.set_channel_status(by_hand.as_str(), "verified").expect("the channel has it");
    let start = partner.sandbox.now();
    partner.sandbox.advance(Duration::from_secs(25 * 3600));
    let id = slow.id.expect("an id");
    let told = partner.sandbox.deliveries().into_iter().filter(|delivery| delivery.body()["data"]["id"] == id.as_str());
    let told: Vec<_> = told
        .map(|delivery| {
            let hours = delivery.time.duration_since(start).unwrap_or_default().as_secs_f64() / 3600.0;
            (delivery.event.clone(), delivery.body()["data"]["status"].clone(), hours.round())
        })
        .collect();
    let expected =
        [("channel_created", "created", 0.0), ("channel_ready", "ready", 1.0), ("channel_running", "running", 24.0)];
    assert_eq!(told, expected.map(|(event, status, hours)| (event.to_owned(), json!(status), hours)));
    let channel = partner.client.get_channel().partner_id(&partner.id).channel_id(&by_hand).send().await;
    let body: Value = serde_json::from_slice(channel.expect("a channel").as_bytes()).expect("json");
    assert_eq!(body["status"], "verified");
    let key = partner.client.create_channel_api_key().partner_id(&partner.id).channel_id(&id).send().await;
    key.expect("it is running");
}

#[tokio::test]
async fn an_address_that_can_not_be_called_is_refused() {
    let partner = Partner::start().await;
    let url = "/api/v2/partners/sandboxPA/webhook_url";
    for address in ["https://hooks.acme.example/my hook", "hooks.acme.example", "", "ftp://hooks.acme.example/"] {
        let call = partner.client.request(reqwest::Method::POST, url).json(&json!({"webhook_url": address}));
        let body = json_of(&call.send().await.expect_err("refused"));
        assert!(body["meta"]["details"]["webhook_url"].is_array(), "{address}: {body}");
    }
}

#[tokio::test]
async fn nobody_asks_to_move_to_the_partner() {
    let partner = Partner::start().await;
    let filter = types::PartnerChangeRequestFilter::new().status("pending");
    let sort = Sort::descending("created_at");
    let list = || partner.client.list_partner_change_requests().partner_id(&partner.id).limit(7);
    let page = list().filters(&filter).sort(&sort).send().await.expect("a page").into_inner();
    assert_eq!((page.total, page.count, page.limit, page.offset), (Some(0), Some(0), Some(7), Some(0)));
    assert_eq!(page.sort.as_deref(), Some(&["-created_at".to_owned()][..]));
    assert_eq!(page.filters.map(Value::Object), Some(json!({"status": "pending"})));
    assert!(page.extra.is_empty());
    let path = "/api/v2/partners/sandboxPA/selective_partner_change_requests";
    let request = partner.client.request(reqwest::Method::GET, path).query("filters", r#"{"colour":1}"#);
    assert_eq!(status(request.send().await), 400);
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_cut_into_pages() {
    let partner = Partner::start().await;
    for email in ["c@acme.example", "a@acme.example", "b@acme.example", "a@acme.example"] {
        partner.create_client(email).await;
    }
    let emails = |page: types::ClientPage| -> Vec<String> {
        let clients = page.clients.expect("a page").into_iter();
        clients.map(|client| client.contact_user.expect("a user").email.expect("an address")).collect()
    };
    let list = || partner.client.list_clients().partner_id(&partner.id);
    let sort = Sort::descending("contact_user.email");
    let page = list().sort(&sort).limit(2).offset(1).send().await.expect("a page").into_inner();
    assert_eq!((page.total, page.count, page.limit, page.offset), (Some(4), Some(2), Some(2), Some(1)));
    assert_eq!(emails(page), ["b@acme.example", "a@acme.example"]);
    let filter = types::ClientFilter::new().contact_info_email("a@acme.example");
    let twice = list().filters(&filter).send().await.expect("a page").into_inner();
    assert_eq!(emails(twice).len(), 2, "a client that is created twice is there twice");
    assert_eq!(status(list().limit(-1).send().await), 400);
}

#[tokio::test]
async fn what_the_bundle_does_not_let_through_is_refused_in_the_vendors_words() {
    let partner = Partner::start().await;
    let number = || types::OnboardNumber::builder().solution_id("1").waba_external_id("2");
    let ownerless = number().build();
    let refused = partner.client.onboard_number().partner_id(&partner.id).body(&ownerless).send().await;
    assert_eq!(status(refused), 400);

    let gold = number().client_id("x").tier(Tier::from("gold")).build();
    let error = partner.client.onboard_number().partner_id(&partner.id).body(&gold).send().await.expect_err("no tier");
    let body = json_of(&error);
    assert_eq!((error.status().map(|status| status.as_u16()), &body["meta"]["success"]), (Some(400), &json!(false)));
    assert!(body["meta"]["details"]["tier"].is_array(), "{body}");
    assert!(error.trace_id().is_some());

    let path = "/api/v2/partners/sandboxPA/account_sharing/clients";
    for (sent, field) in [
        (json!({"name": "Acme"}), "email"),
        (json!({"name": "Acme", "email": "nobody"}), "email"),
        (json!({"name": "Acme", "email": "a@b.example", "colour": "blue"}), "_schema"),
        (json!({"name": 7, "email": "a@b.example"}), "name"),
        (json!({"name": " ", "email": "a@b.example"}), "name"),
    ] {
        let error = partner.client.request(reqwest::Method::POST, path).json(&sent).send().await.expect_err("refused");
        let body = json_of(&error);
        assert!(body["meta"]["details"][field].is_array(), "{sent}: {body}");
    }
    assert_eq!(partner.sandbox.requests().len(), 7);

    let other = PartnerId::new("otherPA").expect("an id");
    assert_eq!(status(partner.client.get_partner().partner_id(&other).send().await), 404);
    let stranger = Client::builder().api_key("nobody's").base_url(partner.sandbox.url()).build().expect("it builds");
    assert_eq!(status(stranger.get_partner().partner_id(&partner.id).send().await), 401);
    let error = partner.client.request(reqwest::Method::PUT, path).send().await.expect_err("no such method");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(405));
    assert_eq!(
        error.headers().and_then(|headers| headers.get("allow")).map(|value| value.as_bytes()),
        Some(&b"POST"[..])
    );
}

#[tokio::test]
async fn a_users_login_opens_the_partner() {
    let partner = Partner::start().await;
    let credentials = partner.sandbox.credentials();
    let with = |password: &str| {
        let builder = Client::builder().login(credentials.partner_user.as_str(), password);
        builder.base_url(partner.sandbox.url()).build().expect("it builds")
    };
    let client = with(&credentials.partner_password);
    assert_eq!(status(client.get_partner().partner_id(&partner.id).send().await), 200);
    partner.sandbox.advance(Duration::from_secs(24 * 3600));
    assert_eq!(status(client.get_partner().partner_id(&partner.id).send().await), 200, "it logs in again");
    let logins =
        partner.sandbox.requests().into_iter().filter(|request| request.operation.as_deref() == Some("create_token"));
    assert_eq!(logins.count(), 2);
    let client = with("wrong");
    assert_eq!(status(client.get_partner().partner_id(&partner.id).send().await), 400);
}

#[tokio::test]
async fn templates_and_flows_belong_to_the_account_of_a_number() {
    let partner = Partner::start().await;
    let client = partner.create_client("it@acme.example").await;
    let account =
        partner.onboard(&client, "770001").await.waba_account.and_then(|account| account.id).expect("an account");
    let template = types::CreateTemplate::builder()
        .name("order_ready")
        .category(types::TemplateCategory::from("UTILITY"))
        .language("en_US")
        .build();
    let create = || partner.client.create_template().partner_id(&partner.id).waba_account_id(&account).body(&template);
    let created = create().send().await.expect("it is created").into_inner();
    assert_eq!(status(create().send().await), 400, "there is one of this name and language");
    let list = || partner.client.list_templates().partner_id(&partner.id).waba_account_id(&account);
    assert_eq!(list().send().await.expect("a list").total, Some(1));
    let id = types::TemplateId::new(created.id.expect("an id").to_string()).expect("an id");
    let delete =
        || partner.client.delete_template().partner_id(&partner.id).waba_account_id(&account).template_id(&id).send();
    assert_eq!((status(delete().await), status(delete().await)), (200, 404));

    let flow = types::CreateFlow::builder().name("Book a table").build();
    let call = partner.client.create_flow().partner_id(&partner.id).waba_account_id(&account).body(&flow);
    let flow = call.send().await.expect("it is created").into_inner().id.expect("an id");
    let publish =
        || partner.client.publish_flow().partner_id(&partner.id).waba_account_id(&account).flow_id(&flow).send();
    assert_eq!((status(publish().await), status(publish().await)), (200, 400));
    let delete = partner.client.delete_flow().partner_id(&partner.id).waba_account_id(&account).flow_id(&flow).send();
    assert_eq!(status(delete.await), 400, "it is published");
}

#[tokio::test]
async fn events_reach_the_webhook_that_is_registered() {
    let partner = Partner::start().await;
    let (events, mut came) = tokio::sync::mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook?secret=s", listener.local_addr().expect("an address"));
    let take = move |body: String| async move { events.send(body).expect("somebody waits") };
    let receiver = Router::new().route("/hook", post(take));
    tokio::spawn(async move { axum::serve(listener, receiver).await });
    let register = async |url: &str| {
        let body = types::SetWebhookUrl::builder().webhook_url(url).build();
        partner.client.set_webhook_url().partner_id(&partner.id).body(&body).send().await.expect("it is set");
    };
    register(&url).await;

    let client = partner.create_client("it@acme.example").await;
    let id = partner.onboard(&client, "770001").await.id.expect("an id");
    let cancel = types::RequestChannelCancellation::builder().enabled(true).build();
    let call = partner.client.request_channel_cancellation().partner_id(&partner.id).client_id(&client).channel_id(&id);
    assert!(call.body(&cancel).send().await.expect("it is cancelled").cancelled_at.is_some());

    let mut names = Vec::new();
    for _ in 0..4 {
        let body = came.recv().await.expect("a delivery");
        let [event] = &dialog360_api::webhooks::parse_delivery(body.as_bytes()).expect("an event")[..] else {
            panic!("one")
        };
        names.push(match event {
            Event::ClientCreated(_) => "client created",
            Event::ChannelCreated(_) => "channel created",
            Event::ChannelRunning(_) => "channel running",
            Event::CancellationRequest(_) => "cancellation",
            _ => "another",
        });
    }
    assert_eq!(names, ["client created", "channel created", "channel running", "cancellation"]);

    register("https://hooks.acme.example/").await;
    partner.create_client("other@acme.example").await;
    partner.sandbox.delivered().await;
    let last = partner.sandbox.delivery(5).expect("it is kept");
    assert_eq!(last.outcome(), Some(DeliveryOutcome::NotOnThisMachine));
    assert!(last.retry_at.is_none() && partner.sandbox.delivery(6).is_none());
}

#[tokio::test]
async fn deliveries_are_signed_if_there_is_a_platform_secret() {
    for signed in [true, false] {
        let partner = Partner::of(Sandbox::builder().limits(false).sign_deliveries(signed)).await;
        let secret = partner.sandbox.credentials().platform_secret.clone();
        assert_eq!(secret.is_some(), signed);
        let signature = Signature::new([secret.as_deref().unwrap_or("of another account")]).expect("a secret");
        let (checks, mut came) = tokio::sync::mpsc::unbounded_channel();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let take = move |headers: HeaderMap, body: Bytes| async move {
            let name = Event::from_slice(&body).expect("an event").name().map(ToOwned::to_owned);
            checks.send((name, signature.verify_request(&headers, &body))).expect("somebody waits");
        };
        let receiver = Router::new().route("/", post(take));
        tokio::spawn(async move { axum::serve(listener, receiver).await });
        let body = types::SetWebhookUrl::builder().webhook_url(url).build();
        partner.client.set_webhook_url().partner_id(&partner.id).body(&body).send().await.expect("it is set");
        let client = partner.create_client("it@acme.example").await;
        partner.onboard(&client, "770001").await;
        for event in ["client_created", "channel_created", "channel_running"] {
            let expected = if signed { Ok(()) } else { Err(VerificationError::Missing) };
            assert_eq!(came.recv().await, Some((Some(event.to_owned()), expected)), "{signed}");
        }
    }
}
