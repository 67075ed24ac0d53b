//! Errors of a call: the caller gets the details, and a log gets none of the data.
#![allow(missing_docs)]

use std::time::Duration;

use api_runtime::{DecodeErrorKind, RetryPolicy, TransportErrorKind};
use conformance::APIS;
use conformance::case::{ApiCases, BodyCase, ClientSettings, Failure, at, bundle, on_the_wire, printed};
use conformance::fault::{Fault as Broken, FaultServer, RefusingPort};
use conformance::recorder::{Recorder, Reply};
use conformance::virtual_time::VirtualTime;
use serde_json::{Value, json};

const API_KEY: &str = "the-api-key";
/// Text in every response of these tests.
const IN_ANSWER: &str = "answer-marker";
/// Text in every request of these tests, besides the key.
const IN_REQUEST: &str = "request-marker";

fn dialog360_at(url: &str) -> dialog360_api::Client {
    dialog360_api::Client::builder()
        .api_key(API_KEY)
        .base_url(url)
        .max_response_bytes(4096)
        .attempt_timeout(Duration::from_secs(20))
        .retry(RetryPolicy::never())
        .rate_limiting(false)
        .build()
        .expect("it builds")
}

fn zapsign_at(url: &str) -> zapsign_api::Client {
    zapsign_api::Client::builder()
        .api_token(API_KEY)
        .base_url(url)
        .retry(RetryPolicy::never())
        .rate_limiting(false)
        .build()
        .expect("it builds")
}

fn assert_silent(text: &str) {
    for marker in [API_KEY, IN_ANSWER, IN_REQUEST] {
        assert!(!text.contains(marker), "`{marker}` is shown: {text}");
    }
}

async fn create_client(client: &dialog360_api::Client) -> Result<(), dialog360_api::Error> {
    let partner = dialog360_api::types::PartnerId::new(IN_REQUEST).expect("a good id");
    let body = dialog360_api::types::CreateClient::builder()
        .name(IN_REQUEST)
        .email(format!("{IN_REQUEST}@acme.example"))
        .build();
    assert_silent(&format!("{client:?} {body:?}"));
    client.create_client().partner_id(&partner).body(&body).send().await.map(drop)
}

async fn refusal(reply: Reply) -> dialog360_api::Error {
    let recorder = Recorder::start(reply).await;
    create_client(&dialog360_at(recorder.url())).await.expect_err("it fails")
}

#[tokio::test]
async fn documented_errors_of_every_api() {
    let recorder = Recorder::start(Reply::new(200, "", "")).await;
    for cases in APIS {
        documented(&recorder, cases).await;
    }
}

/// Calls every operation with every documented error status and example, and with a status that is not documented.
async fn documented(recorder: &Recorder, cases: &ApiCases) {
    let retry = RetryPolicy::never();
    let client = (cases.client)(&ClientSettings { secret: API_KEY, retry, ..ClientSettings::at(recorder.url()) });
    let bundle = bundle(cases.bundle);
    let mut seen = 0;
    for call in cases.calls {
        let body = call.body.map_or(Value::Null, |pointer| at(&bundle, pointer).clone());
        let refusals = cases.bodies.iter().filter(|body| body.operation == call.operation && is_refusal(body));
        let mut answers: Vec<(u16, &str, Vec<u8>)> = vec![(418, "text/plain", IN_ANSWER.into())];
        for case in refusals {
            let status = case.status.expect("a refusal has a status");
            answers.push((status, "", Vec::new()));
            for example in case.examples {
                answers.push((status, case.media, on_the_wire(case.media, at(&bundle, example.pointer))));
            }
        }
        for (status, media, answer) in answers {
            let reply = Reply::new(status, media, answer.clone()).header("x-marker", IN_ANSWER);
            recorder.reply(reply);
            let failure: Failure = (call.send)(&client, &body).await.expect_err("the answer is a refusal");
            let name = format!("{} {status}: {}", call.operation, failure.printed);
            assert_eq!((failure.case, failure.status), ("api", Some(status)), "{name}");
            assert_eq!(failure.body.as_deref(), Some(answer.as_slice()), "{name}");
            let sent: Value = serde_json::from_slice(&answer).unwrap_or_default();
            let trace_id =
                bundle.pointer("/x-error/trace_id").and_then(|pointer| sent.pointer(pointer.as_str()?)?.as_str());
            assert_eq!(failure.trace_id.as_deref(), trace_id, "{name}");
            let silent = failure.trace_id.map_or(failure.printed.clone(), |id| failure.printed.replace(&id, ""));
            assert_silent(&silent);
            for text in texts(&sent).into_iter().filter(|text| text.len() > 12) {
                assert!(!silent.contains(&text), "`{text}` is shown: {name}");
            }
            seen += 1;
        }
    }
    assert!(seen > cases.calls.len(), "no refusal was tried");
}

fn is_refusal(body: &BodyCase) -> bool {
    body.status.is_some_and(|status| status >= 300)
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn a_success_that_does_not_decode_keeps_everything() {
    let sent = json!({"meta": {"developer_message": IN_ANSWER, "http_code": IN_ANSWER, "success": true,
        "360dialog_trace_id": "trace-1"}, "status_code": 200})
    .to_string();
    let error = refusal(Reply::new(201, "application/json", sent.clone()).header("x-marker", IN_ANSWER)).await;
    assert_eq!(error.status().map(|status| status.as_u16()), Some(201));
    assert_eq!(error.raw_body().map(|body| body.as_ref()), Some(sent.as_bytes()));
    assert_eq!(
        error.headers().and_then(|headers| headers.get("x-marker")).map(|value| value.as_bytes()),
        Some(IN_ANSWER.as_bytes())
    );
    assert_eq!(error.trace_id(), Some("trace-1"));
    assert!(error.may_have_reached_server() && !error.is_retryable());
    assert_silent(&printed(&error));
    let dialog360_api::Error::Decode(failure) = error else { panic!("{error:?}") };
    let DecodeErrorKind::SchemaMismatch { path, .. } = failure.kind() else { panic!("{failure:?}") };
    assert_eq!(path.as_str(), "meta.http_code");
}

#[tokio::test]
async fn html_nothing_and_too_much_are_decode_errors_that_keep_what_came() {
    let large = format!("\"{}\"", "x".repeat(5000));
    for (media, body, kept, expected) in [
        ("text/html", "<html>answer-marker</html>", 26, "create_client succeeded with 200, but the body is not JSON"),
        ("application/json", "", 0, "create_client succeeded with 200, but the body is not JSON"),
        ("application/json", "{\"meta\":", 8, "create_client succeeded with 200, but the body is not JSON"),
        ("application/json", large.as_str(), 4096, "create_client succeeded with 200, but the body is larger than"),
    ] {
        let error = refusal(Reply::new(200, media, body.to_owned())).await;
        assert!(matches!(error, dialog360_api::Error::Decode(_)), "{error:?}");
        assert_eq!(error.raw_body().map(|body| body.len()), Some(kept));
        assert!(error.to_string().starts_with(expected), "{error}");
        assert_silent(&printed(&error));
    }
    let error = refusal(Reply::new(500, "text/plain", large)).await;
    assert!(matches!(error, dialog360_api::Error::Api(_)), "{error:?}");
    assert_eq!(error.raw_body().map(|body| body.len()), Some(4096));
    assert_eq!(error.raw_response().map(api_runtime::RawResponse::is_complete), Some(false));
}

#[tokio::test]
async fn a_connection_that_was_never_made_reached_nobody() {
    let port = RefusingPort::bind();
    let error = create_client(&dialog360_at(port.url())).await.expect_err("it fails");
    assert!(!error.may_have_reached_server() && error.is_retryable() && error.status().is_none());
    assert_silent(&printed(&error));
    let dialog360_api::Error::Transport(failure) = error else { panic!("{error:?}") };
    assert_eq!(failure.kind(), TransportErrorKind::Connect);
}

#[tokio::test]
async fn a_connection_that_broke_may_have_had_its_effect() {
    let server = FaultServer::start(Broken::Write(String::new())).await;
    let error = create_client(&dialog360_at(server.url())).await.expect_err("it fails");
    assert!(error.may_have_reached_server() && !error.is_retryable() && error.status().is_none());
    assert_silent(&printed(&error));
    let dialog360_api::Error::Transport(failure) = error else { panic!("{error:?}") };
    assert_eq!(failure.kind(), TransportErrorKind::NoResponse);
}

#[tokio::test]
async fn a_body_that_broke_off_keeps_what_came() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"meta\":\"answer-marker";
    let server = FaultServer::start(Broken::Write(cut.to_owned())).await;
    let error = create_client(&dialog360_at(server.url())).await.expect_err("it fails");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    assert_eq!(error.raw_body().map(|body| body.as_ref()), Some(&b"{\"meta\":\"answer-marker"[..]));
    assert!(error.may_have_reached_server() && !error.is_retryable());
    assert_silent(&printed(&error));
    let dialog360_api::Error::Transport(failure) = error else { panic!("{error:?}") };
    assert_eq!(failure.kind(), TransportErrorKind::IncompleteBody);
}

/// Returns a response with these chunks.
fn chunked(status: &str, chunks: &[&str]) -> String {
    let mut answer = format!("HTTP/1.1 {status}\r\ntransfer-encoding: chunked\r\n\r\n");
    for chunk in chunks {
        answer.push_str(&format!("{:x}\r\n{chunk}\r\n", chunk.len()));
    }
    answer
}

#[tokio::test]
async fn a_body_in_pieces_is_one_body_up_to_the_cap() {
    let piece = format!("\"{IN_ANSWER}{}\"", "x".repeat(2000));
    let two = format!("{piece}{piece}");
    for (status, pieces, kept, complete) in [
        ("200 OK", 2, two.len(), true),
        ("500 Oh", 2, two.len(), true),
        ("200 OK", 3, 4096, false),
        ("500 Oh", 9, 4096, false),
    ] {
        let body = chunked(status, &vec![piece.as_str(); pieces]) + "0\r\n\r\n";
        let server = FaultServer::start(Broken::Write(body)).await;
        let error = create_client(&dialog360_at(server.url())).await.expect_err("it is no answer of this vendor");
        let answer = error.raw_response().expect("it is kept");
        assert_eq!((answer.body().len(), answer.is_complete()), (kept, complete), "{status}, {pieces} pieces");
        assert!(answer.body().starts_with(&two.as_bytes()[..kept.min(two.len())]));
        assert_silent(&printed(&error));
    }
    let acknowledged = r#"{"meta":{"developer_message":"ok","http_code":200,"success":true}}"#;
    let (first, rest) = acknowledged.split_at(9);
    let (second, third) = rest.split_at(1);
    let server = FaultServer::start(Broken::Write(chunked("200 OK", &[first, second, third]) + "0\r\n\r\n")).await;
    create_client(&dialog360_at(server.url())).await.expect("it is whole");
}

#[tokio::test(start_paused = true)]
async fn time_that_runs_out_within_a_body_keeps_what_came() {
    let time = VirtualTime::hold();
    let server = FaultServer::start(Broken::WriteAndWait(chunked("200 OK", &["{\"meta\":", "{\"answer-marker"]))).await;
    let client = dialog360_at(server.url());
    let (outcome, took) = time.run(Duration::from_millis(500), create_client(&client)).await;
    let error = outcome.expect_err("the rest does not come");
    assert_eq!(error.raw_body().map(|body| body.as_ref()), Some(&b"{\"meta\":{\"answer-marker"[..]));
    assert!(error.raw_response().is_some_and(|answer| answer.status().is_success() && !answer.is_complete()));
    assert!(took <= Duration::from_secs(21), "one time for head and body: {took:?}");
    assert_silent(&printed(&error));
    let dialog360_api::Error::Transport(failure) = error else { panic!("{error:?}") };
    assert_eq!(failure.kind(), TransportErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn time_that_runs_out_is_said() {
    let time = VirtualTime::hold();
    let server = FaultServer::start(Broken::WriteAndWait(String::new())).await;
    let client = dialog360_at(server.url());
    let run_out = async {
        // However long the request takes to arrive, no time passes before that.
        while server.received() == 0 {
            tokio::task::yield_now().await;
        }
        tokio::time::advance(Duration::from_secs(3600)).await;
        time.settle().await;
    };
    let error = tokio::select! {
        outcome = create_client(&client) => outcome.expect_err("nobody answers"),
        () = run_out => panic!("the time does not run out"),
    };
    assert!(error.may_have_reached_server());
    assert_silent(&printed(&error));
    let dialog360_api::Error::Transport(failure) = error else { panic!("{error:?}") };
    assert_eq!(failure.kind(), TransportErrorKind::Timeout);
}

#[tokio::test]
async fn a_bad_path_id_never_reaches_the_server() {
    let recorder = Recorder::start(Reply::new(200, "", "")).await;
    let client = dialog360_at(recorder.url());
    let body = dialog360_api::types::CreateClient::builder().name("n").email("e@acme.example").build();
    for bad in ["..", ".", "", "a/b", "a?b", "a#b", "a\\b", "%2e%2e", "a\nb"] {
        assert!(dialog360_api::types::PartnerId::new(bad).is_err(), "{bad:?}");
        // A response may contain any id, and it is used in the next call.
        let answered: dialog360_api::types::PartnerId = serde_json::from_value(json!(bad)).expect("answers are kept");
        let error = client.create_client().partner_id(&answered).body(&body).send().await.expect_err("refused");
        let dialog360_api::Error::InvalidRequest(failure) = &error else { panic!("{error:?}") };
        assert_eq!(failure.field(), Some("partner_id"));
    }
    assert_eq!(recorder.take().len(), 0);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_key_stays() {
    let elsewhere = Recorder::start(Reply::new(200, "application/json", "{}")).await;
    for status in [301, 302, 303, 307, 308] {
        let error =
            refusal(Reply::new(status, "", "").header("location", format!("{}/{IN_ANSWER}", elsewhere.url()))).await;
        assert_eq!(error.status().map(|found| found.as_u16()), Some(status));
        assert!(matches!(error, dialog360_api::Error::Api(_)));
        assert_silent(&printed(&error));
    }
    assert_eq!(elsewhere.take().len(), 0);
}

#[tokio::test]
async fn a_success_prints_neither_body_nor_headers() {
    let answer = json!({"id": 7, "name": IN_ANSWER, "api_token": IN_ANSWER});
    let reply = Reply::new(200, "application/json", answer.to_string())
        .header("x-marker", IN_ANSWER)
        .header("ratelimit-limit", "10")
        .header("ratelimit-remaining", "9")
        .header("ratelimit-reset", "5");
    let recorder = Recorder::start(reply).await;
    let client = zapsign_at(recorder.url());
    let account = zapsign_api::types::CreatePartnerAccount::builder()
        .company_name(IN_REQUEST)
        .country(IN_REQUEST.into())
        .lang(zapsign_api::types::AccountLanguage::English)
        .logo_url(zapsign_api::Base64::from_bytes(IN_REQUEST.as_bytes()))
        .build();
    let created = client.create_partner_account().body(&account).send().await.expect("it succeeds");
    assert_silent(&format!("{account:?} {created:?} {:?} {:#?}", *created, created.api_token));
    assert_eq!(created.api_token.expose(), IN_ANSWER);
    let limit = created.rate_limit().expect("there are headers");
    assert_eq!((limit.limit, limit.remaining, limit.reset), (Some(10), Some(9), Some(Duration::from_secs(5))));
}

#[tokio::test]
async fn retry_after_is_read_in_both_forms() {
    let seconds = refusal(Reply::new(429, "", "").header("retry-after", "7")).await;
    assert_eq!(seconds.retry_after(), Some(Duration::from_secs(7)));
    let date = Reply::new(503, "", "")
        .header("date", "Sun, 06 Nov 1994 08:49:30 GMT")
        .header("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(refusal(date).await.retry_after(), Some(Duration::from_secs(7)));
}

/// A back end that can't know which credential is missing must not be called by guessing.
#[test]
fn a_client_without_a_credential_is_not_built() {
    let error = dialog360_api::Client::builder().build().expect_err("no key");
    assert_eq!(
        error.to_string(),
        "no credential: give the builder an `api_key`, a `bearer_token` or a `login`, or set D360_API_KEY"
    );
    let error = zapsign_api::Client::builder().api_token("a\nb").build().expect_err("a bad token");
    assert_silent(&printed(&error));
}
