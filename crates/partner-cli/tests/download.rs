//! `partner download`.
#![allow(missing_docs)]

mod program;

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::thread;

use api_sandbox::{Fault, FaultRule, FaultStage};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use partner_cli::ExitCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use self::program::{Broken, PDF, Partner, Program, Run, token};

/// Returns the names of the files in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a text")).collect();
    names.sort();
    names
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a text")
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sandbox with a document that Ana is to sign, and a folder for its files.
struct Downloads {
    partner: Partner,
    document: Value,
    folder: TempDir,
}

impl Downloads {
    async fn of_document(name: &str) -> Self {
        let partner = Partner::start().await;
        let document = partner.document(name, PDF, &["Ana"], json!({})).await;
        Self { partner, document, folder: TempDir::new().expect("a folder") }
    }

    /// Downloads into the folder.
    async fn run(&self, options: &[&str]) -> Run {
        let arguments = ["download", token(&self.document), "--output-file", text(self.folder.path())];
        self.partner.run(&[&arguments, options].concat()).await
    }

    /// Returns the names of the files in the folder, in order.
    fn names(&self) -> Vec<String> {
        names(self.folder.path())
    }
}

/// Number of requests for files.
fn file_requests(partner: &Partner) -> usize {
    partner.sandbox.requests().iter().filter(|request| request.uri.path().starts_with("/files/")).count()
}

#[tokio::test]
async fn the_signed_file_gets_the_name_of_its_document() {
    let downloads = Downloads::of_document("Lease of 4/5").await;
    let document = &downloads.document;
    downloads.partner.sandbox.sign(token(&document["signers"][0])).expect("she signs");
    let run = downloads.run(&[]).await;
    let path = downloads.folder.path().join("Lease of 4-5-signed.pdf");
    let file = fs::read(&path).expect("it is there");
    assert!(file.starts_with(b"%PDF") && file != PDF);
    let told = json!([{
        "document": token(document), "file": "signed", "path": text(&path), "bytes": file.len(), "sha256": sha256(&file),
    }]);
    assert_eq!(run.json(), told);
    assert_eq!(downloads.names(), ["Lease of 4-5-signed.pdf"]);
}

#[tokio::test]
async fn the_standard_output_gets_the_bytes_and_nothing_else() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana"], json!({})).await;
    let arguments = ["download", token(&document), "--file", "original", "--output-file", "-"];
    let run = partner.run(&arguments).await;
    assert_eq!((run.code, run.stderr.as_str()), (ExitCode::Done, ""));
    assert_eq!(run.stdout.as_bytes(), PDF);

    let requests = partner.sandbox.request_count();
    let run = partner.program().on_a_terminal().run(&arguments).await;
    assert_eq!((run.code, run.stdout.len()), (ExitCode::Usage, 0));
    assert!(run.stderr.starts_with("error: --output-file: a terminal"), "{run:?}");
    assert_eq!(partner.sandbox.request_count(), requests, "nothing was sent");

    let (code, stderr) = partner.program().run_to(&arguments, &mut Broken(ErrorKind::BrokenPipe)).await;
    assert_eq!((code, stderr.len()), (ExitCode::Done, 0), "a reader that has gone away is no failure");
}

#[tokio::test]
async fn a_file_that_is_there_is_replaced_by_force_only() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana"], json!({})).await;
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("Lease.pdf");
    fs::write(&path, "mine").expect("written");
    for target in [text(folder.path()), text(&path)] {
        let arguments = ["download", token(&document), "--file", "original", "--output-file", target];
        let message = partner.run(&arguments).await.message(ExitCode::Usage);
        assert!(message.contains("--force") && message.contains("Lease.pdf"), "{message}");
        assert_eq!((fs::read(&path).expect("there"), file_requests(&partner)), (b"mine".to_vec(), 0));
    }
    partner
        .run(&["download", token(&document), "--file", "original", "--output-file", text(&path), "--force"])
        .await
        .json();
    assert_eq!(fs::read(&path).expect("there"), PDF);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_that_leads_nowhere_is_there_too() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana"], json!({})).await;
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("Lease.pdf");
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), &path).expect("linked");
    let arguments = ["download", token(&document), "--file", "original", "--output-file", text(&path)];
    assert!(partner.run(&arguments).await.message(ExitCode::Usage).contains("--force"));
    assert!(path.is_symlink());
}

#[tokio::test]
async fn several_files_and_those_of_attachments_come_in_one_run() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana"], json!({})).await;
    let attachment = json!({"name": "Lease.pdf", "base64_pdf": STANDARD.encode(PDF)});
    let arguments = [
        "zapsign",
        "documents",
        "add-extra-document",
        "--yes",
        "--doc-token",
        token(&document),
        "--body",
        &attachment.to_string(),
    ];
    let attachment = partner.run(&arguments).await.data();
    partner.sandbox.sign(token(&document["signers"][0])).expect("she signs");
    let folder = TempDir::new().expect("a folder");
    let arguments = [
        "download",
        token(&document),
        "--file",
        "original,audit-log",
        "--file",
        "signed",
        "--extra-documents",
        "--output-file",
        text(folder.path()),
    ];
    let files = partner.run(&arguments).await.json();
    let told: Vec<_> =
        files.as_array().expect("a list").iter().map(|file| (&file["document"], &file["file"])).collect();
    let [own, other] = [&document["token"], &attachment["token"]];
    let expected = [(own, "original"), (own, "audit-log"), (own, "signed"), (other, "original"), (other, "signed")];
    assert_eq!(told.len(), expected.len());
    for (told, expected) in told.iter().zip(expected) {
        assert_eq!((told.0, told.1.as_str()), (expected.0, Some(expected.1)));
    }
    let expected = ["Lease-2.pdf", "Lease-audit-log.pdf", "Lease-signed-2.pdf", "Lease-signed.pdf", "Lease.pdf"];
    assert_eq!(names(folder.path()), expected);
    for file in files.as_array().expect("a list") {
        let content = fs::read(file["path"].as_str().expect("a path")).expect("it is there");
        assert_eq!(file["sha256"], sha256(&content), "{file}");
    }

    // Without the option, they are left out.
    let arguments = ["download", token(&document), "--output-file", text(folder.path()), "--force"];
    assert_eq!(partner.run(&arguments).await.json().as_array().map(Vec::len), Some(1));

    // The token of the attachment is that of its files alone.
    let other_folder = TempDir::new().expect("a folder");
    let arguments = ["download", token(&attachment), "--file", "original", "--output-file", text(other_folder.path())];
    assert_eq!(partner.run(&arguments).await.json()[0]["document"], *other);
    assert_eq!(names(other_folder.path()), ["Lease.pdf"]);
}

#[tokio::test]
async fn several_files_need_a_folder() {
    let partner = Partner::start().await;
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("a.pdf");
    for target in [text(&path), "-"] {
        for more in [&["--file", "signed,original"][..], &["--extra-documents"]] {
            let arguments = [&["download", "doc-1", "--output-file", target], more].concat();
            assert!(partner.run(&arguments).await.message(ExitCode::Usage).contains("folder"), "{arguments:?}");
        }
    }
    assert_eq!(partner.sandbox.request_count(), 0);
}

#[tokio::test]
async fn what_is_there_already_is_told_when_the_next_file_fails() {
    let downloads = Downloads::of_document("Lease").await;
    let run = downloads.run(&["--file", "original,signed"]).await;
    assert_eq!(run.code, ExitCode::TryLater, "nobody has signed yet: {run:?}");
    assert_eq!((run.data()[0]["file"].as_str(), run.data().as_array().map(Vec::len)), (Some("original"), Some(1)));
    let error = run.error(ExitCode::TryLater);
    assert_eq!((&error["file"], &error["document"]), (&json!("signed"), &downloads.document["token"]));
    assert!(error["message"].as_str().expect("a text").contains("partner wait"));
    assert_eq!(downloads.names(), ["Lease.pdf"]);
}

#[tokio::test]
async fn each_failure_has_its_exit_code_and_leaves_nothing() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana"], json!({})).await;
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("lease.pdf");
    let arguments = ["download", token(&document), "--file", "original", "--output-file", text(&path)];
    let status = |status| Fault::Status {
        status,
        body: "<Code>secret-detail</Code>".to_owned(),
        media_type: "application/xml".to_owned(),
        stage: FaultStage::BeforeHandler,
    };
    let html = Fault::Html { stage: FaultStage::BeforeHandler };
    for (fault, code) in
        [(status(403), ExitCode::Refused), (status(404), ExitCode::Refused), (html, ExitCode::NotUnderstood)]
    {
        partner.sandbox.inject(FaultRule::next(2, fault).path_contains("/files/"));
        let run = partner.run(&arguments).await;
        run.message(code);
        assert!(!run.stderr.contains("secret-detail") && !run.stderr.contains("Signature="), "{run:?}");
        assert!(names(folder.path()).is_empty());
        partner.sandbox.clear_faults();
    }
    let small = [&arguments[..], &["--max-bytes", "9"]].concat();
    assert!(partner.run(&small).await.message(ExitCode::Failed).contains("--max-bytes"));
    partner.run(&["download", "no-such-document"]).await.message(ExitCode::Refused);
    let missing = folder.path().join("none").join("lease.pdf");
    let calls = partner.sandbox.request_count();
    let arguments = ["download", token(&document), "--output-file", text(&missing)];
    assert!(partner.run(&arguments).await.message(ExitCode::Failed).contains("can't be written"));
    assert_eq!(partner.sandbox.request_count(), calls, "nothing was sent");
    assert!(names(folder.path()).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_stays_busy_is_to_be_tried_later() {
    let downloads = Downloads::of_document("Lease").await;
    let busy = Fault::Status {
        status: 503,
        body: String::new(),
        media_type: "text/plain".to_owned(),
        stage: FaultStage::BeforeHandler,
    };
    downloads.partner.sandbox.inject(FaultRule::next(100, busy).path_contains("/files/"));
    let run = downloads.run(&["--file", "original"]).await;
    run.message(ExitCode::TryLater);
    assert_eq!(run.error(ExitCode::TryLater)["status"], 503);
    assert!(file_requests(&downloads.partner) > 1 && downloads.names().is_empty());
}

#[tokio::test]
async fn a_connection_that_breaks_goes_on_where_it_broke() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana"], json!({})).await;
    partner.sandbox.inject(FaultRule::next(1, Fault::CutBody).path_contains("/files/"));
    let run = partner.run(&["download", token(&document), "--file", "original", "--output-file", "-"]).await;
    assert_eq!((run.code, run.stdout.as_bytes()), (ExitCode::Done, PDF));
    assert!(partner.sandbox.unused_faults().is_empty());
}

/// Answers each request with the same JSON, or PDF file, and returns the address.
fn serve(media_type: &'static str, body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\r\n"
            );
            let _ = stream.write_all(&body);
        }
    });
    address
}

#[tokio::test]
async fn a_file_of_another_host_is_taken_if_it_is_allowed_only() {
    let store = serve("application/pdf", PDF.to_vec());
    let link = format!("http://{store}/lease.pdf?Signature=the-secret");
    let document = json!({"token": "doc-1", "name": "Lease", "status": "signed", "signed_file": link});
    let vendor = format!("http://{}", serve("application/json", document.to_string().into_bytes()));
    let program = Program::of(&[("PARTNER_URL", &vendor), ("ZAPSIGN_API_TOKEN", "a-token")]);
    let arguments = ["download", "doc-1", "--output-file", "-"];
    let run = program.run(&arguments).await;
    let message = run.message(ExitCode::Failed);
    assert!(
        message.contains("--allow-host") && message.contains(&store) && !message.contains("allow_host"),
        "{message}"
    );
    assert!(!run.stderr.contains("the-secret"));
    let run = program.run(&[&arguments[..], &["--allow-host", &store]].concat()).await;
    assert_eq!((run.code, run.stdout.as_bytes()), (ExitCode::Done, PDF), "{run:?}");
}

#[tokio::test]
async fn a_list_of_files_is_a_list_for_one_file_too() {
    let downloads = Downloads::of_document("../../x").await;
    let files = downloads.run(&["--file", "original", "--file", "original"]).await.json();
    assert_eq!(files.as_array().map(Vec::len), Some(1));
    assert_eq!(downloads.names().len(), 1, "the file is in its folder");
}

#[tokio::test]
async fn a_table_has_a_row_for_each_file() {
    let downloads = Downloads::of_document("Lease").await;
    let run = downloads.run(&["--file", "original,audit-log", "--output", "table"]).await;
    let table = &run.stdout;
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!((run.code, rows.len()), (ExitCode::Done, 3), "{table}");
    assert!(rows[1].contains("original") && rows[1].contains(&sha256(PDF)) && rows[2].contains("audit-log"), "{table}");
}

#[tokio::test]
async fn the_calls_are_told_if_that_is_wanted() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana"], json!({})).await;
    let folder = TempDir::new().expect("a folder");
    for target in [text(folder.path()), "-"] {
        let arguments = ["download", token(&document), "--file", "original", "--output-file", target, "-v"];
        let run = partner.run(&arguments).await;
        assert_eq!(run.code, ExitCode::Done, "{run:?}");
        assert!(run.stderr.contains("get_document") && !run.stderr.contains("Signature="), "{run:?}");
        assert!(!run.stderr.contains(&partner.sandbox.credentials().api_token));
    }
}
