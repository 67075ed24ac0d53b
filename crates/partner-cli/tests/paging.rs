//! Lists of several pages: `--all`.
#![allow(missing_docs)]

mod program;

use std::collections::HashMap;

use partner_cli::ExitCode;
use program::{Received, RecordingServer, Run};
use serde_json::{Value, json};

/// Returns a parameter of the query.
fn parameter(request: &Received, name: &str) -> Option<String> {
    let query = request.target.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let pairs: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    pairs.get(name).cloned()
}

/// Starts a list of three pages by number, of which the one with this number fails.
fn numbered(failing: u64) -> RecordingServer {
    RecordingServer::start(move |_, request| {
        let page: u64 = parameter(request, "page").map_or(1, |page| page.parse().expect("a number"));
        if page == failing {
            return (403, json!({"detail": "no more"}).to_string());
        }
        let next = (page < 3).then(|| format!("https://api.zapsign.example/api/v1/docs/?page={}", page + 1));
        let items = [json!({"token": format!("a{page}")}), json!({"token": format!("b{page}")})];
        (200, json!({"count": 6, "next": next, "results": items}).to_string())
    })
}

const DOCUMENTS: [&str; 4] = ["zapsign", "documents", "list", "--all"];

fn tokens(run: &Run) -> Vec<String> {
    let items = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
    items.map(|item| item["token"].as_str().expect("a token").to_owned()).collect()
}

fn targets(server: &RecordingServer) -> Vec<String> {
    server.received().into_iter().map(|request| request.target).collect()
}

#[tokio::test]
async fn numbered_pages_are_got_one_after_the_other_from_the_one_that_is_asked_for() {
    let server = numbered(0);
    let all = server.run(&[&DOCUMENTS[..], &["--output", "json", "--status", "signed"]].concat()).await;
    let got: Vec<Value> = all.data().as_array().expect("one list").iter().map(|item| item["token"].clone()).collect();
    assert_eq!(got, ["a1", "b1", "a2", "b2", "a3", "b3"]);
    let list = "/api/v1/docs/?status=signed";
    assert_eq!(targets(&server), [list.to_owned(), format!("{list}&page=2"), format!("{list}&page=3")]);

    let server = numbered(0);
    let rest = server.run(&[&DOCUMENTS[..], &["--output", "jsonl", "--page", "2"]].concat()).await;
    assert_eq!((rest.code, tokens(&rest)), (ExitCode::Done, ["a2", "b2", "a3", "b3"].map(str::to_owned).to_vec()));
    assert_eq!(targets(&server), ["/api/v1/docs/?page=2", "/api/v1/docs/?page=3"]);
}

#[tokio::test]
async fn what_came_before_a_failure_is_printed_and_the_failure_tells_how_to_go_on() {
    for (format, failing, printed) in [("json", 3, 4), ("jsonl", 3, 4), ("json", 2, 2), ("json", 1, 0), ("jsonl", 1, 0)]
    {
        let ran = numbered(failing).run(&[&DOCUMENTS[..], &["--output", format]].concat()).await;
        assert_eq!(ran.code, ExitCode::Refused, "{ran:?}");
        let error = ran.error(ExitCode::Refused);
        assert_eq!(error["exit_code"], ExitCode::Refused as u8);
        if printed == 0 {
            assert_eq!((ran.stdout.as_str(), &error["items_printed"]), ("", &Value::Null));
            continue;
        }
        assert_eq!(error["items_printed"], printed);
        assert_eq!(error["go_on_with"], format!("--page={failing}"));
        let items = match format {
            "json" => serde_json::from_str::<Vec<Value>>(&ran.stdout).expect("a whole list").len(),
            _ => tokens(&ran).len(),
        };
        assert_eq!(items, printed);
    }
}

/// Somebody may paste it into a shell.
#[tokio::test]
async fn a_cursor_of_the_server_is_quoted_where_the_list_goes_on() {
    let server = RecordingServer::start(|number, _| match number {
        0 => (200, json!({"details": [{"key": "a"}], "next": "/x/?start_key=%24(id)%3B'"}).to_string()),
        _ => (403, json!({"detail": "no more"}).to_string()),
    });
    let line = ["zapsign", "checks", "get-details", "--check-id", "CHK1", "--lang", "en", "--all", "--output", "json"];
    assert_eq!(server.run(&line).await.error(ExitCode::Refused)["go_on_with"], r"'--start-key=$(id);'\'''");
}

#[tokio::test]
async fn offsets_go_up_to_the_total() {
    for (start, asked) in [(None, vec!["0", "2", "4"]), (Some("3"), vec!["3"])] {
        let server = RecordingServer::start(|_, request| {
            let offset: usize = parameter(request, "offset").map_or(0, |offset| offset.parse().expect("a number"));
            let items: Vec<Value> = (offset..5).take(2).map(|number| json!({"id": format!("CH{number}")})).collect();
            (200, json!({"total": 5, "partner_channels": items}).to_string())
        });
        let line = ["dialog360", "channels", "list", "--all", "--limit", "2", "--output", "json"];
        let start: Vec<&str> = start.into_iter().flat_map(|start| ["--offset", start]).collect();
        let all = server.run(&[&line[..], &start].concat()).await.data();
        assert_eq!(all.as_array().map(Vec::len), Some(if start.is_empty() { 5 } else { 2 }));
        let offsets: Vec<String> =
            server.received().iter().map(|it| parameter(it, "offset").unwrap_or_else(|| "0".to_owned())).collect();
        assert_eq!(offsets, asked);
        assert!(server.received().iter().all(|request| parameter(request, "limit").as_deref() == Some("2")));
    }
}

#[tokio::test]
async fn a_link_leads_to_the_next_page() {
    let server = RecordingServer::start(|_, request| {
        let next = match parameter(request, "start_key").as_deref() {
            None => Some("/api/v1/checks/CHK1/details/?start_key=a%2B1"),
            Some("a+1") => Some("/api/v1/checks/CHK1/details/?start_key=b"),
            _ => None,
        };
        let key = parameter(request, "start_key").unwrap_or_default();
        (200, json!({"details": [{"key": key}], "next": next}).to_string())
    });
    let line = ["zapsign", "checks", "get-details", "--check-id", "CHK1", "--lang", "en", "--all", "--output", "json"];
    assert_eq!(server.run(&line).await.data(), json!([{"key": ""}, {"key": "a+1"}, {"key": "b"}]));
    let page = "/api/v1/checks/CHK1/details/?lang=en";
    assert_eq!(targets(&server), [page.to_owned(), format!("{page}&start_key=a%2B1"), format!("{page}&start_key=b")]);
}

#[tokio::test]
async fn a_failure_behind_a_link_tells_the_flag_that_goes_on() {
    let server = RecordingServer::start(|index, _| match index {
        0 => (200, json!({"details": [{"key": 1}], "next": "/api/v1/checks/CHK1/details/?start_key=a"}).to_string()),
        _ => (403, "{}".to_owned()),
    });
    let line = ["zapsign", "checks", "get-details", "--check-id", "CHK1", "--all", "--output", "json"];
    let ran = server.run(&line).await;
    assert_eq!(ran.error(ExitCode::Refused)["go_on_with"], "--start-key=a", "{ran:?}");
    let server = RecordingServer::start(|_, _| (200, json!({"next": "", "results": [{"token": "a"}]}).to_string()));
    assert_eq!(server.run(&[&DOCUMENTS[..], &["--output", "json"]].concat()).await.data(), json!([{"token": "a"}]));
    assert_eq!(server.received().len(), 1, "an empty link leads nowhere");
}

#[tokio::test]
async fn a_server_that_repeats_a_page_or_sends_none_is_left() {
    let same = json!({"next": "x", "results": [{"token": "a"}]}).to_string();
    // A program that goes on meets a refusal, and not a test without an end.
    let server =
        RecordingServer::start(move |index, _| if index < 3 { (200, same.clone()) } else { (403, "{}".to_owned()) });
    let ran = server.run(&[&DOCUMENTS[..], &["--output", "jsonl"]].concat()).await;
    assert_eq!((ran.code, tokens(&ran).len(), server.received().len()), (ExitCode::NotUnderstood, 1, 2), "{ran:?}");
    for body in ["<html>", "{\"results\": {}}", "[]"] {
        let server = RecordingServer::start(|_, _| (200, body.to_owned()));
        let ran = server.run(&DOCUMENTS).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (ExitCode::NotUnderstood, ""), "{body}: {ran:?}");
    }
    let empty = RecordingServer::start(|_, _| (200, "{\"next\": \"x\", \"results\": []}".to_owned()));
    assert_eq!(empty.run(&[&DOCUMENTS[..], &["--output", "json"]].concat()).await.data(), json!([]));
    assert_eq!(empty.received().len(), 1);
}
