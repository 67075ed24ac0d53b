//! Malformed input: whatever bytes arrive, nothing panics and nothing is lost. `fuzz/` makes the same claims with a
//! fuzzer's bytes, without a time limit.
#![allow(missing_docs)]

use std::time::Duration;

use api_runtime::{DecodeErrorKind, RetryPolicy};
use conformance::claims::{self, Paths, Vendors};
use conformance::fault::{Fault as Broken, FaultServer};
use conformance::virtual_time::VirtualTime;
use dialog360_api::onboarding::{HubVersion, Redirect, SignUpLink};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

/// Checks a claim with `cases` inputs. The smallest input that fails is printed, and not written to a file.
fn holds<S: Strategy>(cases: u32, inputs: S, claim: impl Fn(S::Value)) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&inputs, |input| {
        claim(input);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Returns a strategy for the bytes that a claim builds its input from.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..192)
}

/// Returns a strategy for words of a language and foreign text, in any order.
fn scramble(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece = prop_oneof![6 => proptest::sample::select(words).prop_map(ToOwned::to_owned), 1 => ".{0,3}"];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_body_of_any_type_that_decodes_survives_a_round_trip() {
    holds(8192, bytes(), |bytes| claims::body(&bytes).expect("bytes never run out"));
}

#[test]
fn an_answer_of_any_form_is_a_value_or_an_error_that_keeps_it() {
    let vendors = Vendors::start();
    holds(512, bytes(), |bytes| vendors.answer(&bytes).expect("bytes never run out"));
}

#[test]
fn no_delivery_is_lost() {
    holds(4096, bytes(), |bytes| claims::delivery(&bytes).expect("bytes never run out"));
    holds(1024, bytes(), |bytes| claims::raw_delivery(&bytes));
    let json = scramble(&[
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "\"",
        "\"event\":",
        "\"event_type\":",
        "\"doc_signed\"",
        "1",
        "1e999",
    ]);
    holds(2048, json, |text| claims::raw_delivery(text.as_bytes()));
}

#[test]
fn a_policy_has_no_more_items_than_its_text() {
    let policy = scramble(&[
        "100",
        ";",
        "w=60",
        "q=5",
        ",",
        " ",
        "\"burst\"",
        "(",
        ")",
        "\n",
        "999999999999999",
        "-1",
        "1.5",
        "?1",
        "a",
    ]);
    holds(4096, policy, |text| claims::rate_limit(text.as_bytes()));
    holds(1024, bytes(), |bytes| claims::rate_limit(&bytes));
}

/// Headers decide how long calls wait.
#[tokio::test(start_paused = true)]
async fn no_hint_makes_a_call_panic_or_go_on_for_ever() {
    let number = prop_oneof![
        any::<u64>().prop_map(|number| number.to_string()),
        scramble(&["0", "9", "-", "GMT", " ", "Sun, 06 Nov 1994 08:49:37"])
    ];
    let hints = (
        vec(
            (proptest::sample::select(&["retry-after", "ratelimit-reset", "ratelimit-remaining", "date"][..]), number),
            0..5,
        ),
        proptest::sample::select(&[200, 429, 503][..]),
    );
    let time = VirtualTime::hold();
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let partner = dialog360_api::types::PartnerId::new("exmplePA").expect("an id");
    for _ in 0..96 {
        let (headers, status) = hints.new_tree(&mut runner).expect("a strategy").current();
        let visible = |text: &str| text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        let headers = headers.iter().filter(|(_, value)| visible(value));
        let headers: String = headers.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let answer = format!("HTTP/1.1 {status} So\r\nconnection: close\r\ncontent-length: 2\r\n{headers}\r\n{{}}");
        let server = FaultServer::start(Broken::Write(answer)).await;
        let policy = RetryPolicy::default().max_attempts(3);
        let client = dialog360_api::Client::builder().api_key("key").base_url(server.url()).retry(policy);
        let client = client.attempt_timeout(Duration::from_secs(600)).build().expect("it builds");
        let clients = client.get_client_balance().partner_id(&partner);
        let id = dialog360_api::types::ClientId::new("exmpleCL").expect("an id");
        let (outcome, took) = time.run(Duration::from_secs(20), clients.client_id(&id).send()).await;
        assert!(took <= Duration::from_secs(340), "{took:?}: {headers}");
        assert_eq!(outcome.is_ok(), status == 200, "{headers}");
    }
}

#[test]
fn a_path_id_is_exactly_one_segment_or_is_refused() {
    let paths = Paths::start();
    let words = &[
        "a", ".", "..", "/", "\\", "%2e", "%", "?", "#", ";", ":", "@", "&", "=", "+", " ", "\t", "é", "．", "\u{7f}",
        "\u{0}",
    ];
    holds(512, scramble(words), |text| paths.id(&text));
    holds(256, ".*", |text| paths.id(&text));
    holds(256, scramble(words).prop_map(|text| format!("/{text}")), |path| paths.raw(&path));
    holds(64, ".*", |path| paths.raw(&path));
}

#[test]
fn no_header_proves_a_body_but_its_own_signature() {
    holds(8192, vec(any::<u8>(), 0..512), |bytes| claims::signature(&bytes).expect("bytes never run out"));
}

/// A link parses to the values that it was built from.
#[test]
fn every_value_of_a_sign_up_link_arrives() {
    holds(2048, (".*", ".*", vec((".{1,8}", ".*"), 0..4)), |(state, email, others)| {
        let partner = dialog360_api::types::PartnerId::new("exmplePA").expect("an id");
        let mut link = SignUpLink::new(&partner).version(HubVersion::V2);
        for (name, value) in &others {
            link = link.parameter(format!("x{name}"), value);
        }
        let link = link.state(&state).email(&email).url().expect("a link");
        let url = url::Url::parse(&link).expect("a URL");
        assert_eq!(
            (url.host_str(), url.path(), url.fragment()),
            (Some("app.360dialog.com"), "/onboarding/exmplePA", None)
        );
        let read = Redirect::parse(&link).expect("no ids").other;
        assert_eq!((&read["state"], &read["email"]), (&state, &email));
        for (name, _) in &others {
            // The last value of a repeated name counts.
            let last = others.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value);
            assert_eq!(read.get(&format!("x{name}")), last);
        }
    });
}

#[test]
fn a_redirect_gives_ids_and_every_other_parameter() {
    let words = &[
        "client",
        "channels",
        "revoked",
        "state",
        "=",
        "&",
        "[",
        "]",
        ",",
        "\"",
        "'",
        "?",
        "#",
        "%5B",
        "%2C",
        "%2F",
        "+",
        "aaCH",
        "https://x.example/",
    ];
    holds(8192, scramble(words), |address| claims::redirect(&address));
    holds(1024, ".*", |address| claims::redirect(&address));
}

#[test]
fn a_redirect_is_read_as_it_was_written() {
    let id = "[A-Za-z0-9]{3,12}";
    holds(1024, (id, vec(id, 0..5), vec(id, 0..3), ".*"), |(client, channels, revoked, state)| {
        let mut url = url::Url::parse("https://crm.example/done").expect("a URL");
        let list = |ids: &[String]| format!("[{}]", ids.join(","));
        url.query_pairs_mut()
            .append_pair("client", &client)
            .append_pair("channels", &list(&channels))
            .append_pair("revoked", &list(&revoked))
            .append_pair("state", &state);
        let redirect = Redirect::parse(url.as_str()).expect("every id is one");
        assert_eq!(redirect.client.as_ref().map(|id| id.as_str()), Some(client.as_str()));
        let read = |ids: &[dialog360_api::types::ChannelId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!((read(&redirect.channels), read(&redirect.revoked)), (channels, revoked));
        assert_eq!(redirect.other["state"], state);
    });
}

/// Deep nesting takes neither the stack nor much time, in any decoder.
#[tokio::test]
async fn nesting_without_end_is_a_fault_with_its_place() {
    let deep = |depth: usize| format!("{{\"clients\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let partner = dialog360_api::types::PartnerId::new("exmplePA").expect("an id");
    let depths = [200, 10_000, 200_000];
    for body in depths.into_iter().flat_map(|depth| [deep(depth), "[".repeat(depth), "{\"a\":".repeat(depth)]) {
        let reply = conformance::recorder::Reply::new(200, "application/json", body.clone());
        let server = conformance::recorder::Recorder::start(reply).await;
        let client = dialog360_api::Client::builder().api_key("key").base_url(server.url()).build().expect("it builds");
        let error = client.list_clients().partner_id(&partner).send().await.expect_err("it is no list of clients");
        let dialog360_api::Error::Decode(failure) = &error else { panic!("{error}") };
        match failure.kind() {
            DecodeErrorKind::SchemaMismatch { .. } | DecodeErrorKind::InvalidJson { .. } => {
                assert!(body.len() < 100_000)
            }
            fault => assert_eq!((fault, body.len() > 100_000), (&DecodeErrorKind::TooManyValues, true)),
        }
        assert_eq!(failure.raw_response().body().len(), body.len());
        assert!(error.to_string().len() < 500, "{error}");
    }
}

/// Memory is taken for the bytes received, not for the length that a header announces.
#[tokio::test]
async fn a_length_that_is_a_lie_costs_no_memory() {
    // Longer than one read, so that it arrives in chunks.
    let arrived = "a".repeat(2 * 1024 * 1024);
    for length in [1_000_000_000_000, 1_000_000_000_000_000_000, 1 << 63, u64::MAX - 2] {
        let server = FaultServer::start(Broken::Write(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{arrived}"
        )));
        let server = server.await;
        let client = dialog360_api::Client::builder()
            .api_key("key")
            .base_url(server.url())
            .max_response_bytes(usize::MAX)
            .retry(RetryPolicy::never())
            .build()
            .expect("it builds");
        let error = client.request(api_runtime::Method::GET, "/ships").send().await.expect_err("it is not whole");
        let dialog360_api::Error::Transport(failure) = &error else { panic!("{length}: {error}") };
        assert_eq!(failure.kind(), api_runtime::TransportErrorKind::IncompleteBody, "{length}");
        assert_eq!(error.raw_body().map(|body| body.len()), Some(arrived.len()), "{length}");
    }
}
