//! Inboxes, the receivers of the sandbox itself.

use api_sandbox::{InboxAnswer, Received, Trigger};
use serde_json::{Value, json};

use super::{control, start};

#[tokio::test]
async fn an_inbox_shows_what_came_and_answers_as_it_is_told() {
    let sandbox = start().await;
    let post = async |body: &'static str| {
        let request = reqwest::Client::new().post(sandbox.inbox_url("my-inbox_1")).header("x-secret", "s3cret");
        let answer = request.header("content-type", "text/plain").body(body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    };
    assert_eq!(post("one").await, (200, String::new()));
    let inbox = "inbox/my-inbox_1";
    let busy = json!({"status": 503, "body": {"reason": "busy"}, "times": 1});
    let set = control(&sandbox, reqwest::Method::PUT, inbox, &busy).await;
    assert_eq!(set, (200, json!({"set": true})));
    assert_eq!(post(r#"{"two": 2}"#).await, (503, r#"{"reason":"busy"}"#.to_owned()));
    assert_eq!(post("three").await.0, 200);
    let (_, shown) = control(&sandbox, reqwest::Method::GET, inbox, &Value::Null).await;
    let list = shown.as_array().expect("a list").iter();
    let kept: Vec<_> = list.map(|received| (received["status"].clone(), received["body"].clone())).collect();
    let expected = [(200, json!("one")), (503, json!({"two": 2})), (200, json!("three"))];
    assert_eq!(kept, expected.map(|(status, body)| (json!(status), body)));
    let headers = &shown[0]["headers"];
    assert_eq!((&headers["content-type"], &headers["content-length"]), (&json!("text/plain"), &json!("3")));
    assert!(
        headers["x-secret"].is_null() && headers.get("x-secret").is_some() && !shown.to_string().contains("s3cret")
    );
    let own = sandbox.inbox("my-inbox_1");
    assert_eq!(own[0].headers.get("x-secret").map(|value| value.as_bytes()), Some(&b"s3cret"[..]));
    assert!(!format!("{own:?}").contains("s3cret") && !format!("{own:?}").contains("three"));
    let (_, later) = control(&sandbox, reqwest::Method::GET, &format!("{inbox}?after=2"), &Value::Null).await;
    assert_eq!((later.as_array().map(Vec::len), &later[0]["number"]), (Some(1), &json!(3)));

    sandbox.answer_inbox("my-inbox_1", InboxAnswer::status(429).body("later"));
    assert_eq!(post("four").await, (429, "later".to_owned()));
    assert_eq!(control(&sandbox, reqwest::Method::DELETE, inbox, &Value::Null).await.0, 200);
    assert!(sandbox.inbox("my-inbox_1").is_empty());
    assert_eq!(post("five").await.0, 200);
    assert_eq!(sandbox.next_received("my-inbox_1").await.body, "five");

    for (path, body, said) in [
        ("inbox/a.b", json!({"status": 200}), "`a.b` can't name an inbox: give 1 to 100 letters, digits, `-` or `_`"),
        ("inbox/a", json!({"status": 99}), "`status` is 99: give one from 200 to 599"),
        ("inbox/a", json!({"code": 200}), "unknown field `code`"),
    ] {
        let (status, answer) = control(&sandbox, reqwest::Method::PUT, path, &body).await;
        assert_eq!(status, 400, "{path}");
        assert!(answer["error"].as_str().expect("a text").contains(said), "{answer}");
    }
}

#[tokio::test]
async fn the_next_delivery_is_waited_for_and_given_once() {
    let sandbox = start().await;
    let waiting = sandbox.next_received("later");
    tokio::pin!(waiting);
    let none = tokio::select! {
        biased;
        _ = &mut waiting => false,
        () = tokio::task::yield_now() => true,
    };
    assert!(none, "nothing has come");
    for name in ["first", "second"] {
        let trigger = Trigger::event("doc_created").url(sandbox.inbox_url("later")).set("/name", name);
        assert_eq!(sandbox.trigger(trigger), Ok(1));
    }
    let name = |received: Received| -> Value {
        serde_json::from_slice::<Value>(&received.body).expect("json")["name"].clone()
    };
    assert_eq!(name(waiting.await), "first");
    assert_eq!(name(sandbox.next_received("later").await), "second");
    assert_eq!(sandbox.inbox("later").len(), 2, "what was waited for is kept");
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_does_not_matter() {
    let sandbox = start().await;
    assert_eq!(sandbox.trigger(Trigger::event("doc_created").url(sandbox.inbox_url("paused"))), Ok(1));
    assert_eq!(sandbox.next_received("paused").await.number, 1);
}
