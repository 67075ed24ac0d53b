//! Text of an error for an operator: the vendor's own words where they are asked for, and nowhere else.
#![allow(missing_docs)]

use api_runtime::{Error, ErrorBody, ErrorReport, RetryPolicy};
use conformance::case::printed;
use conformance::fault::{Fault, FaultServer, RefusingPort};
use conformance::recorder::{Recorder, Reply};
use dialog360_api::types::PartnerId;
use serde_json::json;
use zapsign_api::types::CreatePartnerAccount;

/// Text in responses that only a reason may show.
const PRIVATE: &str = "ana@acme.example";

fn dialog360_at(url: &str) -> dialog360_api::Client {
    let client = dialog360_api::Client::builder().api_key("the-api-key").base_url(url).retry(RetryPolicy::never());
    client.rate_limiting(false).build().expect("it builds")
}

fn zapsign_at(url: &str) -> zapsign_api::Client {
    let client = zapsign_api::Client::builder().api_token("the-api-token").base_url(url).retry(RetryPolicy::never());
    client.rate_limiting(false).build().expect("it builds")
}

fn json(status: u16, body: impl Into<String>) -> Reply {
    Reply::new(status, "application/json", body.into())
}

fn partner() -> PartnerId {
    PartnerId::new("examplePA").expect("a good id")
}

async fn get_partner(reply: Reply) -> Result<(), dialog360_api::Error> {
    let recorder = Recorder::start(reply).await;
    dialog360_at(recorder.url()).get_partner().partner_id(&partner()).send().await.map(drop)
}

async fn create_account(reply: Reply) -> Result<(), zapsign_api::Error> {
    let recorder = Recorder::start(reply).await;
    let body = CreatePartnerAccount::builder().company_name("Acme").country("br".into()).lang("en".into()).build();
    zapsign_at(recorder.url()).create_partner_account().body(&body).send().await.map(drop)
}

/// Handler of one program for the errors of both vendors.
async fn both(dialog360: Reply, zapsign: Reply) -> [ErrorReport; 2] {
    let first = async { Ok::<_, ErrorReport>(get_partner(dialog360).await?) };
    let second = async { Ok::<_, ErrorReport>(create_account(zapsign).await?) };
    [first.await.expect_err("it fails"), second.await.expect_err("it fails")]
}

#[tokio::test]
async fn a_report_holds_what_an_operator_needs_of_either_vendor() {
    let meta = json!({"meta": {"developer_message": format!("{PRIVATE} is taken"), "http_code": 403, "success": false,
        "360dialog_trace_id": "t-1", "details": {"email": ["taken"]}}});
    let detail =
        json!({"message": "Invalid Input", "code": "invalid", "data": {"email": [format!("{PRIVATE} is taken")]}});
    let [dialog360, zapsign] = both(json(403, meta.to_string()), json(400, detail.to_string())).await;
    assert_eq!(
        serde_json::to_value(&dialog360).expect("it encodes"),
        json!({"operation": "get_partner", "status": 403, "code": "403",
            "reason": format!("{PRIVATE} is taken; {{\"email\":[\"taken\"]}}"), "trace_id": "t-1", "attempts": 1,
            "retryable": false, "retry_after_seconds": null, "may_have_taken_effect": false,
            "text": "get_partner was answered with 403 Forbidden (trace id t-1)"})
    );
    assert_eq!(
        serde_json::to_value(&zapsign).expect("it encodes"),
        json!({"operation": "create_partner_account", "status": 400, "code": "invalid",
            "reason": format!("Invalid Input; email: {PRIVATE} is taken"), "trace_id": null, "attempts": 1,
            "retryable": false, "retry_after_seconds": null, "may_have_taken_effect": false,
            "text": "create_partner_account was answered with 400 Bad Request"})
    );
    assert_eq!(
        dialog360.to_string(),
        format!("{}; reason: {PRIVATE} is taken; {{\"email\":[\"taken\"]}}", dialog360.text),
        "the code repeats the status"
    );
    assert_eq!(
        zapsign.to_string(),
        format!("{}; reason: Invalid Input; email: {PRIVATE} is taken; code: invalid", zapsign.text)
    );
}

#[tokio::test]
async fn the_reason_is_shown_only_where_it_is_asked_for() {
    let reply = json(422, json!({"detail": format!("{PRIVATE} is taken"), "code": "taken"}).to_string());
    let error = create_account(reply).await.expect_err("it is refused");
    assert!(!printed(&error).contains(PRIVATE), "{}", printed(&error));
    assert_eq!(error.reason(), Some(format!("{PRIVATE} is taken")));
    assert_eq!(error.code().as_deref(), Some("taken"));
    assert_eq!(error.detailed().to_string(), format!("{error}; reason: {PRIVATE} is taken; code: taken"));
    let Error::Api(refusal) = error else { panic!("{error}") };
    assert_eq!((refusal.reason(), refusal.code()), (Some(format!("{PRIVATE} is taken")), Some("taken".to_owned())));
    assert!(!printed(&*refusal).contains(PRIVATE) && refusal.body().to_string().contains(PRIVATE));
}

#[tokio::test]
async fn a_vendors_text_is_one_line_of_bounded_length() {
    let hostile = json!({"detail": format!("\u{1b}[2J\n2026-11-27 all is well\u{202e}{}", "x".repeat(5000)),
        "code": format!("a\r\nb{}", "c".repeat(200))});
    let report = create_account(json(400, hostile.to_string())).await.expect_err("it is refused").report();
    let (reason, code) = (report.reason.as_deref().expect("a reason"), report.code.as_deref().expect("a code"));
    assert!(reason.starts_with("[2J 2026-11-27 all is well xxx") && reason.ends_with("x…"), "{reason:?}");
    assert_eq!((reason.chars().count(), code.chars().count()), (1001, 101));
    assert!(!report.to_string().contains(|c: char| c.is_control() || c == '\u{202e}'), "{report}");
    for (body, reason) in
        [("<html>no</html>", None), ("", None), (" \n", None), ("upstream\nis away", Some("upstream is away"))]
    {
        let error = create_account(Reply::new(502, "text/html", body)).await.expect_err("it is refused");
        assert_eq!(error.reason().as_deref(), reason, "{body}");
    }
}

/// Only a message at its place is taken out of a success: anything else in its body may be a secret or private.
#[tokio::test]
async fn a_success_that_cannot_be_used_tells_its_message_and_none_of_its_data() {
    for (body, reason, code) in [
        (
            json!({"message": "no more accounts", "error_code": "plan_limit", "signers": [PRIVATE]}).to_string(),
            Some("no more accounts"),
            Some("plan_limit"),
        ),
        (json!({"data": {"api_token": PRIVATE}, "errors": [PRIVATE]}).to_string(), None, None),
        (json!({"api_token": 7, "detail": "odd"}).to_string(), Some("odd"), None),
        (json!(PRIVATE).to_string(), None, None),
        (json!([PRIVATE]).to_string(), None, None),
        (format!("{{\"name\":\"{PRIVATE}"), None, None),
        (format!("api_token={PRIVATE}"), None, None),
    ] {
        let error = create_account(json(200, body.clone())).await.expect_err(&body);
        assert!(matches!(error, Error::Decode(_)), "{error:?}");
        assert_eq!((error.reason().as_deref(), error.code().as_deref()), (reason, code), "{body}");
        assert!(!format!("{:?} {}", error.report(), error.detailed()).contains(PRIVATE), "{body}");
    }
}

#[tokio::test]
async fn a_failed_connection_tells_its_cause_and_an_invalid_request_says_all_itself() {
    let port = RefusingPort::bind();
    let error = dialog360_at(port.url()).get_partner().partner_id(&partner()).send().await.expect_err("nobody listens");
    let reason = error.reason().expect("the system tells it");
    assert!(reason.starts_with("Connection refused"), "{reason}");
    assert_eq!(error.detailed().to_string(), format!("{error}; reason: {reason}"));
    assert!(error.report().status.is_none() && error.report().retryable && !error.report().may_have_taken_effect);

    let odd: PartnerId = serde_json::from_value(json!("..")).expect("answers are kept");
    let error = dialog360_at(port.url()).get_partner().partner_id(&odd).send().await.expect_err("it can't be sent");
    assert_eq!((error.reason(), error.code(), error.detailed().to_string()), (None, None, error.to_string()));
    assert_eq!((error.report().attempts, error.report().retryable), (0, false));
}

/// Returns the failure of one variant as an error of its own.
fn inner<E: ErrorBody + Send + Sync + 'static>(error: Error<E>) -> Box<dyn std::error::Error + Send + Sync> {
    match error {
        Error::InvalidRequest(failure) => failure,
        Error::Transport(failure) => failure,
        Error::Api(failure) => failure,
        Error::Decode(failure) => failure,
    }
}

#[tokio::test]
async fn each_failure_is_an_error_with_the_text_and_the_cause_that_the_call_gave() {
    let trace = json!({"meta": {"developer_message": PRIVATE, "360dialog_trace_id": "t-1"}, "country": 7}).to_string();
    let cut = FaultServer::start(Fault::Write(String::new())).await;
    let odd: PartnerId = serde_json::from_value(json!("..")).expect("answers are kept");
    let twice = RetryPolicy::default().max_attempts(2).initial_backoff(std::time::Duration::from_millis(1));
    let client = dialog360_at(cut.url());
    // The fault is that of a country that is no text.
    for (error, ending, causes) in [
        (client.get_partner().partner_id(&odd).send().await.map(drop), "`.` or `..`", 0),
        (client.get_partner().partner_id(&partner()).retry(twice).send().await.map(drop), ", after 2 attempts", 1),
        (get_partner(json(403, trace.clone())).await, "(trace id t-1)", 0),
        (get_partner(json(200, trace)).await, "(trace id t-1)", 0),
    ] {
        let error = error.expect_err("it fails");
        let (text, all) = (error.to_string(), printed(&error));
        assert!(all.matches(&text).count() == 3, "it is told once by each of Display and both Debugs: {all}");
        assert!(text.ends_with(ending), "{text}");
        let failure = inner(error);
        assert_eq!(failure.to_string(), text);
        assert_eq!(failure.source().is_some(), causes > 0, "{text}");
        assert!(!printed(&*failure).contains(PRIVATE));
    }
}

/// Everything that a signature of a client holds is named by the client's own crate.
#[tokio::test]
async fn one_handler_takes_the_errors_of_both_clients() {
    use dialog360_api::{HeaderMap, HeaderName, Method, StatusCode};

    fn has_header<E: dialog360_api::ErrorBody>(error: &zapsign_api::CallError<E>, name: &HeaderName) -> bool {
        error.headers().is_some_and(|headers: &HeaderMap| headers.contains_key(name))
    }
    let name = zapsign_api::HeaderName::from_static("x-marker");
    let reply = Reply::new(404, "", "").header("x-marker", "1");
    let recorder = Recorder::start(reply.clone()).await;
    let _: fn() -> dialog360_api::reqwest::Client = zapsign_api::reqwest::Client::new;
    let client = zapsign_at(recorder.url());
    let error = client.request(Method::GET, "/x").send().await.expect_err("it is not there");
    let other = get_partner(reply).await.expect_err("it is not there");
    assert!(has_header(&error, &name) && has_header(&other, &name));
    assert_eq!(
        [error.status(), other.status()],
        [Some(StatusCode::NOT_FOUND), Some(dialog360_api::http::StatusCode::NOT_FOUND)]
    );
}
