//! Parameters and bodies of every style, as the server receives them.
#![allow(missing_docs)]

use api_runtime::{
    Bytes, Credential, Error, ListStyle, Method, ObjectStyle, Operation, Pipeline, PipelineBuilder, RetryRule, Secret,
};
use conformance::recorder::{Recorder, Reply};
use conformance::refusal::Refusal;
use serde_json::{Value, json};

const fn operation(path: &'static str, server: Option<&'static str>, redirect: bool) -> Operation {
    let mut operation = Operation::new("launch_ship", Method::POST, path, false);
    operation.retry = RetryRule::ConnectErrorsOnly;
    operation.server = server;
    operation.redirect = redirect;
    operation
}

static SHIPS: Operation = operation("/ships/{ids}/launch", None, false);
static PLAIN: Operation = operation("/ships", None, false);
static REDIRECTED: Operation = operation("/ships", None, true);
/// Operation at a port that has no listener.
static ELSEWHERE: Operation = operation("/ships", Some("https://127.0.0.1:9"), false);

async fn set_up(reply: Reply) -> (Recorder, Pipeline) {
    let recorder = Recorder::start(reply).await;
    let credential = Credential::bearer(&Secret::new("the-token")).expect("it can stand in a header");
    let pipeline = PipelineBuilder::new(recorder.url(), "conformance").credential(credential).build();
    (recorder, pipeline.expect("it builds"))
}

#[tokio::test]
async fn lists_and_objects_are_written_as_their_style_says() {
    let (recorder, pipeline) = set_up(Reply::new(200, "", "")).await;
    let list = ["a b".to_owned(), "c,d".to_owned()];
    let object = json!({"status": "ready", "crew": [1, 2], "none": null});
    let mut call = pipeline.request(&SHIPS);
    call.path_list("ids", &["one/1".replace('/', "-"), "two,2".to_owned()])
        .query_list("repeated", Some(&list), ListStyle::Repeated)
        .query_list("comma", Some(&list), ListStyle::Comma)
        .query_list("space", Some(&["a", "b"]), ListStyle::Space)
        .query_list("pipe", Some(&["a", "b"]), ListStyle::Pipe)
        .query_list::<String>("absent", None, ListStyle::Pipe)
        .query_object("filter", Some(&object), ObjectStyle::Deep)
        .query_object("e", Some(&object), ObjectStyle::Exploded)
        .query_object("o", Some(&object), ObjectStyle::Comma)
        .header_list("x-fields", Some(&["id", "name"]))
        .secret_header("x-channel-key", Some(&Secret::new("the-channel-key")));
    pipeline.send::<Refusal>(&mut call).await.expect("it succeeds");
    let received = recorder.take();
    assert_eq!(
        received[0].uri,
        "/ships/one-1,two%2C2/launch?repeated=a+b&repeated=c%2Cd&comma=a+b%2Cc%2Cd&space=a+b&pipe=a%7Cb\
         &filter%5Bstatus%5D=ready&filter%5Bcrew%5D=1&filter%5Bcrew%5D=2&status=ready&crew=1&crew=2\
         &o=status%2Cready%2Ccrew%2C1%2Ccrew%2C2"
    );
    assert_eq!(received[0].headers["x-fields"], "id,name");
    assert_eq!(received[0].headers["x-channel-key"], "the-channel-key");
    assert_eq!(received[0].headers["authorization"], "Bearer the-token");
}

#[tokio::test]
async fn a_list_in_a_path_is_no_way_out_of_it() {
    let (recorder, pipeline) = set_up(Reply::new(200, "", "")).await;
    for values in [vec![], vec!["a", ""], vec![".."], vec!["a", "b/c"]] {
        let mut call = pipeline.request(&SHIPS);
        call.path_list("ids", &values);
        let outcome = pipeline.send::<Refusal>(&mut call).await;
        assert!(matches!(outcome, Err(Error::InvalidRequest(_))), "{values:?}");
    }
    assert!(recorder.take().is_empty());
}

#[tokio::test]
async fn bodies_of_other_media_types_are_sent_as_such() {
    let (recorder, pipeline) = set_up(Reply::new(200, "", "")).await;
    let body = json!({"name": "a&b", "crew": [1, 2], "none": null});
    let patch = "application/merge-patch+json";
    pipeline.send::<Refusal>(pipeline.request(&PLAIN).json_as(patch, Some(&body))).await.expect("it succeeds");
    pipeline.send::<Refusal>(pipeline.request(&PLAIN).json_as::<Value>(patch, None)).await.expect("it succeeds");
    pipeline.send::<Refusal>(pipeline.request(&PLAIN).url_encoded(Some(&body))).await.expect("it succeeds");
    let bytes = Bytes::from_static(b"\x00\xff");
    pipeline
        .send::<Refusal>(pipeline.request(&PLAIN).bytes("application/pdf", Some(bytes)))
        .await
        .expect("it succeeds");
    let received = recorder.take();
    let media = |index: usize| received[index].headers.get("content-type").map(|value| value.to_str().expect("text"));
    assert_eq!((media(0), &received[0].body[..]), (Some(patch), body.to_string().as_bytes()));
    assert_eq!((media(1), received[1].body.len()), (None, 0));
    assert_eq!(media(2), Some("application/x-www-form-urlencoded"));
    assert_eq!(received[2].body, "name=a%26b&crew=1&crew=2");
    assert_eq!((media(3), &received[3].body[..]), (Some("application/pdf"), &b"\x00\xff"[..]));
}

#[tokio::test]
async fn an_answer_without_a_body_is_none_and_a_redirect_can_be_the_answer() {
    let (_recorder, pipeline) = set_up(Reply::new(202, "", "")).await;
    let answer = pipeline.send::<Refusal>(&mut pipeline.request(&PLAIN)).await.expect("it succeeds");
    assert_eq!(*answer.json_or_empty::<Value, Refusal>().expect("no body"), None);
    let (_recorder, pipeline) = set_up(Reply::new(200, "application/json", "{\"a\":1}")).await;
    let answer = pipeline.send::<Refusal>(&mut pipeline.request(&PLAIN)).await.expect("it succeeds");
    assert_eq!(*answer.json_or_empty::<Value, Refusal>().expect("JSON"), Some(json!({"a": 1})));

    let (_recorder, pipeline) = set_up(Reply::new(303, "", "").header("location", "/elsewhere")).await;
    let answer =
        pipeline.send::<Refusal>(&mut pipeline.request(&REDIRECTED)).await.expect("it is what it answers with");
    assert_eq!(answer.empty().headers()["location"], "/elsewhere");
    assert!(matches!(pipeline.send::<Refusal>(&mut pipeline.request(&PLAIN)).await, Err(Error::Api(_))));
}

/// A client of a sandbox sends requests to the sandbox only.
#[tokio::test]
async fn an_operation_has_its_own_server_unless_the_address_was_replaced() {
    let (recorder, own) = set_up(Reply::new(200, "", "")).await;
    assert!(matches!(own.send::<Refusal>(&mut own.request(&ELSEWHERE)).await, Err(Error::Transport(_))));
    assert!(recorder.take().is_empty());
    let replaced = PipelineBuilder::new("https://api.example", "conformance").base_url(recorder.url()).build();
    let replaced = replaced.expect("it builds");
    replaced.send::<Refusal>(&mut replaced.request(&ELSEWHERE)).await.expect("it succeeds");
    assert_eq!(recorder.take()[0].uri, "/ships");
}
