//! The service of `examples/sign-contract`: from the upload of a PDF file to the signed one in its folder.
#![allow(missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use api_sandbox::{Fault, FaultRule, FaultStage, Sandbox};
use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use zapsign_api::Client;
use zapsign_api::operations::CREATE_DOCUMENT;
use zapsign_api::types::{CreateDocument, CreateDocumentContent, NewSigner};

/// Longest wait for something that the service does by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program while it runs. It is killed when this is dropped.
struct Service {
    _process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    url: String,
    webhook_url: String,
    http: reqwest::Client,
}

impl Service {
    /// Starts the program with a token and a folder that outlive it, against a sandbox of the test.
    async fn with_sandbox(sandbox: &Sandbox, folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sign-contract"));
        command.args(["--zapsign-url", sandbox.url()]).arg("--folder").arg(folder);
        command.env("ZAPSIGN_API_TOKEN", &sandbox.credentials().api_token);
        Self::start(command).await
    }

    async fn start(mut command: Command) -> Self {
        command
            .args(["--port", "0", "--webhook-port", "0"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .env_remove("PUBLIC_URL");
        let mut process = command.spawn().expect("the program is built");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let first = lines.next_line().await.expect("text").expect("a line");
        let addresses = first.strip_prefix("listening on ").expect("the addresses come first");
        let (url, webhook_url) = addresses.split_once(", for deliveries on ").expect("two of them");
        let (url, webhook_url) = (url.to_owned(), webhook_url.to_owned());
        Self { _process: process, lines, url, webhook_url, http: reqwest::Client::new() }
    }

    /// Waits for a line that contains this text.
    async fn line(&mut self, text: &str) -> String {
        let wait = async {
            loop {
                let line = self.lines.next_line().await.expect("text").expect("the program runs");
                if line.contains(text) {
                    return line;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("no line with {text:?}"))
    }

    async fn upload(&self, form: Form) -> (StatusCode, Value) {
        let answer = self.http.post(format!("{}/contracts", self.url)).multipart(form).send().await.expect("an answer");
        (answer.status(), answer.json().await.expect("JSON"))
    }

    async fn contract(&self, id: &str) -> Value {
        let answer = self.http.get(format!("{}/contracts/{id}", self.url)).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }
}

/// Returns the form of a contract that Ana and João sign.
fn form() -> Form {
    let pdf =
        Part::bytes(b"%PDF-1.4\n% the sandbox makes a page of what it can't read\n".as_slice()).file_name("lease.pdf");
    Form::new()
        .part("file", pdf)
        .text("name", "Lease")
        .text("signer", "Ana Prado <ana@acme.example>")
        .text("signer", "João Conceição <joao@acme.example>")
}

/// Returns the tokens of the signers, which end their links.
fn signer_tokens(contract: &Value) -> Vec<String> {
    let links = contract["signers"].as_array().expect("a list").iter();
    links
        .map(|signer| signer["sign_url"].as_str().expect("a link").rsplit('/').next().expect("a token").to_owned())
        .collect()
}

#[tokio::test]
async fn a_contract_is_signed_in_a_sandbox_that_the_program_starts() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sign-contract"));
    command.args(["--sandbox-port", "0"]).env_remove("ZAPSIGN_API_TOKEN");
    let mut service = Service::start(command).await;
    let sandbox = service.line("sandbox at ").await;
    let sandbox = sandbox.rsplit(' ').next().expect("an address").to_owned();

    let (status, contract) = service.upload(form()).await;
    assert_eq!((status, &contract["status"]), (StatusCode::CREATED, &json!("pending")), "{contract}");
    let id = contract["id"].as_str().expect("an id").to_owned();
    service.line("delivery: doc_created").await;
    for token in signer_tokens(&contract) {
        let sign = format!("{sandbox}/sandbox/signers/{token}/sign");
        assert!(service.http.post(sign).send().await.expect("an answer").status().is_success());
    }
    let path = service.line("signed: ").await;
    let path = Path::new(path.trim_start_matches("signed: "));
    let file = fs::read(path).expect("the file is there as a whole");
    assert!(file.starts_with(b"%PDF-") && file.trim_ascii_end().ends_with(b"%%EOF"));
    let shown = service.contract(&id).await;
    assert_eq!((shown["signed_file"].as_str(), &shown["name"]), (path.to_str(), &json!("Lease")));
    fs::remove_dir_all(path.ancestors().nth(2).expect("the folder")).expect("it is a temporary one");
}

#[tokio::test]
async fn what_was_lost_is_found_again_and_nothing_is_there_twice() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let folder = tempfile::tempdir().expect("a folder");
    let mut service = Service::with_sandbox(&sandbox, folder.path()).await;

    // The document is created, and the answer is lost.
    let lost = Fault::Reset { stage: FaultStage::AfterHandler };
    sandbox.inject(FaultRule::next(1, lost).for_operation(&CREATE_DOCUMENT));
    let (status, contract) = service.upload(form()).await;
    assert_eq!(status, StatusCode::CREATED, "{contract}");
    let created =
        sandbox.requests().into_iter().filter(|request| request.operation.as_deref() == Some("create_document"));
    assert_eq!((created.count(), sandbox.unused_faults().len()), (1, 0));
    service.line("delivery: doc_created").await;

    // A delivery that comes again is the same event.
    let first = sandbox.deliveries()[0].id;
    assert!(sandbox.replay_delivery(first), "there is one");
    service.line("delivery: doc_created, once more").await;
    assert_eq!(fs::read_dir(folder.path().join("inbox")).expect("the inbox").count(), 1);

    // Everybody signs while the service is down, so the deliveries are lost.
    drop(service);
    for token in signer_tokens(&contract) {
        sandbox.sign(&token).expect("it is open");
    }
    sandbox.delivered().await;
    let mut service = Service::with_sandbox(&sandbox, folder.path()).await;
    service.line("signed: ").await;
    let webhooks =
        sandbox.requests().into_iter().filter(|request| request.operation.as_deref() == Some("create_webhook"));
    assert_eq!(webhooks.count(), 2, "the port of the second start is another one");
}

#[tokio::test]
async fn a_start_takes_up_what_an_earlier_one_has_begun() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let folder = tempfile::tempdir().expect("a folder");
    let kept = |id: &str| folder.path().join(format!("contracts/{id}.json"));
    drop(Service::with_sandbox(&sandbox, folder.path()).await);

    // The service was killed after it had asked for a document, and before the answer was kept.
    let token = sandbox.credentials().api_token.as_str();
    let client = Client::builder().api_token(token).base_url(sandbox.url()).build().expect("a client");
    let signer = NewSigner::builder().name("Ana Prado").build();
    let body = CreateDocument::builder()
        .name("Lease")
        .content(CreateDocumentContent::MarkdownText("Lease".to_owned()))
        .signers(vec![signer])
        .external_id("begun")
        .build();
    let document = client.create_document().body(&body).send().await.expect("it is created");
    let begun = json!({
        "id": "begun", "name": "Lease", "since": "2026-02-03T04:05:06Z", "document": null, "status": null, "signers": [],
        "closed": false,
    });
    fs::write(kept("begun"), begun.to_string()).expect("it is written");
    fs::write(kept("odd"), "no JSON").expect("it is written");
    fs::write(folder.path().join("contracts/.hidden"), "").expect("it is written");
    sandbox.sign(document.signers()[0].token().expect("a token").as_str()).expect("it is open");

    let mut service = Service::with_sandbox(&sandbox, folder.path()).await;
    service.line("signed: ").await;
    assert!(folder.path().join("signed/begun.pdf").exists());
    // Once the service has kept the state, the contract is closed.
    let closed = async {
        while service.contract("begun").await["closed"] != true {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, closed).await.expect("the state is kept");
    drop(service);

    // The contracts are those of one account.
    let mut command = Command::new(env!("CARGO_BIN_EXE_sign-contract"));
    command
        .args(["--port", "0", "--webhook-port", "0", "--zapsign-url", sandbox.url()])
        .arg("--folder")
        .arg(folder.path());
    let output = command.env("ZAPSIGN_API_TOKEN", "another").output().await.expect("it ends");
    let reason = String::from_utf8(output.stderr).expect("text");
    assert_eq!(reason, "error: the folder has contracts of another account; choose another one with --folder\n");
}

#[tokio::test]
async fn what_can_t_be_sent_is_refused_with_a_reason() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let folder = tempfile::tempdir().expect("a folder");
    let service = Service::with_sandbox(&sandbox, folder.path()).await;
    let pdf = || Part::bytes(b"%PDF-1.4\n".as_slice());
    for (form, reason) in [
        (Form::new().text("file", "Dear Ana").text("name", "Lease"), "`file` is no PDF file"),
        (Form::new().part("file", pdf()).text("name", "Lease"), "give a `name`, and a `signer` for each who signs"),
        (Form::new().text("signer", "ana@acme.example"), "a signer is written as `Ana Prado <ana@acme.example>`"),
        (Form::new().text("signers", "Ana"), "unknown field `signers`; there are file, name and signer"),
    ] {
        assert_eq!(service.upload(form).await, (StatusCode::BAD_REQUEST, json!({"error": reason})));
    }
    assert_eq!(service.contract("..%2Fwebhook%2Fregistration").await["error"], "there is no such contract");

    // A page in a browser may send forms to any address.
    let upload = service.http.post(format!("{}/contracts", service.url)).header("origin", "https://pages.example");
    assert_eq!(upload.multipart(form()).send().await.expect("an answer").status(), StatusCode::FORBIDDEN);
    assert!(!sandbox.requests().iter().any(|request| request.operation.as_deref() == Some("create_document")));

    let delivery = json!({"event_type": "doc_signed", "token": "doc-1", "name": "Lease", "status": "signed"});
    let forged =
        service.http.post(format!("{}/zapsign", service.webhook_url)).json(&delivery).send().await.expect("an answer");
    assert_eq!(forged.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(fs::read_dir(folder.path().join("inbox")).expect("the inbox").count(), 0);
}
