//! Cool-down of a resource: the call is not retried, and calls for other resources do not wait.
#![allow(missing_docs)]

use std::time::Duration;

use conformance::recorder::{Recorder, Reply};
use zapsign_api::types::DocumentToken;
use zapsign_api::{Client, Error};

/// Cool-down of the vendor, longer than the time limit of a call, in seconds.
const HOURS: &str = "36000";

async fn remind(client: &Client) -> Result<(), Error> {
    let document = DocumentToken::new("doc-1").expect("an id");
    client.resend_notifications().doc_token(&document).send().await.map(drop)
}

fn too_many(body: &'static str, wait: &str) -> Reply {
    Reply::new(429, "application/json", body).header("retry-after", wait)
}

async fn set_up(reply: Reply) -> (Recorder, Client) {
    let recorder = Recorder::start(reply).await;
    // Shorter than the window of any limit.
    let limit = Duration::from_secs(20);
    let builder = Client::builder().api_token("token").base_url(recorder.url()).time_limit(limit);
    (recorder, builder.build().expect("it builds"))
}

#[tokio::test]
async fn a_cooldown_is_told_and_neither_waited_for_nor_held_against_the_budget() {
    let told = r#"{"success":false,"error_code":"cooldown_period","message":"not yet"}"#;
    for wait in ["0", HOURS] {
        let (recorder, client) = set_up(too_many(told, wait)).await;
        for _ in 0..3 {
            let error = remind(&client).await.expect_err("it is refused");
            assert!(error.is_cooldown() && !error.is_retryable(), "{error}");
            assert_eq!(error.attempts(), 1);
            assert_eq!(
                error.to_string(),
                "resend_notifications was answered with 429 Too Many Requests; the vendor's cool-down for this is not \
                 over, so sending it again soon does not help"
            );
            let Error::Api(refusal) = error else { panic!("{error}") };
            assert_eq!((refusal.body().code(), refusal.is_cooldown()), (Some("cooldown_period"), true));
        }
        assert_eq!(recorder.take().len(), 3, "each call is sent, and once");
    }
}

#[tokio::test]
async fn any_other_429_is_the_accounts_limit() {
    for body in [r#"{"detail":"slow down"}"#, r#"{"error_code":"throttled"}"#, "cooldown_period", ""] {
        let (recorder, client) = set_up(too_many(body, HOURS)).await;
        let error = remind(&client).await.expect_err("it is refused");
        // The call sends a message to a person, so it is not retried either.
        assert!(!error.is_cooldown() && !error.is_retryable(), "{error}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(36_000)));
        let error = remind(&client).await.expect_err("the budget is used up for longer than the call may take");
        let text = error.to_string();
        assert!(text.contains("not sent: rate limit of") && text.contains("the vendor asked for that"), "{text}");
        assert_eq!(recorder.take().len(), 1);
    }
    // The same body with another status is no cool-down.
    let (_recorder, client) = set_up(Reply::new(400, "application/json", r#"{"error_code":"cooldown_period"}"#)).await;
    assert!(!remind(&client).await.expect_err("it is refused").is_cooldown());
}
