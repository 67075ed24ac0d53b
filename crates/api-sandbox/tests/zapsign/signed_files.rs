//! Content of the files that the sandbox makes: signed files, pages for content that is no PDF, the audit log.

use std::env;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use lopdf::{Document, EncryptionState, EncryptionVersion, Object, Permissions, Stream, dictionary};
use serde_json::Value;
use zapsign_api::types::{self, CreateDocumentContent, DocumentToken, NewSigner};
use zapsign_api::{Base64, Client};

use super::files::{base64, upload};
use super::{Partner, document_token, get, value};

/// Returns a PDF with a page for each text. The pages inherit their size and their font.
pub(super) fn pdf(texts: &[&str]) -> Vec<u8> {
    let mut document = document(texts);
    let mut file = Vec::new();
    document.save_to(&mut file).expect("it is written");
    file
}

fn document(texts: &[&str]) -> Document {
    let mut document = Document::with_version("1.4");
    let tree = document.new_object_id();
    let font = document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" });
    let mut pages = Vec::<Object>::new();
    for text in texts {
        let content = format!("BT /F1 24 Tf 72 720 Td ({text}) Tj ET");
        let content = document.add_object(Stream::new(dictionary! {}, content.into_bytes()));
        let page = dictionary! { "Type" => "Page", "Parent" => tree, "Contents" => content };
        pages.push(document.add_object(page).into());
    }
    let count = texts.len() as i64;
    let fonts = document.add_object(dictionary! { "F1" => font });
    document.set_object(
        tree,
        dictionary! {
            "Type" => "Pages",
            "Count" => count,
            "Kids" => pages,
            "MediaBox" => vec![0.into(), 0.into(), 300.into(), 800.into()],
            "Resources" => dictionary! { "Font" => fonts },
        },
    );
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    document
}

/// Returns a PDF that opens with this password.
fn encrypted(password: &str) -> Vec<u8> {
    let mut document = document(&["First page", "Second page"]);
    document
        .trailer
        .set("ID", vec![Object::string_literal("0123456789abcdef"), Object::string_literal("0123456789abcdef")]);
    let version = EncryptionVersion::V2 {
        document: &document,
        owner_password: "owner",
        user_password: password,
        key_length: 128,
        permissions: Permissions::PRINTABLE,
    };
    let state = EncryptionState::try_from(version).expect("passwords");
    document.encrypt(&state).expect("it is encrypted");
    let mut file = Vec::new();
    document.save_to(&mut file).expect("it is written");
    file
}

/// Returns the text of each page.
fn pages(file: &[u8]) -> Vec<String> {
    let document = Document::load_mem(file).expect("a PDF");
    let numbers = document.get_pages().into_keys();
    numbers.map(|number| document.extract_text(&[number]).expect("text")).collect()
}

/// Returns the text as poppler reads it, or `None` if it is not installed.
fn poppler(file: &[u8]) -> Option<String> {
    let command = Command::new("pdftotext")
        .args(["-enc", "UTF-8", "-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut command) = command else {
        assert!(env::var_os("TOOLS").is_none_or(|tools| tools != "required"), "pdftotext is not on the PATH");
        println!("skipped: pdftotext is not on the PATH");
        return None;
    };
    command.stdin.take().expect("a pipe").write_all(file).expect("it is read");
    let output = command.wait_with_output().expect("it ends");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "{complaints}");
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

/// Downloads the file that a field leads to.
async fn download(value: &Value) -> Vec<u8> {
    let link = value.as_str().unwrap_or_else(|| panic!("no link: {value}"));
    let answer = reqwest::get(link).await.expect("an answer").error_for_status().expect("a file");
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    answer.bytes().await.expect("a file").into()
}

async fn signed_file(client: &Client, document: &Value) -> Vec<u8> {
    download(&get(client, document).await["signed_file"]).await
}

async fn add_extra(client: &Client, document: &Value, name: &str, text: &str) -> Value {
    let content = types::AddExtraDocumentContent::Base64Pdf(Base64::from_bytes(pdf(&[text])));
    let body = types::AddExtraDocument::builder().name(name).content(content).build();
    value(client.add_extra_document().doc_token(&document_token(document)).body(&body).send().await)
}

#[tokio::test]
async fn a_signed_file_tells_who_has_signed_so_far() {
    let partner = Partner::start().await;
    let client = &partner.client;
    let names = ["João Conceição Gonçalves", "Íñigo Núñez – “El Niño”", "Łukasz Żółć"];
    let signer =
        |(name, number): (&&str, u8)| NewSigner::builder().name(*name).email(format!("{number}@x.example")).build();
    let uploaded = pdf(&["First page", "Second page"]);
    let body = types::CreateDocument::builder()
        .name("Locação")
        .content(base64(&uploaded))
        .signers(names.iter().zip(1..).map(signer).collect::<Vec<_>>())
        .build();
    let document = value(client.create_document().body(&body).send().await);
    let extra = add_extra(client, &document, "Plan", "Ground floor").await;
    assert!(get(client, &document).await["signed_file"].is_null());
    assert!(get(client, &extra).await["signed_file"].is_null());

    let mut before = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let signer = document["signers"][index]["token"].as_str().expect("a token");
        let answer = partner.sandbox.sign(signer).expect("it is signed");
        let signed = signed_file(client, &document).await;
        assert_ne!(signed, before, "{name} has signed since");
        assert_eq!(signed, signed_file(client, &document).await);
        let text = pages(&signed);
        assert_eq!(text.len(), 3, "{text:?}");
        assert_eq!((text[0].trim(), text[1].trim()), ("First page", "Second page"));
        let evidence = &text[2];
        let lines: Vec<&str> = evidence.lines().collect();
        assert_eq!(lines[0], "SANDBOX - no legal value");
        assert!(lines.contains(&"Document: Locação"), "{evidence}");
        assert!(lines.contains(&&*format!("Token: {}", document["token"].as_str().expect("a token"))), "{evidence}");
        let signed_at = answer["signers"][index]["signed_at"].as_str().expect("a time");
        assert!(lines.contains(&&*format!("Signed at: {signed_at}")), "{evidence}");
        assert!(lines.contains(&&*format!("E-mail: {}@x.example", index + 1)), "{evidence}");
        assert_eq!(evidence.matches("Status: signed").count(), index + 1 + usize::from(index == 2), "{evidence}");
        assert_eq!(evidence.matches("Status: has not signed").count(), 2 - index, "{evidence}");
        // The font has no Polish letters, and lopdf does not read the replacement text.
        assert!(evidence.contains(names[0]) && evidence.contains(names[1]), "{evidence}");
        assert!(evidence.contains("?ukasz ?ó??"), "{evidence}");
        if let Some(text) = poppler(&signed) {
            names.iter().for_each(|name| assert!(text.contains(&format!(": {name}\n")), "{text}"));
        }
        before = signed;
    }

    let attachment = download(&get(client, &extra).await["signed_file"]).await;
    let text = pages(&attachment);
    assert_eq!((text.len(), text[0].trim()), (2, "Ground floor"));
    assert!(text[1].contains("Document: Plan") && text[1].contains("Extra document of: Locação"), "{text:?}");
    assert!(text[1].contains(extra["token"].as_str().expect("a token")) && text[1].contains(names[0]), "{text:?}");
    assert_eq!(pages(&download(&extra["original_file"]).await), ["Ground floor\n"]);
    assert_eq!(download(&get(client, &document).await["original_file"]).await, uploaded);
}

#[tokio::test]
async fn a_refused_file_has_a_watermark_and_the_reason() {
    let partner = Partner::start().await;
    let client = &partner.client;
    let document = upload(client, "Lease", base64(&pdf(&["First page", "Second page"]))).await;
    let extra = add_extra(client, &document, "Plan", "Ground floor").await;
    let reason = types::CancelDocument::builder()
        .doc_token(DocumentToken::new(document["token"].as_str().expect("a token")).expect("an id"))
        .rejected_reason("A locação começa noutro dia.")
        .build();
    client.cancel_document().body(&reason).send().await.expect("it is cancelled");
    for (of, texts) in [(&document, &["First page", "Second page"][..]), (&extra, &["Ground floor"])] {
        let file = download(&get(client, of).await["signed_file"]).await;
        let text = pages(&file);
        let (evidence, marked) = text.split_last().expect("pages");
        let expected: Vec<String> = texts.iter().map(|text| format!("{text}\nREFUSED\n")).collect();
        assert_eq!(marked, expected);
        assert!(evidence.contains("Status: refused\nReason: A locação começa noutro dia.\n"), "{evidence}");
        assert!(evidence.contains("Status: has not signed"), "{evidence}");
        if let Some(text) = poppler(&file) {
            assert_eq!(text.matches("REFUSED").count(), texts.len(), "{text}");
        }
    }
    let original = download(&get(client, &document).await["original_file"]).await;
    assert_eq!(pages(&original), ["First page\n", "Second page\n"]);
}

#[tokio::test]
async fn content_that_is_no_pdf_is_a_page_with_its_name_and_source() {
    let partner = Partner::start().await;
    let client = &partner.client;
    let docx = CreateDocumentContent::Base64Docx(Base64::from_bytes(&b"PK\x03\x04docx"[..]));
    for (content, source) in [
        (CreateDocumentContent::UrlPdf("https://x.example/a.pdf".into()), "Source: https://x.example/a.pdf"),
        (CreateDocumentContent::UrlDocx("https://x.example/a.docx".into()), "Source: https://x.example/a.docx"),
        (
            CreateDocumentContent::MarkdownText("# Lease\n\nOf a house.".into()),
            "Source: Markdown\n\n# Lease\n\nOf a house.",
        ),
        (docx, "Source: DOCX"),
    ] {
        let document = upload(client, "Lease", content).await;
        let text = pages(&download(&document["original_file"]).await);
        // lopdf counts one end of a line, where the page has an empty line.
        let source = source.replace("\n\n", "\n");
        assert!(text.len() == 1 && text[0].starts_with("Lease\n") && text[0].contains(&source), "{text:?}");
        partner.sandbox.sign(document["signers"][0]["token"].as_str().expect("a token")).expect("she signs");
        let signed = pages(&signed_file(client, &document).await);
        assert!(signed.len() == 2 && signed[0] == text[0] && signed[1].contains("Signer 1: ana"), "{signed:?}");
    }
    let body = types::CreateTemplate::builder()
        .name("House")
        .file(types::CreateTemplateFile::DocxUrl("https://x.example/house.docx".into()))
        .build();
    let template = value(client.create_template().body(&body).send().await);
    assert!(pages(&download(&template["template_file"]).await)[0].contains("https://x.example/house.docx"));
    let template = types::TemplateToken::new(template["token"].as_str().expect("a token")).expect("an id");
    let body = types::CreateDocumentFromTemplate::builder().template_id(template).signer_name("Ana").build();
    let document = value(client.create_document_from_template().body(&body).send().await);
    let text = pages(&download(&document["original_file"]).await);
    assert!(text[0].starts_with("House\n") && text[0].contains("Source: template House ("), "{text:?}");
}

#[tokio::test]
async fn any_upload_gets_its_evidence() {
    let partner = Partner::start().await;
    let client = &partner.client;
    let mut modern = Vec::new();
    document(&["First page", "Second page"]).save_modern(&mut modern).expect("it is written");
    // A table of places that leads nowhere, as after an edit by hand.
    let shifted = [b"\n\n\n".to_vec(), pdf(&["First page", "Second page"])].concat();
    let broken = b"%PDF-1.4\nno objects".to_vec();
    let (open, locked) = (encrypted(""), encrypted("secret"));
    for (file, kept) in [(modern, true), (shifted, true), (open, true), (locked, false), (broken, false)] {
        let document = upload(client, "Lease", base64(&file)).await;
        partner.sandbox.sign(document["signers"][0]["token"].as_str().expect("a token")).expect("she signs");
        let signed = signed_file(client, &document).await;
        let text = pages(&signed);
        assert_eq!(text.len(), if kept { 3 } else { 1 }, "{text:?}");
        assert_eq!(text[0].contains("pages of the original file are missing"), !kept, "{text:?}");
        assert!(text.last().expect("a page").contains("Signer 1: ana"), "{text:?}");
        if let Some(text) = poppler(&signed) {
            assert!(text.contains("Signer 1: ana") && text.contains("Second page") == kept, "{text}");
        }
        assert_eq!(download(&document["original_file"]).await, file, "the upload itself is kept");
    }
}

#[tokio::test]
async fn a_signed_file_is_of_the_time_of_its_last_change() {
    let partner = Partner::start().await;
    let document = upload(&partner.client, "Lease", base64(&pdf(&["Lease"]))).await;
    partner.sandbox.advance(Duration::from_secs(86_400));
    let before = partner.sandbox.now();
    partner.sandbox.sign(document["signers"][0]["token"].as_str().expect("a token")).expect("she signs");
    let after = partner.sandbox.now();
    partner.sandbox.advance(Duration::from_secs(86_400));
    let link = get(&partner.client, &document).await["signed_file"].as_str().expect("a link").to_owned();
    let answer = reqwest::get(link).await.expect("an answer");
    let last_modified = answer.headers()["last-modified"].to_str().expect("text");
    let last_modified = httpdate::parse_http_date(last_modified).expect("a time");
    assert!(before - Duration::from_secs(1) < last_modified && last_modified <= after, "{last_modified:?}");
}

#[tokio::test]
async fn a_page_that_is_named_more_than_once_is_marked_once() {
    let partner = Partner::start().await;
    let mut repeating = document(&["First page"; 10]);
    let pages: Vec<_> = repeating.page_iter().collect();
    let tree = repeating.catalog().and_then(|catalog| catalog.get(b"Pages")).and_then(Object::as_reference);
    let tree = repeating.get_dictionary_mut(tree.expect("a tree")).expect("a tree");
    tree.set("Kids", vec![Object::from(pages[0]); 10]);
    let mut file = Vec::new();
    repeating.save_to(&mut file).expect("it is written");
    let document = upload(&partner.client, "Lease", base64(&file)).await;
    let cancel = types::CancelDocument::builder().doc_token(document_token(&document)).rejected_reason("no").build();
    partner.client.cancel_document().body(&cancel).send().await.expect("it is cancelled");
    let signed = Document::load_mem(&signed_file(&partner.client, &document).await).expect("a PDF");
    let marked: Vec<_> = signed.page_iter().take(10).collect();
    assert!(marked.iter().all(|page| *page == marked[0]), "{marked:?}");
    assert_eq!(signed.get_page_contents(marked[0]).len(), 3, "its own, and what is before and after it");
}

#[tokio::test]
async fn a_file_of_very_many_pages_is_left_out() {
    let partner = Partner::start().await;
    for (count, kept) in [(2_000, true), (2_001, false)] {
        let document = upload(&partner.client, "Lease", base64(&pdf(&vec!["x"; count]))).await;
        partner.sandbox.sign(document["signers"][0]["token"].as_str().expect("a token")).expect("she signs");
        let signed = Document::load_mem(&signed_file(&partner.client, &document).await).expect("a PDF");
        assert_eq!(signed.page_iter().count(), if kept { 2_001 } else { 1 });
        let said = "The pages of the original file are missing: it has more than 2000 pages.";
        assert_eq!(signed.extract_text(&[1]).expect("text").contains(said), !kept);
    }
}

#[tokio::test]
async fn a_file_of_very_much_content_is_not_marked() {
    let partner = Partner::start().await;
    let mut shared = document(&["First page", "Second page"]);
    let pages: Vec<_> = shared.page_iter().collect();
    let part = shared.get_page_contents(pages[0])[0];
    let parts = shared.add_object(vec![Object::from(part); 50_001]);
    for page in pages {
        shared.get_dictionary_mut(page).expect("a page").set("Contents", parts);
    }
    let mut file = Vec::new();
    shared.save_to(&mut file).expect("it is written");
    let document = upload(&partner.client, "Lease", base64(&file)).await;
    let cancel = types::CancelDocument::builder().doc_token(document_token(&document)).rejected_reason("no").build();
    partner.client.cancel_document().body(&cancel).send().await.expect("it is cancelled");
    let signed = Document::load_mem(&signed_file(&partner.client, &document).await).expect("a PDF");
    let text = signed.extract_text(&[1]).expect("text").replace('\n', " ");
    assert!(text.contains("the content of its pages has more than 100000 parts."), "{text}");
}

#[tokio::test]
async fn long_evidence_goes_on_on_the_next_page() {
    let partner = Partner::start().await;
    let client = &partner.client;
    let signers: Vec<_> =
        (1..=40).map(|number| NewSigner::builder().name(format!("Signer of page {number}")).build()).collect();
    let name = "A very long name of a contract ".repeat(8);
    let body =
        types::CreateDocument::builder().name(name.as_str()).content(base64(&pdf(&["Lease"]))).signers(signers).build();
    let document = value(client.create_document().body(&body).send().await);
    partner.sandbox.sign(document["signers"][0]["token"].as_str().expect("a token")).expect("it is signed");
    let text = pages(&signed_file(client, &document).await);
    assert_eq!(text.len(), 5, "{text:?}");
    let all = text.concat();
    assert!((1..=40).all(|number| all.contains(&format!("Signer of page {number}\n"))), "{all}");
    assert!(all.lines().all(|line| line.chars().count() <= 82), "{all}");
    assert!(all.replace('\n', " ").contains(name.trim()), "{all}");
}

#[tokio::test]
async fn the_audit_log_is_a_pdf_of_its_entries() {
    let partner = Partner::start().await;
    let document = upload(&partner.client, "Locação", base64(&pdf(&["Lease"]))).await;
    partner.sandbox.sign(document["signers"][0]["token"].as_str().expect("a token")).expect("she signs");
    let token = document_token(&document);
    let log = value(partner.client.get_audit_log().doc_token(&token).send().await);
    let mut file = Vec::new();
    partner.client.download_audit_log(&token).to_writer(&mut file).await.expect("a file");
    let text = pages(&file).concat();
    assert!(text.contains("Audit log of: Locação\n"), "{text}");
    let entries = log.as_array().expect("entries");
    assert_eq!(entries.len(), 3);
    for entry in entries {
        for field in ["time", "event", "description"] {
            assert!(text.contains(entry[field].as_str().expect("a text")), "{field} of {entry}: {text}");
        }
    }
}
