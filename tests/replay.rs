//! Replies that are played back instead of sending requests: all but the socket is the real client.
#![allow(missing_docs)]

use std::time::Duration;

use dialog360_api::MessagingCredentials;
use dialog360_api::operations::CREATE_CHANNEL_API_KEY;
use serde_json::json;
use tokio::time::Instant;
use zapsign_api::operations::{CREATE_DOCUMENT, CREATE_USER, DELETE_DOCUMENT, GET_PLAN, LIST_DOCUMENTS};
use zapsign_api::testing::{ReplayTransport, Reply};
use zapsign_api::types::{CreateUser, CreateWebhook, DocumentToken, Plan};
use zapsign_api::{ApiError, Client, DecodeErrorKind, Error, Response, RetryPolicy, StatusCode, TransportErrorKind};

const TOKEN: &str = "the-token-of-the-test";

fn client(transport: &ReplayTransport) -> Client {
    Client::builder().api_token(TOKEN).transport(transport.clone()).build().expect("it builds")
}

fn plan() -> Reply {
    Reply::json(200, json!({"name": "Pro", "status": "active"}))
}

#[tokio::test(start_paused = true)]
async fn retries_and_their_waits_are_the_real_ones() {
    let busy = Reply::json(429, json!({"detail": "slow down"})).header("retry-after", "7");
    let transport = ReplayTransport::new([Reply::new(503, ""), busy, Reply::no_connection(), plan()]);
    let start = Instant::now();
    client(&transport).get_plan().send().await.expect("the fourth attempt succeeds");
    assert!(start.elapsed() >= Duration::from_secs(7), "{:?}", start.elapsed());
    assert_eq!((transport.requests().len(), transport.unused()), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_what_the_socket_would_have_made_of_it() {
    let webhook = CreateWebhook::builder().url("https://crm.example/zapsign").type_("".into()).build();
    let cases = [
        (Reply::timeout(), TransportErrorKind::Timeout, 1, true, ""),
        (Reply::no_response(), TransportErrorKind::NoResponse, 1, true, ""),
        (
            Reply::json(200, json!({"id": 5150})).broken_after(6),
            TransportErrorKind::IncompleteBody,
            1,
            true,
            "{\"id\":",
        ),
        (Reply::new(200, "").broken_after(0), TransportErrorKind::IncompleteBody, 1, true, ""),
        (Reply::no_connection(), TransportErrorKind::Connect, 4, false, ""),
    ];
    for (reply, kind, attempts, reached, received) in cases {
        let transport = ReplayTransport::new(vec![reply.clone(); 4]);
        let error = client(&transport).create_webhook().body(&webhook).send().await.expect_err("it fails");
        let made = reply.result::<Plan, ApiError>(&zapsign_api::operations::CREATE_WEBHOOK).expect_err("it fails");
        for error in [&error, &made] {
            let Error::Transport(failure) = error else { panic!("{error}") };
            assert_eq!((failure.kind(), error.may_have_reached_server()), (kind, reached), "{error}");
            let body = failure.raw_response().map(|response| response.body().to_vec()).unwrap_or_default();
            assert_eq!(body, received.as_bytes(), "{error}");
        }
        assert_eq!((error.attempts(), transport.unused()), (attempts, 4 - attempts as usize), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_effect_is_told_of_any_attempt() {
    let busy = || Reply::json(429, json!({"detail": "slow down"}));
    let transport = ReplayTransport::new([busy(), busy(), busy(), busy()])
        .on(&CREATE_USER, busy())
        .on(&DELETE_DOCUMENT, Reply::new(500, ""))
        .on(&DELETE_DOCUMENT, Reply::json(404, json!({"detail": "Not found."})));
    let client = client(&transport);

    // A vendor that sends, then answers 429: the spec says so of this operation.
    let user = CreateUser::builder().email("ana@x.example").build();
    let error = client.create_user().body(&user).send().await.expect_err("refused");
    assert!(error.may_have_taken_effect() && !error.is_retryable());
    let said = error.to_string();
    assert!(
        said.starts_with("create_user was answered with 429 Too Many Requests; it may have taken effect"),
        "{said}"
    );

    // It was deleted by the first attempt, so the second found nothing.
    let token = DocumentToken::new("doc").expect("a token");
    let error = client.delete_document().doc_token(&token).send().await.expect_err("refused");
    assert_eq!((error.attempts(), error.status()), (2, Some(StatusCode::NOT_FOUND)));
    assert!(error.may_have_taken_effect());

    // Elsewhere a 429 did nothing, however often.
    let webhook = CreateWebhook::builder().url("https://crm.example/zapsign").type_("".into()).build();
    let error = client.create_webhook().body(&webhook).send().await.expect_err("refused");
    assert_eq!((error.attempts(), error.may_have_taken_effect(), error.is_retryable()), (4, false, true));
}

#[tokio::test]
async fn a_reply_of_the_operation_comes_before_one_for_any() {
    let transport = ReplayTransport::new([Reply::json(404, json!({"detail": "for any"}))])
        .on(&GET_PLAN, plan())
        .on(&LIST_DOCUMENTS, Reply::json(200, json!({"count": 0, "next": null, "previous": null, "results": []})));
    let client = client(&transport);
    assert_eq!(client.list_documents().send().await.expect("it succeeds").results.len(), 0);
    assert_eq!(client.get_plan().send().await.expect("it succeeds").status(), 200);
    assert_eq!(client.get_plan().send().await.expect_err("the one for any").status().map(|s| s.as_u16()), Some(404));
    let operations: Vec<_> = transport.requests().iter().map(|request| request.operation).collect();
    assert_eq!((operations, transport.unused()), (vec!["list_documents", "get_plan", "get_plan"], 0));
}

#[tokio::test]
#[should_panic(expected = "no reply is left for get_plan, which is request 2; 1 replies are left for other operations")]
async fn a_request_without_a_reply_names_its_operation() {
    let transport = ReplayTransport::new([plan()]).on(&CREATE_DOCUMENT, Reply::new(200, ""));
    let client = client(&transport);
    client.get_plan().send().await.expect("it succeeds");
    drop(client.get_plan().send().await);
}

#[tokio::test]
async fn requests_are_recorded_without_the_credential() {
    let transport = ReplayTransport::new([Reply::json(200, json!({"id": 5150})), Reply::new(404, "")]);
    let client = client(&transport);
    let webhook = CreateWebhook::builder().url("https://crm.example/zapsign").type_("doc_signed".into()).build();
    client.create_webhook().body(&webhook).header("x-tenant", "7").send().await.expect("it succeeds");
    client.list_documents().folder_path("/a b&c").send().await.expect_err("404");
    let requests = transport.requests();
    let [created, listed] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!((created.operation, created.method.as_str()), ("create_webhook", "POST"));
    assert_eq!((created.path.as_str(), created.query.as_deref()), ("/api/v1/user/company/webhook/", None));
    assert_eq!(created.json(), json!({"url": "https://crm.example/zapsign", "type": "doc_signed"}));
    assert_eq!((&created.headers["x-tenant"], created.is_authenticated), (&"7".parse().expect("a value"), true));
    assert_eq!(listed.parameter("folder_path").as_deref(), Some("/a b&c"));
    assert_eq!((listed.body.is_empty(), listed.json()), (true, json!(null)));
    for request in &requests {
        assert!(!request.headers.values().any(|value| value.as_bytes().ends_with(TOKEN.as_bytes())));
    }
    let shown = format!("{transport:?}");
    assert!(shown.contains("create_webhook") && !shown.contains(TOKEN) && !shown.contains("crm.example"), "{shown}");
}

#[tokio::test]
async fn limits_and_decoding_are_the_real_ones() {
    let transport = ReplayTransport::new([Reply::json(200, json!({"name": "Pro", "status": "active"}))]);
    let builder = Client::builder().api_token(TOKEN).max_response_bytes(10).transport(transport);
    let error = builder.build().expect("it builds").get_plan().send().await.expect_err("it is larger");
    let Error::Decode(failure) = &error else { panic!("{error}") };
    assert_eq!((failure.kind(), failure.raw_response().body().len()), (&DecodeErrorKind::BodyTooLarge, 10));
}

#[tokio::test]
async fn a_result_is_that_of_the_call() {
    let replies = [
        plan(),
        Reply::json(404, json!({"detail": "No plan."})),
        Reply::new(502, "<html>"),
        Reply::new(200, "<html>"),
        Reply::json(200, json!([7])),
    ];
    for reply in replies {
        let transport = ReplayTransport::new(vec![reply.clone(); 4]);
        let call = client(&transport).get_plan().retry(zapsign_api::RetryPolicy::never()).send().await;
        let made: Result<Response<Plan>, Error> = reply.result(&GET_PLAN);
        match (call, made) {
            (Ok(call), Ok(made)) => assert_eq!((call.status(), call.raw_body()), (made.status(), made.raw_body())),
            (Err(call), Err(made)) => {
                assert_eq!((call.to_string(), call.raw_body()), (made.to_string(), made.raw_body()));
                assert_eq!(call.is_retryable(), made.is_retryable());
            }
            (call, made) => panic!("{call:?} {made:?}"),
        }
    }
    let none = zapsign_api::InvalidRequest::new(&GET_PLAN, "name");
    assert_eq!((none.operation(), none.field()), ("get_plan", Some("name")));
}

/// The README's example of a failure that is hard to make with a server.
#[test]
fn an_answer_of_another_vendor_is_made_the_same_way() {
    let answer = Reply::json(201, json!({"key": "the-key"}));
    let created = answer.result::<_, dialog360_api::ApiError>(&CREATE_CHANNEL_API_KEY).expect("it succeeds");
    assert_eq!(MessagingCredentials::from_response(&created).expect("a key").key.expose(), "the-key");
}

#[tokio::test(start_paused = true)]
async fn a_reply_comes_after_its_delay_or_too_late() {
    let transport = ReplayTransport::new([plan().after(Duration::from_secs(7)), plan().after(Duration::from_secs(8))]);
    let builder = Client::builder().api_token(TOKEN).transport(transport).attempt_timeout(Duration::from_millis(7_500));
    let client = builder.retry(RetryPolicy::never()).build().expect("it builds");
    let start = Instant::now();
    client.get_plan().send().await.expect("it comes in time");
    assert_eq!(start.elapsed(), Duration::from_secs(7));
    let error = client.get_plan().send().await.expect_err("it comes too late");
    let Error::Transport(failure) = error else { panic!("{error}") };
    assert_eq!(failure.kind(), TransportErrorKind::Timeout);
    assert_eq!(start.elapsed(), Duration::from_millis(14_500));
}

#[tokio::test(start_paused = true)]
async fn a_function_makes_the_replies_that_are_not_left() {
    let transport = ReplayTransport::new([Reply::new(503, "")])
        .respond_with(|request| Reply::json(200, json!({"name": request.operation, "status": "active"})));
    let plan = client(&transport).get_plan().send().await.expect("the second attempt succeeds");
    assert_eq!(plan.name, "get_plan");
    assert_eq!((transport.requests().len(), transport.unused()), (1, 0), "the first attempt alone is recorded");
}
