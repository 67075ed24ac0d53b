//! Waits for the end of a document, under a clock that stands still.
#![allow(missing_docs)]

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use zapsign_api::testing::{ReplayTransport, Reply};
use zapsign_api::types::{DocumentToken, SignerToken};
use zapsign_api::{Client, RetryPolicy, Until, WaitOutcome};

fn client(replies: Vec<Reply>) -> (Client, ReplayTransport) {
    let transport = ReplayTransport::new(replies);
    let builder = Client::builder().api_token("t").retry(RetryPolicy::never()).transport(transport.clone());
    (builder.build().expect("it builds"), transport)
}

fn token() -> DocumentToken {
    DocumentToken::new("doc-1").expect("an id")
}

fn document(changes: Value) -> Reply {
    let signers =
        json!([{"token": "ana", "name": "Ana", "status": "new"}, {"token": "bento", "name": "Bento", "status": "new"}]);
    let mut document = json!({"token": "doc-1", "name": "Lease", "status": "pending", "signers": signers});
    for (key, value) in changes.as_object().expect("an object") {
        document[key] = value.clone();
    }
    Reply::json(200, document)
}

fn pending() -> Reply {
    document(json!({}))
}

fn name(outcome: &WaitOutcome) -> &'static str {
    match outcome {
        WaitOutcome::Signed(_) => "signed",
        WaitOutcome::Refused(_) => "refused",
        WaitOutcome::Deleted(_) => "deleted",
        WaitOutcome::Expired(_) => "expired",
        _ => "other",
    }
}

#[tokio::test(start_paused = true)]
async fn each_end_is_told_with_the_document() {
    for (changes, end) in [
        (json!({"status": "signed"}), "signed"),
        (json!({"status": "assinado"}), "signed"),
        (json!({"status": "refused"}), "refused"),
        (json!({"status": "recusado"}), "refused"),
        (json!({"deleted": true}), "deleted"),
        (json!({"status": "lixeira"}), "deleted"),
        (json!({"status": "signed", "deleted": true}), "signed"),
    ] {
        let shown = changes.to_string();
        let unknown = document(json!({"status": "em-analise", "deleted": false}));
        let (client, transport) = client(vec![pending(), unknown, document(changes)]);
        let outcome = client.wait_for(&token(), Until::finished()).await.expect("it ends");
        assert_eq!((name(&outcome), transport.unused()), (end, 0), "{shown}");
        assert_eq!((outcome.document().name.as_str(), outcome.is_signed()), ("Lease", end == "signed"));
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_to_a_minute_or_as_they_are_set() {
    for (until, pauses) in [
        (Until::finished(), [5, 10, 20, 40, 60, 60]),
        (Until::finished().pauses(Duration::ZERO, Duration::from_secs(3)), [1, 2, 3, 3, 3, 3]),
        (Until::finished().pauses(Duration::from_secs(9), Duration::from_secs(4)), [4; 6]),
    ] {
        let replies = vec![pending(); 6].into_iter().chain([document(json!({"status": "signed"}))]).collect();
        let (client, transport) = client(replies);
        let start = Instant::now();
        client.wait_for(&token(), until).await.expect("it ends");
        assert_eq!((start.elapsed().as_secs(), transport.requests().len()), (pauses.iter().sum(), 7));
    }
}

#[tokio::test(start_paused = true)]
async fn one_signer_may_be_waited_for() {
    let signers = |ana: &str| {
        document(
            json!({"signers": [{"token": "", "name": "?", "status": "signed"}, {"token": "ana", "name": "Ana", "status": ana}]}),
        )
    };
    let ana = SignerToken::new("ana").expect("an id");
    let (both, transport) = client(vec![signers("new"), signers("assinou"), document(json!({"status": "signed"}))]);
    let outcome = both.wait_for(&token(), Until::signed_by(&ana)).await.expect("it ends");
    assert!(outcome.is_signed() && outcome.document().status.is_pending());
    assert_eq!(transport.unused(), 1);
    // A signer who is not there any more is not waited for after the end.
    let (other, _) = client(vec![signers("new"), document(json!({"status": "refused"}))]);
    assert_eq!(name(&other.wait_for(&token(), Until::signed_by(&ana)).await.expect("it ends")), "refused");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_the_wait_after_a_last_look() {
    let until = || Until::finished().deadline(SystemTime::now() + Duration::from_secs(12));
    // Looks after 0, 5 and 12 seconds.
    let (expired, transport) = client(vec![pending(), pending(), pending()]);
    let start = Instant::now();
    let outcome = expired.wait_for(&token(), until()).await.expect("it ends");
    assert_eq!((name(&outcome), transport.unused()), ("expired", 0));
    assert!((11..=12).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());

    let (signed, _) = client(vec![pending(), pending(), document(json!({"status": "signed"}))]);
    assert!(signed.wait_for(&token(), until()).await.expect("it ends").is_signed(), "in the last moment");

    // No answer, no end: it may have been signed.
    let (silent, _) = client(vec![pending(), pending(), Reply::no_response(), document(json!({"status": "signed"}))]);
    assert!(silent.wait_for(&token(), until()).await.expect("it ends").is_signed());

    // Not before the vendor wants to be asked again.
    let busy = Reply::new(503, "").header("retry-after", "90");
    let (late, transport) = client(vec![busy, pending()]);
    let start = Instant::now();
    assert_eq!(name(&late.wait_for(&token(), until()).await.expect("it ends")), "expired");
    assert_eq!((start.elapsed().as_secs(), transport.unused()), (90, 0));

    // However long the pauses may be.
    let (endless, _) = client(vec![pending(), pending()]);
    let patient = until().pauses(Duration::MAX, Duration::MAX);
    assert_eq!(name(&endless.wait_for(&token(), patient).await.expect("it ends")), "expired");

    let (past, _) = client(vec![pending()]);
    let outcome = past.wait_for(&token(), Until::finished().deadline(SystemTime::UNIX_EPOCH)).await.expect("it ends");
    assert_eq!(name(&outcome), "expired");
}

#[tokio::test(start_paused = true)]
async fn what_passes_does_not_end_the_wait() {
    let busy = Reply::json(429, json!({"detail": "slow down"})).header("retry-after", "90");
    let endless = Reply::new(503, "").header("retry-after", "9999999");
    let (waiting, transport) = client(vec![
        Reply::no_connection(),
        Reply::timeout(),
        Reply::new(502, "<html>"),
        Reply::new(200, "<html>"),
        busy,
        endless,
        document(json!({"status": "signed"})),
    ]);
    let start = Instant::now();
    waiting.wait_for(&token(), Until::finished()).await.expect("it ends");
    // The vendor asks for 90 s, which is kept, and for months, which are an hour.
    assert_eq!((start.elapsed().as_secs(), transport.unused()), (5 + 10 + 20 + 40 + 90 + 3600, 0));

    for (status, detail) in [(404, "Not found."), (403, "API token not found.")] {
        let (ended, _) = client(vec![pending(), Reply::json(status, json!({"detail": detail}))]);
        let error = ended.wait_for(&token(), Until::finished()).await.expect_err("it does not pass");
        assert_eq!(error.status().expect("a status").as_u16(), status);
    }
}

#[tokio::test(start_paused = true)]
async fn looks_keep_the_rate_limit_that_all_calls_share() {
    let (client, transport) =
        client(vec![pending(); 500].into_iter().chain([document(json!({"status": "signed"}))]).collect());
    for _ in 0..500 {
        client.get_document().doc_token(&token()).send().await.expect("it succeeds");
    }
    let start = Instant::now();
    client.wait_for(&token(), Until::finished()).await.expect("it ends");
    assert_eq!(transport.unused(), 0);
    assert!(start.elapsed() >= Duration::from_secs(60), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_wait_may_be_dropped_and_begun_anew() {
    let (client, transport) = client(vec![pending(), pending(), document(json!({"status": "signed"}))]);
    let wait = timeout(Duration::from_secs(7), client.wait_for(&token(), Until::finished())).await;
    assert!(wait.is_err() && transport.requests().len() == 2);
    let (doc_token, stop) = (token(), tokio::time::sleep(Duration::from_secs(1)));
    tokio::select! {
        outcome = client.wait_for(&doc_token, Until::finished()) => assert!(outcome.expect("it ends").is_signed()),
        () = stop => panic!("it ends at once"),
    }
    // It can be a task of its own.
    let (client, _) = self::client(vec![document(json!({"status": "signed"}))]);
    let task =
        tokio::spawn(async move { client.wait_for(&token(), Until::finished()).await.map(|end| end.is_signed()) });
    assert!(task.await.expect("no panic").expect("it ends"));
}

#[tokio::test(start_paused = true)]
async fn the_token_of_an_attachment_stands_for_its_document() {
    let attachment = json!({"token": "doc-2", "name": "Rules", "parent_doc_token": "doc-1"});
    let (client, transport) = client(vec![Reply::json(200, attachment), document(json!({"status": "signed"}))]);
    let outcome =
        client.wait_for(&DocumentToken::new("doc-2").expect("an id"), Until::finished()).await.expect("it ends");
    assert_eq!(outcome.document().token, "doc-1");
    let paths: Vec<_> = transport.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/api/v1/docs/doc-2/", "/api/v1/docs/doc-1/"]);
}
