//! `partner sandbox`.
#![allow(missing_docs)]

mod program;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::SystemTime;

use partner_cli::ExitCode;
use serde_json::{Value, json};

use self::program::{ClosedPort, PDF, Partner, Program, token};

/// Returns the body of the last delivery.
fn last_body(partner: &Partner) -> Value {
    let deliveries = partner.sandbox.deliveries();
    serde_json::from_slice(deliveries.last().expect("a delivery").text()).expect("JSON")
}

#[tokio::test]
async fn a_document_is_signed_by_all_its_signers_or_by_one() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana", "Bento", "Caio"], json!({})).await;
    let bento = document["signers"].as_array().expect("a list").iter().find(|signer| signer["name"] == "Bento");
    let bento = token(bento.expect("a signer"));
    let shown = partner.run(&["sandbox", "sign", bento]).await.json();
    assert_eq!((&shown["token"], &shown["status"]), (&document["token"], &json!("pending")));
    let signed = |shown: &Value| -> Vec<String> {
        let signers = shown["signers"].as_array().expect("a list").iter();
        let signed = signers.filter(|signer| signer["status"] == "signed");
        signed.map(|signer| signer["name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(signed(&shown), ["Bento"]);
    let shown = partner.run(&["sandbox", "sign", token(&document)]).await.json();
    assert_eq!((shown["status"].as_str(), signed(&shown).len()), (Some("signed"), 3));
    let message = partner.run(&["sandbox", "sign", token(&document)]).await.message(ExitCode::Refused);
    assert!(message.contains("no signer who has not signed"), "{message}");
    let message = partner.run(&["sandbox", "sign", "no-such-token"]).await.message(ExitCode::Refused);
    assert!(message.contains("no signer has this token"), "{message}");
}

#[tokio::test]
async fn a_signer_refuses_with_a_reason() {
    let partner = Partner::start().await;
    let create = |signers| partner.document("Lease", PDF, signers, json!({"allow_refuse_signature": true}));
    let one = create(&["Ana"]).await;
    let shown =
        partner.run(&["sandbox", "refuse", token(&one), "--reason", "the price is wrong, says Ana"]).await.json();
    assert_eq!(shown["rejected_reason"], "the price is wrong, says Ana");
    let two = create(&["Ana", "Bento"]).await;
    let message = partner.run(&["sandbox", "refuse", token(&two)]).await.message(ExitCode::Usage);
    assert!(message.contains("2 signers"), "{message}");
    partner.run(&["sandbox", "refuse", token(&two["signers"][1])]).await.json();
}

#[tokio::test]
async fn an_event_is_sent_with_what_is_set() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana"], json!({})).await;
    let (one, two) = (partner.sandbox.inbox_url("one"), partner.sandbox.inbox_url("two"));
    let arguments = [
        "sandbox",
        "trigger",
        "doc_viewed",
        "--document",
        token(&document),
        "--to",
        &one,
        "--to",
        &two,
        "--set",
        "signers[0].name=Bruno=B",
        "--set",
        "/status=signed",
        "--set",
        "sandbox:=true",
    ];
    assert_eq!(partner.run(&arguments).await.json(), json!({"event": "doc_viewed", "deliveries": 2}));
    partner.sandbox.delivered().await;
    let urls: Vec<String> = partner.sandbox.deliveries().into_iter().map(|delivery| delivery.url).collect();
    assert_eq!(urls, [one.clone(), two]);
    let body = last_body(&partner);
    assert_eq!((&body["token"], &body["signers"][0]["name"]), (&document["token"], &json!("Bruno=B")));
    assert_eq!((&body["status"], &body["sandbox"]), (&json!("signed"), &json!(true)));

    for (more, hint) in [
        (&["doc_veiwed"][..], "doc_viewed"),
        (&["doc_viewed", "--to", &one, "--set", "signers[0].nmae=B"], "/signers/0/name"),
        (&["doc_viewed", "--to", &one, "--document", "none"], "none"),
        (&["doc_viewed"], "subscribe"),
        (&["doc_viewed", "--to", "http://receiver.example/"], "deliver-anywhere"),
    ] {
        let run = partner.run(&[&["sandbox", "trigger"], more].concat()).await;
        assert!(run.message(ExitCode::Refused).contains(hint), "{run:?}");
    }
    let arguments = ["sandbox", "trigger", "doc_viewed", "--to", &one, "--set", "new_field=1", "--unchecked"];
    partner.run(&arguments).await.json();
    assert_eq!(last_body(&partner)["new_field"], "1");
    for set in ["status", "=x", "status:=x", "a[x]=1"] {
        let run = partner.run(&["sandbox", "trigger", "doc_viewed", "--to", &one, "--set", set]).await;
        run.message(ExitCode::Usage);
    }
    assert_eq!(partner.sandbox.deliveries().len(), 3, "nothing else was sent");
    let events = partner.run(&["sandbox", "events"]).await.json();
    assert!(events.as_array().expect("a list").iter().any(|event| event["event"] == "doc_viewed"), "{events}");
}

#[tokio::test]
async fn a_delivery_is_listed_and_replayed() {
    let partner = Partner::start().await;
    let inbox = partner.sandbox.inbox_url("hooks");
    let failed = format!("{}?secret=the-secret", partner.sandbox.inbox_url("failing"));
    for url in [&inbox, &failed] {
        partner.run(&["sandbox", "trigger", "doc_viewed", "--to", url]).await.json();
    }
    partner.sandbox.answer_inbox("failing", api_sandbox::InboxAnswer::status(503));
    partner.run(&["sandbox", "replay", "2"]).await.json();
    partner.sandbox.delivered().await;
    let run = partner.run(&["sandbox", "deliveries"]).await;
    let deliveries = run.json();
    let rows: Vec<_> = deliveries
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| (row["id"].as_u64(), row["event"].as_str(), row["attempts"].as_u64(), row["outcome"].as_u64()))
        .collect();
    let expected =
        [(Some(1), Some("doc_viewed"), Some(1), Some(200)), (Some(2), Some("doc_viewed"), Some(2), Some(503))];
    assert_eq!(rows, expected);
    assert!(!run.stdout.contains("the-secret"));

    assert_eq!(partner.run(&["sandbox", "replay", "2", "1"]).await.json(), json!({"replayed": [2, 1]}));
    partner.sandbox.delivered().await;
    let attempts = |id| partner.sandbox.delivery(id).map(|delivery| delivery.attempts.len());
    assert_eq!((attempts(1), attempts(2)), (Some(2), Some(3)));
    assert_eq!(partner.run(&["sandbox", "replay", "--failed"]).await.json(), json!({"replayed": [2]}));
    let message = partner.run(&["sandbox", "replay", "9"]).await.message(ExitCode::Refused);
    assert!(message.contains("no delivery `9`"), "{message}");
    for arguments in [&["sandbox", "replay"][..], &["sandbox", "replay", "1", "--failed"]] {
        assert_eq!(partner.run(arguments).await.code, ExitCode::Usage);
    }
}

#[tokio::test]
async fn the_clock_is_shown_and_moved_ahead() {
    let partner = Partner::start().await;
    let at = |shown: &Value| shown["now"].as_str().expect("a time")[..10].to_owned();
    let run = |more: &'static [&'static str]| {
        let arguments = [&["sandbox", "clock"], more].concat();
        let partner = &partner;
        async move { partner.run(&arguments).await }
    };
    assert_eq!(at(&run(&["set", "2100-01-01T23:00:00-03:00"]).await.json()), "2100-01-02");
    assert_eq!(at(&run(&["advance", "3d"]).await.json()), "2100-01-05");
    assert_eq!(at(&run(&[]).await.json()), "2100-01-05");
    assert_eq!(at(&run(&["show"]).await.json()), "2100-01-05");
    let message = run(&["set", "2020-01-01T00:00:00Z"]).await.message(ExitCode::Refused);
    assert!(message.contains("back"), "{message}");
    for more in [&["advance", "3x"][..], &["advance"], &["advance", "-3d"], &["set", "tomorrow"], &["set"], &["turn"]] {
        assert_eq!(run(more).await.code, ExitCode::Usage, "{more:?}");
    }
    assert!(run(&["advance", "3x"]).await.message(ExitCode::Usage).contains("`3d`"));
    assert!(run(&["set", "2100-02-01"]).await.message(ExitCode::Usage).contains("offset"));
    assert!(partner.sandbox.now() > SystemTime::now());
}

#[tokio::test]
async fn state_is_reset_and_pages_are_named() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana", "Bento"], json!({})).await;
    let lines = |run: program::Run| run.done().lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(partner.run(&["sandbox", "open"]).await), [format!("{}/", partner.sandbox.url())]);
    let pages = lines(partner.run(&["sandbox", "open", token(&document)]).await);
    let signers = document["signers"].as_array().expect("a list");
    assert_eq!(pages, signers.iter().map(|signer| signer["sign_url"].as_str().expect("a link")).collect::<Vec<_>>());
    partner.run(&["sandbox", "reset"]).await.json();
    let message = partner.run(&["sandbox", "open", token(&document)]).await.message(ExitCode::Refused);
    assert!(message.contains("not among the latest"), "{message}");
}

#[tokio::test]
async fn the_status_of_a_channel_is_set() {
    let partner = Partner::start().await;
    let message = partner.run(&["sandbox", "channel", "noneCH", "running"]).await.message(ExitCode::Refused);
    assert!(message.contains("noneCH"), "{message}");
    let seed = json!({"dialog360": {
        "clients": [{"id": "acmeCL", "name": "Acme", "email": "it@acme.example"}],
        "channels": [{"id": "acmeCH", "client_id": "acmeCL", "status": "created", "phone_number": "4930111"}],
    }});
    let seed = api_sandbox::Seed::from_json(&seed.to_string()).expect("a seed");
    let sandbox = api_sandbox::Sandbox::builder().load(seed).start().await.expect("it starts");
    let partner = Partner { sandbox };
    partner.run(&["sandbox", "channel", "acmeCH", "running"]).await.json();
    let run = partner.run(&["dialog360", "channels", "list", "--partner-id", "sandboxPA"]).await;
    assert!(run.stdout.contains("\"running\""), "{run:?}");
}

#[tokio::test]
async fn another_machine_is_not_asked() {
    let partner = Partner::start().await;
    for url in ["http://192.0.2.1:4360", "https://api.zapsign.com.br", "http://sandbox.example", "127.0.0.1:4360", "x"]
    {
        let run = partner.run(&["sandbox", "--url", url, "reset"]).await;
        assert!(run.message(ExitCode::Usage).contains("--url"), "{run:?}");
        Program::of(&[("PARTNER_URL", url)]).run(&["sandbox", "reset"]).await.message(ExitCode::Usage);
    }
    // The option comes first, also behind the verb.
    let arguments = ["sandbox", "clock", "--url", partner.sandbox.url()];
    Program::of(&[("PARTNER_URL", "http://192.0.2.1:1")]).run(&arguments).await.json();
}

#[tokio::test]
async fn what_is_no_sandbox_is_left_alone() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"status\":\"ok\"}",
        "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let posts = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&posts);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut head = [0; 4096];
                let length = stream.read(&mut head).unwrap_or_default();
                counted.fetch_add(usize::from(head[..length].starts_with(b"POST")), Ordering::SeqCst);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        let run = Program::default().run(&["sandbox", "reset", "--url", &url]).await;
        assert!(run.message(ExitCode::Failed).contains("no sandbox"), "{run:?}");
        assert_eq!(posts.load(Ordering::SeqCst), 0);
    }
    let closed = ClosedPort::take();
    let run = Program::default().run(&["sandbox", "reset", "--url", &closed.url]).await;
    assert!(run.message(ExitCode::Failed).contains("no sandbox listens"), "{run:?}");
}

/// The program itself, since a proxy is that of a process.
#[tokio::test]
async fn a_proxy_is_not_asked() {
    let partner = Partner::start().await;
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_partner"));
    command.args(["sandbox", "clock"]).env_clear().envs(partner.variables());
    command.env("http_proxy", "http://127.0.0.1:9").env("HTTP_PROXY", "http://127.0.0.1:9");
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("it runs").expect("an output");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn the_format_is_chosen_behind_the_verb_too_and_a_terminal_gets_a_table() {
    let partner = Partner::start().await;
    partner.run(&["sandbox", "trigger", "doc_viewed", "--to", &partner.sandbox.inbox_url("hooks")]).await.json();
    partner.sandbox.delivered().await;
    let table = partner.program().on_a_terminal().run(&["sandbox", "deliveries"]).await;
    let table = table.stdout;
    assert!(table.starts_with("id ") && table.contains("doc_viewed") && !table.contains('{'), "{table}");
    for arguments in [["sandbox", "--output", "table", "deliveries"], ["sandbox", "deliveries", "--output", "table"]] {
        assert_eq!(partner.run(&arguments).await.stdout, table, "{arguments:?}");
    }
    let lines = partner.run(&["sandbox", "events", "--output", "jsonl"]).await.stdout;
    assert!(lines.lines().count() > 20 && lines.lines().all(|line| line.starts_with("{\"")), "{lines}");
}
