//! Each kind of fault: the error that a client gets, and the effect of the call.
#![allow(missing_docs)]

#[path = "support/clock.rs"]
mod clock;

use std::io::ErrorKind;

use api_sandbox::{Fault, FaultRule, FaultStage, RetryAfterHint, Sandbox, SandboxBuilder};
use clock::hold_clock;
use dialog360_api::types::{CreateClient, PartnerId, UpdateClient};
use dialog360_api::{Client, Error, RetryPolicy, operations};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

struct Caller {
    sandbox: Sandbox,
    client: Client,
    partner: PartnerId,
}

impl Caller {
    async fn start(sandbox: SandboxBuilder) -> Self {
        let sandbox = sandbox.start().await.expect("a free port");
        let client = Client::builder()
            .api_key(sandbox.credentials().api_key.as_str())
            .base_url(sandbox.url())
            .retry(RetryPolicy::never())
            .rate_limiting(false)
            .build()
            .expect("it builds");
        let partner = PartnerId::new(sandbox.credentials().partner_id.as_str()).expect("an id");
        Self { sandbox, client, partner }
    }

    async fn create(&self) -> Result<(), Error> {
        let body = CreateClient::builder().name("Acme").email("it@acme.example").build();
        self.client.create_client().partner_id(&self.partner).body(&body).send().await.map(drop)
    }

    async fn clients(&self) -> i64 {
        let page = self.client.list_clients().partner_id(&self.partner).send().await;
        page.expect("a list").total.expect("a number")
    }
}

/// Returns the variant of the error, and the status if there is one.
fn case(outcome: &Result<(), Error>) -> (&'static str, Option<u16>) {
    match outcome {
        Ok(()) => ("ok", Some(200)),
        Err(error) => {
            let case = match error {
                Error::InvalidRequest(_) => "invalid request",
                Error::Transport(_) => "transport",
                Error::Api(_) => "api",
                Error::Decode(_) => "decode",
            };
            (case, error.status().map(|status| status.as_u16()))
        }
    }
}

#[tokio::test]
async fn each_fault_does_what_it_says_and_has_the_effect_that_it_says() {
    let status = |stage| Fault::Status { status: 503, body: "busy".into(), media_type: "text/plain".into(), stage };
    let too_many = |hint, stage| Fault::TooManyRequests { hint, seconds: 7, stage };
    let (before, after) = (FaultStage::BeforeHandler, FaultStage::AfterHandler);
    let table = [
        (status(before), ("api", Some(503)), 0),
        (status(after), ("api", Some(503)), 1),
        (Fault::Delay { milliseconds: 1 }, ("ok", Some(200)), 1),
        (Fault::Reset { stage: before }, ("transport", None), 0),
        (Fault::Reset { stage: after }, ("transport", None), 1),
        (Fault::CutBody, ("transport", Some(200)), 1),
        (Fault::Garbage, ("decode", Some(200)), 1),
        (Fault::Html { stage: before }, ("decode", Some(200)), 0),
        (Fault::Html { stage: after }, ("decode", Some(200)), 1),
        (Fault::Redirect { location: "http://localhost:9/".into() }, ("api", Some(302)), 0),
        (Fault::SlowDrip { milliseconds: 1, pieces: 4 }, ("ok", Some(200)), 1),
        (too_many(RetryAfterHint::RetryAfterSeconds, before), ("api", Some(429)), 0),
        (too_many(RetryAfterHint::RetryAfterDate, after), ("api", Some(429)), 1),
        (too_many(RetryAfterHint::RateLimitReset, before), ("api", Some(429)), 0),
        (too_many(RetryAfterHint::None, after), ("api", Some(429)), 1),
    ];
    for (fault, expected, effects) in table {
        let caller = Caller::start(Sandbox::builder().limits(false)).await;
        caller.sandbox.inject(FaultRule::next(1, fault.clone()).for_operation(&operations::CREATE_CLIENT));
        let outcome = caller.create().await;
        assert_eq!(case(&outcome), expected, "{fault:?}");
        assert_eq!(caller.clients().await, effects, "{fault:?}");
        let first = &caller.sandbox.requests()[0];
        assert_eq!((first.fault.as_ref(), first.served), (Some(&fault), effects == 1));
        match (&fault, outcome) {
            (Fault::TooManyRequests { hint, .. }, Err(error)) => {
                let reset = || error.rate_limit()?.reset;
                let seconds = error.retry_after().or_else(reset).map(|time| time.as_secs());
                assert_eq!(seconds, (*hint != RetryAfterHint::None).then_some(7), "{hint:?}");
            }
            (Fault::CutBody, Err(error)) => {
                let body = error.raw_body().expect("half of it came");
                assert!(body.starts_with(b"{\"meta\"") && !body.ends_with(b"}"), "{body:?}");
            }
            _ => {}
        }
        assert!(caller.create().await.is_ok(), "it was for one call");
        assert_eq!(caller.sandbox.unused_faults(), []);
    }
}

#[tokio::test]
async fn a_connection_is_reset_and_not_just_ended() {
    let caller = Caller::start(Sandbox::builder().limits(false)).await;
    for stage in [FaultStage::BeforeHandler, FaultStage::AfterHandler] {
        caller.sandbox.inject(FaultRule::next(1, Fault::Reset { stage }));
        let mut stream =
            TcpStream::connect(caller.sandbox.url().trim_start_matches("http://")).await.expect("it listens");
        stream
            .write_all(b"GET /api/v2/partners/sandboxPA HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await
            .expect("it is sent");
        let error = stream.read(&mut [0; 64]).await.expect_err("nothing comes");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{stage:?}");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_while_the_server_waits_has_no_effect() {
    let caller = Caller::start(Sandbox::builder().limits(false)).await;
    caller.sandbox.inject(FaultRule::next(1, Fault::Delay { milliseconds: 3_600_000 }));
    {
        let mut call = std::pin::pin!(caller.create());
        while caller.sandbox.request_count() == 0 {
            tokio::select! {
                biased;
                _ = &mut call => panic!("it waits"),
                () = tokio::task::yield_now() => {}
            }
        }
    }
    assert_eq!(caller.clients().await, 0);
    assert!(!caller.sandbox.requests()[0].served);
}

#[tokio::test(start_paused = true)]
async fn limits_are_told_and_kept() {
    // The window of five seconds does not end within the test.
    let _hold = hold_clock();
    let caller = Caller::start(Sandbox::builder()).await;
    let body = CreateClient::builder().name("Acme").email("it@acme.example").build();
    let first = caller.client.create_client().partner_id(&caller.partner).body(&body).send().await.expect("the first");
    let limit = first.rate_limit().expect("the headers");
    assert_eq!((limit.limit, limit.remaining), (Some(1), Some(0)));
    let error = caller.create().await.expect_err("it comes too soon");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(429));
    let wait = error.retry_after().expect("a hint").as_secs();
    assert!((1..=5).contains(&wait), "{wait}");
    let body: Value = serde_json::from_slice(error.raw_body().expect("a body")).expect("json");
    assert_eq!(body["meta"]["http_code"], 429);
    assert_eq!(caller.clients().await, 1);
}

#[tokio::test]
async fn the_control_endpoints_do_what_the_methods_do() {
    let caller = Caller::start(Sandbox::builder().limits(false)).await;
    let http = reqwest::Client::new();
    let url = |path: &str| format!("{}/sandbox/{path}", caller.sandbox.url());
    let add = async |rule: Value| {
        let answer = http.post(url("faults")).body(rule.to_string()).send().await.expect("it answers");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    };
    let (status, why) = add(json!({"faults": [{"kind": "earthquake"}], "next": 1})).await;
    assert!(status == 400 && why.contains("earthquake") && why.contains("reset"), "{why}");
    assert_eq!(add(json!({"faults": [], "next": 1})).await.0, 400);
    let (status, why) = add(json!({"faults": [{"kind": "reset", "moment": "after"}], "next": 1})).await;
    assert!(status == 400 && why.contains("unknown field `moment`"), "{status} {why}");
    let (status, why) = add(json!({"faults": [{"kind": "reset"}], "operation": "create_clint", "next": 1})).await;
    assert!(status == 400 && why.contains("the most similar one is `create_client`"), "{why}");
    let (status, why) = add(json!({"faults": [{"kind": "reset"}], "operatoin": "create_client", "next": 1})).await;
    assert!(status == 400 && why.contains("unknown field `operatoin`") && why.contains("`operation`"), "{why}");
    let reset = json!({"kind": "reset", "stage": "after"});
    let rule = json!({"faults": [reset], "operation": "create_client", "path_contains": "sandboxPA", "next": 2});
    assert_eq!(add(rule.clone()).await.0, 200);
    assert!(caller.create().await.is_err());
    let rules = http.get(url("faults")).send().await.expect("it answers").text().await.expect("a body");
    let rules: Value = serde_json::from_str(&rules).expect("json");
    assert_eq!(
        (&rules[0]["path_contains"], &rules[0]["next"], &rules[0]["hits"]),
        (&json!("sandboxPA"), &json!(1), &json!(1))
    );
    assert!(http.delete(url("faults")).send().await.expect("it answers").status().is_success());
    assert!(caller.create().await.is_ok());
    let requests = http.get(url("requests?after=1")).send().await.expect("it answers").text().await.expect("a body");
    assert!(!requests.contains(&caller.sandbox.credentials().api_key), "{requests}");
    let requests: Value = serde_json::from_str(&requests).expect("json");
    assert_eq!((requests.as_array().map(Vec::len), &requests[0]["number"]), (Some(1), &json!(2)));
    assert_eq!(requests[0]["operation"], "create_client");
}

#[tokio::test]
#[should_panic = "there is no operation `create_clients`; the most similar one is `create_client`"]
async fn a_rule_that_no_call_can_meet_panics() {
    let caller = Caller::start(Sandbox::builder()).await;
    caller.sandbox.inject(FaultRule::next(1, Fault::CutBody).for_operation("create_clients"));
}

#[tokio::test]
#[should_panic = "there is no operation `list_client`; the most similar one is `list_clients`"]
async fn a_sandbox_does_not_start_with_a_rule_that_no_call_can_meet() {
    Caller::start(Sandbox::builder().fault(FaultRule::next(1, Fault::CutBody).for_operation("list_client"))).await;
}

#[tokio::test]
async fn a_rule_for_one_client_leaves_the_others_alone() {
    let caller = Caller::start(Sandbox::builder().limits(false)).await;
    for _ in 0..2 {
        caller.create().await.expect("it is created");
    }
    let page = caller.client.list_clients().partner_id(&caller.partner).send().await.expect("a list").into_inner();
    let ids: Vec<_> = page.clients.expect("a list").into_iter().map(|client| client.id.expect("an id")).collect();
    let rule = FaultRule::next(1, Fault::CutBody).path_contains(ids[1].as_str());
    caller.sandbox.inject(rule.clone());
    let update = async |index: usize| {
        let body = UpdateClient::builder().max_channels(3).build();
        let call = caller.client.update_client().partner_id(&caller.partner).client_id(&ids[index]).body(&body);
        call.send().await.is_ok()
    };
    assert!(update(0).await);
    assert_eq!(caller.sandbox.unused_faults(), [rule]);
    assert!(!update(1).await && update(1).await);
    assert_eq!(caller.sandbox.unused_faults(), []);
}

#[tokio::test]
async fn a_rule_for_one_account_leaves_the_others_alone() {
    let sandbox = Sandbox::builder().limits(false).start().await.expect("a free port");
    let client = |token: &str| {
        let builder = zapsign_api::Client::builder().api_token(token).base_url(sandbox.url());
        builder.retry(zapsign_api::RetryPolicy::never()).rate_limiting(false).build().expect("it builds")
    };
    let partner = client(&sandbox.credentials().api_token);
    let body = zapsign_api::types::CreatePartnerAccount::builder().company_name("Acme").country("br".into());
    let account = partner.create_partner_account().body(&body.lang("en".into()).build()).send().await.expect("opened");
    let tenant = client(account.api_token.expose());
    sandbox.inject(FaultRule::next(1, Fault::CutBody).for_operation("get_plan").for_account(account.id));
    assert!(partner.get_plan().send().await.is_ok());
    assert!(
        client("nobody's").get_plan().send().await.expect_err("refused").status().is_some_and(|status| status == 403)
    );
    assert_eq!(sandbox.unused_faults().len(), 1);
    assert!(tenant.get_plan().send().await.is_err() && tenant.get_plan().send().await.is_ok());
    assert_eq!(sandbox.unused_faults(), []);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_ids_and_faults() {
    let run = async |seed| {
        let rule = FaultRule::with_probability(0.5, Fault::every_kind());
        let caller = Caller::start(Sandbox::builder().limits(false).seed(seed).fault(rule)).await;
        for _ in 0..20 {
            let _ = caller.create().await;
        }
        // The URI of a request holds no host, so the faults do not depend on the port.
        let met: Vec<Option<Fault>> = caller.sandbox.requests().into_iter().map(|request| request.fault).collect();
        caller.sandbox.clear_faults();
        let page = caller.client.list_clients().partner_id(&caller.partner).send().await.expect("a list").into_inner();
        let ids: Vec<_> = page.clients.expect("a list").into_iter().map(|client| client.id.expect("an id")).collect();
        (met, ids)
    };
    let first = run(1).await;
    assert!(first.0.iter().any(Option::is_some) && first.0.iter().any(Option::is_none));
    assert_eq!(first, run(1).await);
    assert_ne!(first, run(2).await);
}
