//! Dashboard: the page, its assets, and the endpoints that its scripts call.
#![allow(missing_docs)]

#[path = "support/control.rs"]
mod control;

use std::collections::{BTreeMap, BTreeSet};

use api_sandbox::Sandbox;
use control::control;
use reqwest::{Client, StatusCode};
use serde_json::json;

async fn sandbox() -> Sandbox {
    Sandbox::builder().limits(false).start().await.expect("a free port")
}

/// Returns the media type and the text that a path has.
async fn text(sandbox: &Sandbox, path: &str) -> (String, String) {
    let answer = Client::new().get(format!("{}{path}", sandbox.url())).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    let media = answer.headers()["content-type"].to_str().expect("a media type").to_owned();
    (media, answer.text().await.expect("a text"))
}

/// Returns what stands between each `start` and the next `end`.
fn between<'t>(text: &'t str, start: &str, end: &[char]) -> Vec<&'t str> {
    text.split(start).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}

/// Returns the scripts of the page by their paths, the imported ones included.
async fn scripts(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let (_, page) = text(sandbox, "/").await;
    let mut paths: Vec<String> =
        between(&page, "<script type=\"module\" src=\"", &['"']).iter().map(ToString::to_string).collect();
    let mut scripts = BTreeMap::new();
    while let Some(path) = paths.pop() {
        if scripts.contains_key(&path) {
            continue;
        }
        let (media, script) = text(sandbox, &path).await;
        assert_eq!(media, "text/javascript; charset=utf-8", "{path}");
        paths.extend(between(&script, "from \"./", &['"']).iter().map(|name| format!("/sandbox/assets/{name}")));
        scripts.insert(path, script);
    }
    scripts
}

#[tokio::test]
async fn the_page_loads_nothing_but_the_assets_of_the_sandbox() {
    let sandbox = sandbox().await;
    let answer = Client::new().get(sandbox.url()).send().await.expect("an answer");
    let policy = answer.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.starts_with("default-src 'self';") && policy.ends_with("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");

    let page = answer.text().await.expect("a page");
    let mut loaded: Vec<&str> = between(&page, " href=\"", &['"']);
    loaded.extend(between(&page, " src=\"", &['"']));
    assert!(loaded.contains(&"/sandbox/assets/dashboard.css") && loaded.contains(&"/sandbox/assets/dashboard.js"));
    for path in loaded.into_iter().filter(|path| *path != "data:,") {
        if let Some(place) = path.strip_prefix('#') {
            assert!(page.contains(&format!(" id=\"{place}\"")), "{path}");
            continue;
        }
        assert!(path.starts_with("/sandbox/"), "{path}");
        text(&sandbox, path).await;
    }
    for inline in ["<style", " style=", "<script>", " onclick=", " onload=", "javascript:"] {
        assert!(!page.contains(inline), "the policy forbids `{inline}`");
    }
    let scripts = scripts(&sandbox).await;
    assert!(scripts.len() > 10, "{:?}", scripts.keys());
}

#[tokio::test]
async fn the_page_names_all_apis_operations_and_behaviors() {
    let sandbox = sandbox().await;
    let (media, page) = text(&sandbox, "/").await;
    assert_eq!(media, "text/html; charset=utf-8");
    for name in [
        "<option>dialog360</option>",
        "<option>zapsign</option>",
        "<option value=\"create_client\">",
        "<option value=\"get_plan\">",
    ] {
        assert!(page.contains(name), "{name}");
    }
    for behavior in api_sandbox::Behavior::ALL {
        assert!(page.contains(&format!("value=\"{behavior}\"")), "{behavior}");
        let described = between(&page, &format!(" id=\"{behavior}-description\">"), &['<']);
        let of_vendor = |text: &&str| ["ZapSign: ", "360dialog: "].iter().any(|vendor| text.starts_with(vendor));
        assert!(
            described.len() == 1 && described.iter().all(of_vendor) && !described[0].contains('`'),
            "{behavior}: {described:?}"
        );
    }
    // Browser tests find these.
    for part in
        ["id=\"trigger\"", "name=\"event\"", "name=\"url\"", "name=\"set\"", "id=\"advance\"", "id=\"connection\""]
    {
        assert_eq!(page.matches(part).count(), 1, "{part}");
    }
    let ids = between(&page, " id=\"", &['"']);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    for name in between(&page, " for=\"", &['"']) {
        assert!(ids.contains(&name), "a label for `{name}`, which is not there");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_neither_reads_nor_frames_it() {
    let sandbox = sandbox().await;
    for (name, value) in
        [("host", "rebound.example"), ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")]
    {
        let answer = Client::new().get(sandbox.url()).header(name, value).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}");
    }
}

/// Returns the methods and paths that a script calls, with values in place of what it inserts.
fn calls(script: &str) -> BTreeSet<(String, String)> {
    let mut calls = BTreeSet::new();
    let mut rest = script;
    while let Some(start) = rest.find("/sandbox/") {
        let (before, path) = rest.split_at(start);
        let end = path.find(['"', '`', '?', ' ']).expect("the end of the path");
        // Words of a URL that a text begins with, such as the address of the page.
        let line = before.rsplit('\n').next().unwrap_or_default();
        let method = line.rsplit_once("send(\"").and_then(|(_, call)| call.split('"').next()).unwrap_or("GET");
        calls.insert((method.to_owned(), with_values(&path[..end])));
        rest = &path[end..];
    }
    calls
}

fn with_values(path: &str) -> String {
    let mut parts = path.split("${");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |path, part| {
        let (inserted, rest) = part.split_once('}').expect("the end of what is inserted");
        let value = match inserted {
            "encodeURIComponent(event)" => "doc_viewed",
            "id" | "delivery.id" | "number" => "1",
            _ => panic!("`{inserted}` has no value in this test"),
        };
        path + value + rest
    })
}

#[tokio::test]
async fn every_endpoint_that_a_script_calls_is_one_of_the_control_api() {
    let sandbox = sandbox().await;
    let mut called = BTreeSet::new();
    for (path, script) in scripts(&sandbox).await {
        called.extend(calls(&script));
        // One module each, so that the calls above are all.
        assert_eq!(script.contains("fetch("), path.ends_with("/dashboard-control.js"), "{path}");
        assert_eq!(script.contains("new EventSource("), path.ends_with("/dashboard-stream.js"), "{path}");
        for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", ".action ="]
        {
            assert!(!script.contains(way), "{path}: data could become markup or code by `{way}`");
        }
    }
    for (method, path) in [
        ("GET", "/sandbox/stream"),
        ("GET", "/sandbox/requests/1"),
        ("GET", "/sandbox/deliveries/1"),
        ("POST", "/sandbox/deliveries/1/replay"),
        ("POST", "/sandbox/deliveries/replay"),
        ("POST", "/sandbox/events/doc_viewed"),
        ("POST", "/sandbox/clock"),
        ("POST", "/sandbox/faults"),
        ("DELETE", "/sandbox/faults"),
        ("PUT", "/sandbox/behaviors"),
    ] {
        assert!(called.contains(&(method.to_owned(), path.to_owned())), "{method} {path} of {called:?}");
    }

    // The first request and the first delivery.
    Client::new().get(format!("{}/api/v1/docs/", sandbox.url())).send().await.expect("an answer");
    let trigger = json!({"url": sandbox.inbox_url("demo")});
    assert_eq!(control(&sandbox, "POST", "events/doc_viewed", trigger).await.0, 200);
    let reset = ("POST".to_owned(), "/sandbox/reset".to_owned());
    assert!(called.remove(&reset), "{called:?}");
    for (method, path) in called.into_iter().chain([reset]) {
        let request = Client::new().request(method.parse().expect("a method"), format!("{}{path}", sandbox.url()));
        let status = request.send().await.expect("an answer").status();
        assert!(![404, 405].contains(&status.as_u16()), "{method} {path}: {status}");
    }
    let unknown = Client::new().get(format!("{}/sandbox/nothing", sandbox.url())).send().await.expect("an answer");
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND, "an endpoint that is not there would be seen");
}
