//! Raw requests, for endpoints without a method: the same credentials, checks and errors.
#![allow(missing_docs)]

use api_runtime::{DecodeErrorKind, Method};
use conformance::recorder::{Recorder, Reply};
use serde_json::json;

async fn set_up(reply: Reply) -> (Recorder, zapsign_api::Client) {
    let recorder = Recorder::start(reply).await;
    let client =
        zapsign_api::Client::builder().api_token("the-api-token").base_url(recorder.url()).build().expect("it builds");
    (recorder, client)
}

#[tokio::test]
async fn a_request_carries_the_credential_and_gives_the_body_as_it_came() {
    let (recorder, client) = set_up(Reply::new(200, "text/plain", "done, maybe")).await;
    let answer = client
        .request(Method::PATCH, "/api/v1/new thing/ação/")
        .query("a b", "c&d")
        .header("x-mine", "1")
        .json(&json!({"k": [1]}))
        .send()
        .await
        .expect("it succeeds");
    assert_eq!(answer.text(), Some("done, maybe"));
    let received = recorder.take();
    assert_eq!(received[0].method, Method::PATCH);
    assert_eq!(received[0].uri, "/api/v1/new%20thing/a%C3%A7%C3%A3o/?a+b=c%26d");
    assert_eq!(received[0].headers["authorization"], "Bearer the-api-token");
    assert_eq!(received[0].headers["x-mine"], "1");
    assert_eq!(received[0].body, r#"{"k":[1]}"#);
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Ship {
    name: String,
}

#[tokio::test]
async fn the_body_decodes_into_a_type_of_ones_own() {
    for (body, expected) in [
        (&br#"{"name":"Ana","rig":"sloop"}"#[..], Ok("Ana")),
        (br#"{"name":"private-7""#, Err("the body is not JSON (line 1 column 19)")),
        (br#"{"name":["private-7"]}"#, Err("the body does not match its schema at name (line 1 column 8)")),
        (b"\"\xff", Err("the body is not JSON (line 1 column 2)")),
    ] {
        let (_recorder, client) = set_up(Reply::new(200, "application/json", body)).await;
        let answer = client.request(Method::GET, "/ships/1").send().await.expect("it succeeds");
        let ship: Result<Ship, DecodeErrorKind> = answer.decode();
        let ship = ship.map(|ship| ship.name).map_err(|kind| Box::<dyn std::error::Error>::from(kind).to_string());
        assert_eq!(ship.as_deref().map_err(String::as_str), expected);
        let (raw, response) = answer.into_parts();
        assert_eq!(
            (raw.into_bytes().as_ref(), response.body().as_ref(), response.status().as_u16()),
            (body, body, 200)
        );
    }
}

#[tokio::test]
async fn a_success_tells_the_trace_id_that_it_was_answered_with() {
    for (trace_id, expected) in [(json!("t-1"), Some("t-1")), (json!("no id"), None), (json!(7), None)] {
        let body = json!({"meta": {"developer_message": "ok", "http_code": 200, "success": true,
            "360dialog_trace_id": trace_id}});
        let recorder = Recorder::start(Reply::new(200, "application/json", body.to_string())).await;
        let client =
            dialog360_api::Client::builder().api_key("key").base_url(recorder.url()).build().expect("it builds");
        let answer = client.request(Method::GET, "/x").send().await.expect("it succeeds");
        assert_eq!(answer.trace_id().as_deref(), expected);
        let partner = dialog360_api::types::PartnerId::new("examplePA").expect("a good id");
        let body = dialog360_api::types::CreateClient::builder().name("Acme").email("it@acme.example").build();
        let done = client.create_client().partner_id(&partner).body(&body).send().await;
        assert_eq!(done.ok().and_then(|done| done.trace_id()).as_deref(), expected);
    }
}

#[tokio::test]
async fn headers_of_a_call_replace_each_other_and_nothing_of_the_client_but_accept() {
    let (recorder, client) = set_up(Reply::new(200, "", "")).await;
    let mut request = client.request(Method::POST, "/x").json(&1);
    for (name, value) in [
        ("authorization", "mine"),
        ("user-agent", "mine"),
        ("content-type", "text/mine"),
        ("accept", "text/csv"),
        ("x-mine", "1"),
        ("x-mine", "2"),
    ] {
        request = request.header(name, value);
    }
    request.send().await.expect("it succeeds");
    let received = recorder.take();
    let of = |name: &str| received[0].headers.get_all(name).iter().collect::<Vec<_>>();
    assert_eq!(of("authorization"), ["Bearer the-api-token"]);
    assert_eq!(of("content-type"), ["application/json"]);
    assert_eq!(of("accept"), ["text/csv"]);
    assert_eq!(of("x-mine"), ["2"]);
    assert!(of("user-agent").len() == 1 && of("user-agent") != ["mine"]);
}

#[tokio::test]
async fn a_bad_path_is_not_sent() {
    let (recorder, client) = set_up(Reply::new(200, "", "")).await;
    for (path, expected) in [
        ("api/v1", "request was not sent: the path does not begin with a slash"),
        ("//evil.example/x", "request was not sent: a segment of the path can't be sent: an id must not be empty"),
        ("/a/../b", "request was not sent: a segment of the path can't be sent: an id must not be `.` or `..`"),
        ("/a?b=c", "request was not sent: a segment of the path can't be sent: an id must not contain '?'"),
        ("/a%2fb", "request was not sent: a segment of the path can't be sent: an id must not contain '%'"),
    ] {
        let error = client.request(Method::GET, path).send().await.expect_err(path);
        assert_eq!(error.to_string(), expected);
    }
    assert!(recorder.take().is_empty());
}

#[tokio::test]
async fn an_error_is_the_vendors() {
    let (_recorder, client) = set_up(Reply::new(402, "application/json", r#"{"error":"Payment Required"}"#)).await;
    let error = client.request(Method::POST, "/api/v1/x").send().await.expect_err("it is refused");
    let zapsign_api::Error::Api(refusal) = error else { panic!("{error}") };
    assert_eq!(refusal.body().message(), Some("Payment Required"));
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_not() {
    let (recorder, client) = set_up(Reply::new(200, "", "")).await;
    let error = client.request(Method::GET, "/x").header("x-mine", "a\nb").send().await.expect_err("it is refused");
    assert!(matches!(error, zapsign_api::Error::InvalidRequest(_)) && recorder.take().is_empty());
}

#[tokio::test]
async fn a_call_with_a_fault_is_not_sent_the_second_time_either() {
    let (recorder, _) = set_up(Reply::new(200, "", "")).await;
    let pipeline = api_runtime::PipelineBuilder::new(recorder.url(), "conformance").build().expect("it builds");
    let mut call = pipeline.request(&zapsign_api::operations::LIST_DOCUMENTS);
    call.header("x-mine", Some(&"a\nb"));
    for _ in 0..2 {
        let error = pipeline.send::<zapsign_api::ApiError>(&mut call).await.expect_err("it is refused");
        assert!(matches!(error, zapsign_api::Error::InvalidRequest(_)), "{error:?}");
    }
    assert!(recorder.take().is_empty());
}

#[tokio::test]
async fn a_header_that_the_caller_adds_replaces_one_of_the_operation() {
    let (recorder, _) = set_up(Reply::new(200, "", "")).await;
    let pipeline = api_runtime::PipelineBuilder::new(recorder.url(), "conformance").build().expect("it builds");
    let mut options = api_runtime::CallOptions::default();
    options.add_header("x-mine", "the caller's");
    let mut call = pipeline.request(&zapsign_api::operations::LIST_DOCUMENTS);
    call.header("x-mine", Some(&"the operation's")).options(options);
    pipeline.send::<zapsign_api::ApiError>(&mut call).await.expect("it succeeds");
    assert_eq!(recorder.take()[0].headers.get_all("x-mine").iter().collect::<Vec<_>>(), ["the caller's"]);
}

#[tokio::test]
async fn an_operation_of_the_table_is_sent_as_its_method_is() {
    use zapsign_api::operations::{ADD_EXTRA_DOCUMENT, GET_DOCUMENT, LIST_DOCUMENTS};

    let (recorder, client) = set_up(Reply::new(200, "application/json", r#"{"token":"t"}"#)).await;
    let body = json!({"url_pdf": "https://files.example/rules.pdf"});
    let request = client.operation(&ADD_EXTRA_DOCUMENT).path("á b").header("x-mine", "1").json(&body);
    request.send().await.expect("it succeeds");
    client.operation(&LIST_DOCUMENTS).query("page", 2).send().await.expect("it succeeds");
    let received = recorder.take();
    assert_eq!(received[0].method, Method::POST);
    assert_eq!(received[0].uri, "/api/v1/docs/%C3%A1%20b/upload-extra-doc/");
    assert_eq!(received[0].headers["authorization"], "Bearer the-api-token");
    assert_eq!(
        (received[0].headers["x-mine"].as_bytes(), received[0].body.as_ref()),
        (&b"1"[..], body.to_string().as_bytes())
    );
    assert_eq!(
        (received[1].uri.to_string(), client.operation(&GET_DOCUMENT).path("t").preview().expect("complete").method),
        ("/api/v1/docs/?page=2".to_owned(), Method::GET)
    );

    for (request, expected) in [
        (client.operation(&GET_DOCUMENT), "the url that its parameters make is not one of"),
        (client.operation(&GET_DOCUMENT).path("t").path("u"), "the url that its parameters make is not one of"),
        (client.operation(&GET_DOCUMENT).path("a/b"), "doc_token"),
    ] {
        let error = request.send().await.expect_err(expected);
        assert!(error.operation() == "get_document" && error.to_string().contains(expected), "{error}");
    }
    assert!(recorder.take().is_empty());
}

#[tokio::test]
async fn an_operation_of_the_table_keeps_the_rules_of_its_method() {
    use zapsign_api::operations::{CREATE_DOCUMENT, GET_DOCUMENT};

    let (recorder, client) = set_up(Reply::new(200, "application/json", "{}")).await;
    // The answer lacks the token that the operation's result is found at, and the document may be there.
    let error = client.operation(&CREATE_DOCUMENT).json(&json!({})).send().await.expect_err("no token");
    assert!(error.may_have_taken_effect() && error.to_string().contains("/token"), "{error}");
    assert!(client.operation(&GET_DOCUMENT).path("t").send().await.is_ok());
    assert_eq!(recorder.take().len(), 2);

    let (recorder, client) = set_up(Reply::new(503, "application/json", "{}").header("retry-after", "0")).await;
    let retries = zapsign_api::RetryPolicy::default().max_attempts(3);
    let create = client.operation(&CREATE_DOCUMENT).json(&json!({})).retry(retries.clone());
    assert_eq!(create.send().await.expect_err("a refusal").attempts(), 1);
    let get = client.operation(&GET_DOCUMENT).path("t").retry(retries);
    assert_eq!(get.send().await.expect_err("a refusal").attempts(), 3);
    assert_eq!(recorder.take().len(), 4);
}

#[tokio::test]
async fn a_preview_is_what_is_sent_but_for_the_client_s_own_headers() {
    use api_runtime::{FilePart, MultipartForm};
    use zapsign_api::operations::{CANCEL_DOCUMENT, VALIDATE_PDF_SIGNATURE};

    let (recorder, client) = set_up(Reply::new(200, "application/json", "{}")).await;
    let body = json!({"doc_token": "t", "rejected_reason": "private-7"});
    let mut request =
        client.operation(&CANCEL_DOCUMENT).query("q", "private-7").header("x-mine", "private-7").json(&body);
    let preview = request.preview().expect("complete");
    assert!(!format!("{preview:?}").contains("private-7"), "{preview:?}");
    assert!(recorder.take().is_empty());
    request.send().await.expect("it succeeds");
    let received = recorder.take();
    assert_eq!(
        (preview.method.clone(), preview.url.clone()),
        (Method::POST, format!("{}{}", recorder.url(), received[0].uri))
    );
    assert_eq!(preview.body.as_deref(), Some(received[0].body.as_ref()));
    assert_eq!(preview.headers.len(), 2);
    for (name, value) in &preview.headers {
        assert_eq!(received[0].headers.get(name), Some(value));
    }

    let file = FilePart::new("lease.pdf", &b"%PDF-1.7"[..]);
    let name = format!("fi{}", "\"le");
    let form = MultipartForm::new().file(name, Some(&file)).text(String::from("note"), Some("a"));
    client.operation(&VALIDATE_PDF_SIGNATURE).form(form).send().await.expect("it succeeds");
    let sent = String::from_utf8_lossy(&recorder.take()[0].body).into_owned();
    assert!(
        sent.contains("name=\"fi%22le\"; filename=\"lease.pdf\"") && sent.contains("name=\"note\"\r\n\r\na"),
        "{sent}"
    );
}
