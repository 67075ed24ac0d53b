//! Messages of the compiler about a program that uses the crates wrongly: they name the remedy.
//!
//! `rustc` compiles each program against the crates as cargo built them for this test. Only our part of a message is compared,
//! since the rest differs between compilers.
#![allow(missing_docs)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

/// A program that compiles, by which the right build of a crate is known.
const RIGHT: &str = "
    let body = zapsign_api::types::CreateCheck::builder();
    client.list_documents().page(2).send().await?;
    client.create_webhook();
    drop(body);
";

/// Programs with the messages about them.
const WRONG: [(&str, &[&str]); 7] = [
    (
        "types::CreateUser::builder().build();",
        &["a required value is missing: `email`", "call the setter `email` before this"],
    ),
    (
        "types::CancelDocument::builder().rejected_reason(\"Mistake\").build();",
        &["a required value is missing: `doc_token`", "call the setter `doc_token` before this"],
    ),
    (
        "types::CreateDocument::builder().name(\"Lease\").build();",
        &["a required value is missing: `content`", "CreateDocumentContent"],
    ),
    (
        "client.get_document().send().await?;",
        &["a required value is missing: `doc_token`", "call the setter `doc_token` before this"],
    ),
    (
        "let check = client.get_check_details().items();",
        &["a required value is missing: `check_id`", "call the setter `check_id` before this"],
    ),
    ("client.get_plan().await?;", &["EndTheCallWithSendBeforeAwait` is not implemented for `GetPlanCall<'_>`"]),
    ("client.get_document().await?;", &["EndTheCallWithSendBeforeAwait` is not implemented for `GetDocumentCall<'_>`"]),
];

#[test]
fn a_message_names_the_remedy() {
    let library = library("zapsign_api");
    for (program, messages) in WRONG {
        let said = compile(&library, program).expect_err("it does not compile");
        for message in messages {
            assert!(said.contains(message), "{program}\nlacks: {message}\n{said}");
        }
    }
}

#[test]
fn a_call_that_nobody_sends_is_told_how() {
    let library = library("zapsign_api");
    let program = "#![deny(unused_must_use)]\nfn f(client: zapsign_api::Client) { client.get_plan(); }";
    let said = rustc(&library, program).expect_err("it does not compile");
    assert!(said.contains("a call does nothing until it ends with `.send().await`"), "{said}");
}

/// Finds the newest build of a crate against which a right program compiles.
fn library(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a path");
    let folder = own.parent().expect("a folder");
    let entries = std::fs::read_dir(folder).expect("it reads").map(|entry| entry.expect("it reads").path());
    let is_build = |path: &PathBuf| {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        file.starts_with(&format!("lib{name}-")) && file.ends_with(".rlib")
    };
    let mut builds: Vec<PathBuf> = entries.filter(is_build).collect();
    let modified = |path: &PathBuf| path.metadata().and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    builds.sort_by_key(|path| std::cmp::Reverse(modified(path)));
    let mut said = Vec::new();
    let right = builds.into_iter().find(|build| compile(build, RIGHT).map_err(|message| said.push(message)).is_ok());
    right.unwrap_or_else(|| panic!("no build of {name} fits: {said:?}"))
}

/// Compiles the body of an async function that has a client.
fn compile(library: &Path, body: &str) -> Result<(), String> {
    let program = format!(
        "#[allow(unused_imports)]\nuse zapsign_api::types;\npub async fn f(client: zapsign_api::Client) -> Result<(), Box<dyn \
         std::error::Error>> {{\n{body}\nOk(())\n}}\n"
    );
    rustc(library, &program)
}

/// Compiles a program; the error is the compiler's text.
fn rustc(library: &Path, program: &str) -> Result<(), String> {
    let folder = library.parent().expect("a folder");
    let mut compiler = Command::new("rustc")
        .args(["--edition", "2024", "--crate-type", "lib", "--crate-name", "program", "--emit", "metadata", "-"])
        .arg("--extern")
        .arg(format!("zapsign_api={}", library.display()))
        .arg("-L")
        .arg(format!("dependency={}", folder.display()))
        .arg("--out-dir")
        .arg(env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("rustc runs");
    let mut input = compiler.stdin.take().expect("a pipe");
    input.write_all(program.as_bytes()).expect("it is read");
    drop(input);
    let output = compiler.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}
