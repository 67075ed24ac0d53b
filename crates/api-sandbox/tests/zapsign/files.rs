//! Links to files: their form, their end, and the rules of S3.

use std::time::Duration;

use api_sandbox::{Fault, FaultRule, FaultStage, RecordedRequest};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, Response, Url};
use serde_json::Value;
use zapsign_api::types::{self, CreateDocumentContent, NewSigner};
use zapsign_api::{Base64, Client};

use super::signed_files::pdf;
use super::{Partner, create, document_token, get, receiver, value};

/// Creates a document of a file, to be signed by Ana.
pub(super) async fn upload(client: &Client, name: &str, content: CreateDocumentContent) -> Value {
    let signers = vec![NewSigner::builder().name("ana").email("ana@x.example").build()];
    let body = types::CreateDocument::builder().name(name).content(content).signers(signers).build();
    value(client.create_document().body(&body).send().await)
}

/// Returns the content of a file.
pub(super) fn base64(file: &[u8]) -> CreateDocumentContent {
    CreateDocumentContent::Base64Pdf(Base64::from_bytes(file.to_vec()))
}

/// Returns the link in a field.
fn link(value: &Value) -> Url {
    Url::parse(value.as_str().unwrap_or_else(|| panic!("no link: {value}"))).expect("a URL")
}

/// Sends a request with these headers.
async fn send(method: Method, link: &Url, headers: &[(&str, &str)]) -> Response {
    let request = reqwest::Client::new().request(method, link.clone());
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.send().await.expect("an answer")
}

/// Returns the status, the code and the message of a refusal.
async fn refusal(method: Method, link: &Url, headers: &[(&str, &str)]) -> (u16, String, String) {
    let answer = send(method, link, headers).await;
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "application/xml");
    let body = answer.text().await.expect("a body");
    let element = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name}: {body}"));
        rest.split_once('<').expect("its end").0.to_owned()
    };
    (status, element("Code"), element("Message"))
}

async fn sandbox_time(partner: &Partner) -> Timestamp {
    let answer = reqwest::get(format!("{}/sandbox/clock", partner.sandbox.url())).await.expect("an answer");
    let answer: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("json");
    answer["now"].as_str().expect("a time").parse().expect("a time")
}

fn expiry(link: &Url) -> Timestamp {
    let (_, seconds) = link.query_pairs().find(|(name, _)| name == "Expires").expect("a time");
    Timestamp::from_second(seconds.parse().expect("seconds")).expect("a time")
}

#[tokio::test]
async fn every_read_gives_a_link_for_the_next_hour() {
    let partner = Partner::start().await;
    let client = &partner.client;
    let (hook, mut came) = receiver().await;
    let webhook = types::CreateWebhook::builder().url(hook).type_("".into()).build();
    client.create_webhook().body(&webhook).send().await.expect("it is registered");
    let body = types::CreateTemplate::builder()
        .name("Lease")
        .file(types::CreateTemplateFile::Base64Docx(Base64::from_bytes(&b"PK\x03\x04docx"[..])))
        .build();
    let template = value(client.create_template().body(&body).send().await);
    let template_token = types::TemplateToken::new(template["token"].as_str().expect("a token")).expect("an id");

    let before = sandbox_time(&partner).await;
    let document = upload(client, "Lease", base64(&pdf(&["Lease"]))).await;
    let content = types::AddExtraDocumentContent::Base64Pdf(Base64::from_bytes(pdf(&["Plan"])));
    let body = types::AddExtraDocument::builder().name("Plan").content(content).build();
    let extra = value(client.add_extra_document().doc_token(&document_token(&document)).body(&body).send().await);
    let (_, created) = came.recv().await.expect("a delivery");
    let created: Value = serde_json::from_str(&created).expect("json");
    let after = sandbox_time(&partner).await;
    let first = [&document["original_file"], &extra["original_file"], &created["original_file"]].map(link);
    let created_at = expiry(&first[0]) - SignedDuration::from_hours(1);
    for link in &first {
        let earliest = before.as_second() + 3600;
        assert!((earliest..=after.as_second() + 3600).contains(&expiry(link).as_second()), "{link}");
        let segments: Vec<&str> = link.path_segments().expect("segments").collect();
        let ["files", year, month, "pdf", folder, file] = segments[..] else { panic!("{link}") };
        assert_eq!((year, month), (&*created_at.strftime("%Y").to_string(), &*created_at.strftime("%-m").to_string()));
        assert_eq!((folder.len(), file.len()), (36, "00000000-0000-4000-8000-000000000000.pdf".len()));
        let names: Vec<String> = link.query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["AWSAccessKeyId", "Signature", "Expires"]);
    }
    assert_eq!(first[0].path(), first[2].path());
    assert_ne!(first[0].path(), first[1].path(), "an attachment has a file of its own");

    // Later than the minute for which a list is cached.
    partner.sandbox.advance(Duration::from_secs(90));
    let signed = partner.sandbox.sign(document["signers"][0]["token"].as_str().expect("a token")).expect("she signs");
    let (_, event) = came.recv().await.expect("a delivery");
    let event: Value = serde_json::from_str(&event).expect("json");
    let read = get(client, &document).await;
    let attachment = get(client, &extra).await;
    let rows = value(client.list_documents().send().await);
    let templates = value(client.list_templates().send().await);
    let template_again = value(client.get_template().template_token(&template_token).send().await);
    for (now, was) in [
        (&signed["original_file"], &document["original_file"]),
        (&event["original_file"], &document["original_file"]),
        (&read["original_file"], &document["original_file"]),
        (&rows["results"][0]["original_file"], &document["original_file"]),
        (&read["extra_docs"][0]["original_file"], &extra["original_file"]),
        (&attachment["original_file"], &extra["original_file"]),
        (&rows["results"][1]["original_file"], &extra["original_file"]),
        (&templates["results"][0]["template_file"], &template["template_file"]),
        (&template_again["template_file"], &template["template_file"]),
    ] {
        let (now, was) = (link(now), link(was));
        assert_eq!(now.path(), was.path());
        assert!(expiry(&now).duration_since(expiry(&was)) >= SignedDuration::from_secs(89), "{now} {was}");
        assert_ne!(now.query(), was.query());
    }
    for signed_file in
        [&signed, &event, &read, &rows["results"][0], &rows["results"][1], &read["extra_docs"][0], &attachment]
    {
        assert_eq!(send(Method::GET, &link(&signed_file["signed_file"]), &[]).await.status(), 200);
    }
    let file = send(Method::GET, &link(&template_again["template_file"]), &[]).await;
    assert!(file.url().path().contains("/docs/") && file.url().path().ends_with(".docx"));
    let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    assert_eq!(file.headers()["content-type"], docx);
    assert_eq!(file.bytes().await.expect("a file"), &b"PK\x03\x04docx"[..]);
}

#[tokio::test]
async fn the_rules_of_s3_hold() {
    let partner = Partner::start().await;
    let uploaded = pdf(&["Lease"]);
    let document = upload(&partner.client, "Lease", base64(&uploaded)).await;
    assert!(document["signed_file"].is_null(), "nobody has signed");
    let original = link(&document["original_file"]);
    let answer = send(Method::GET, &original, &[]).await;
    assert_eq!(answer.status(), 200);
    for (header, value) in
        [("content-type", "application/pdf"), ("x-content-type-options", "nosniff"), ("accept-ranges", "bytes")]
    {
        assert_eq!(answer.headers()[header], value);
    }
    assert_eq!(answer.bytes().await.expect("a file"), uploaded);

    let altered = |from: &str, to: &str| {
        let altered = original.as_str().replacen(from, to, 1);
        assert_ne!(altered, original.as_str());
        Url::parse(&altered).expect("a URL")
    };
    let signature = original.query_pairs().find(|(name, _)| name == "Signature").expect("one").1.into_owned();
    let mut without_query = original.clone();
    without_query.set_query(None);
    let other_signature = {
        let mut url = without_query.clone();
        url.query_pairs_mut()
            .append_pair("AWSAccessKeyId", "SANDBOX-ACCESS-KEY")
            .append_pair("Signature", &signature.chars().rev().collect::<String>())
            .append_pair("Expires", &expiry(&original).as_second().to_string());
        url
    };
    let later = altered("Expires=", "Expires=9");
    let token = partner.sandbox.credentials().api_token.clone();
    let bearer = format!("Bearer {token}");
    let authorization = [("authorization", bearer.as_str())];
    let mismatch = (403, "SignatureDoesNotMatch");
    for (link, headers, expected) in [
        (&original, &authorization[..], (400, "InvalidArgument")),
        (&without_query, &[], (403, "AccessDenied")),
        (&altered("Signature=", "Sig="), &[], (403, "AccessDenied")),
        (&altered("SANDBOX-ACCESS-KEY", "ANOTHER-KEY"), &[], (403, "InvalidAccessKeyId")),
        (&other_signature, &[], mismatch),
        (&altered("/pdf/", "/docs/"), &[], mismatch),
        (&later, &[], mismatch),
    ] {
        let (status, code, message) = refusal(Method::GET, link, headers).await;
        assert_eq!((status, code.as_str()), expected, "{link}");
        let of_two = status == 400;
        assert_eq!(of_two, message.starts_with("Only one auth mechanism allowed"), "{message}");
    }
    assert_eq!(refusal(Method::PUT, &original, &[]).await.1, "SignatureDoesNotMatch");
    let head = send(Method::HEAD, &original, &[]).await;
    assert_eq!(head.status(), 403, "the link is signed for GET");
    assert!(head.bytes().await.expect("no body").is_empty());

    partner.sandbox.advance(Duration::from_secs(61 * 60));
    let expired = refusal(Method::GET, &original, &[]).await;
    assert_eq!(expired, (403, "AccessDenied".to_owned(), "Request has expired".to_owned()));
    let fresh = link(&get(&partner.client, &document).await["original_file"]);
    assert_eq!(fresh.path(), original.path());
    assert_eq!(send(Method::GET, &fresh, &[]).await.bytes().await.expect("a file"), uploaded);
}

#[tokio::test]
async fn a_range_is_served() {
    let partner = Partner::start().await;
    let uploaded = pdf(&["Lease"]);
    let length = uploaded.len();
    let document = upload(&partner.client, "Lease", base64(&uploaded)).await;
    let original = link(&document["original_file"]);
    let whole = send(Method::GET, &original, &[]).await;
    let header = |name: &str| whole.headers()[name].to_str().expect("text").to_owned();
    let (etag, last_modified) = (header("etag"), header("last-modified"));
    let last = length - 1;
    for (range, from, to) in [
        ("bytes=0-3".to_owned(), 0, 3),
        ("bytes=10-".to_owned(), 10, last),
        ("bytes=-7".to_owned(), length - 7, last),
        (format!("bytes=5-{}", length * 2), 5, last),
    ] {
        for condition in [&etag, &last_modified] {
            let answer = send(Method::GET, &original, &[("range", &range), ("if-range", condition)]).await;
            assert_eq!(answer.status(), 206, "{range}");
            assert_eq!(answer.headers()["content-range"], format!("bytes {from}-{to}/{length}"));
            assert_eq!(answer.headers()["etag"], etag);
            assert_eq!(answer.bytes().await.expect("a part"), uploaded[from..=to], "{range}");
        }
    }
    for headers in [
        &[("range", "bytes=0-3"), ("if-range", "\"of another file\"")][..],
        &[("range", "bytes=0-3,8-9")],
        &[("range", "bytes=9-3")],
        &[("range", "pages=1-2")],
    ] {
        let answer = send(Method::GET, &original, headers).await;
        assert_eq!(answer.status(), 200, "{headers:?}");
        assert_eq!(answer.bytes().await.expect("a file"), uploaded);
    }
    let beyond = format!("bytes={length}-");
    for range in [beyond.as_str(), "bytes=-0"] {
        let answer = send(Method::GET, &original, &[("range", range)]).await;
        assert_eq!(answer.status(), 416);
        assert_eq!(answer.headers()["content-range"], format!("bytes */{length}"));
    }
}

#[tokio::test]
async fn faults_strike_files_too() {
    let partner = Partner::start().await;
    let uploaded = pdf(&["Lease"]);
    let document = upload(&partner.client, "Lease", base64(&uploaded)).await;
    let original = link(&document["original_file"]);
    let path = original.path().to_owned();
    let strike = |fault| partner.sandbox.inject(FaultRule::next(1, fault).path_contains(path.as_str()));

    strike(Fault::CutBody);
    let cut = send(Method::GET, &original, &[]).await;
    let etag = cut.headers()["etag"].to_str().expect("text").to_owned();
    assert_eq!(cut.headers()["content-length"], uploaded.len().to_string());
    assert!(cut.bytes().await.is_err(), "half of it came");
    let rest = format!("bytes={}-", uploaded.len() / 2);
    let resumed = send(Method::GET, &original, &[("range", &rest), ("if-range", &etag)]).await;
    assert_eq!(resumed.bytes().await.expect("the other half"), uploaded[uploaded.len() / 2..]);

    strike(Fault::Reset { stage: FaultStage::BeforeHandler });
    assert!(reqwest::get(original.clone()).await.is_err());
    strike(Fault::json(503, &Value::Null));
    assert_eq!(send(Method::GET, &original, &[]).await.status(), 503);
    strike(Fault::SlowDrip { milliseconds: 1, pieces: 4 });
    assert_eq!(send(Method::GET, &original, &[]).await.bytes().await.expect("a file"), uploaded);
    partner.sandbox.inject(FaultRule::next(1, Fault::CutBody).for_operation("get_document"));
    partner.sandbox.inject(FaultRule::next(1, Fault::CutBody).for_account(7));
    assert_eq!(send(Method::GET, &original, &[]).await.bytes().await.expect("a file"), uploaded);
    assert_eq!(partner.sandbox.unused_faults().len(), 2, "those for an operation and an account");
    strike(Fault::json(503, &Value::Null));
    assert_eq!(send(Method::GET, &original, &[]).await.status(), 503, "the rules before are for others");

    let requests = partner.sandbox.requests();
    let recorded: Vec<_> = requests.iter().filter(|request| request.uri.path() == path).collect();
    assert!(recorded.iter().all(|request| request.operation.is_none() && request.method == Method::GET));
    let statuses: Vec<_> = recorded.iter().map(|request| request.status).collect();
    assert_eq!(statuses, [Some(200), Some(206), None, None, Some(200), Some(200), None]);
}

#[tokio::test]
async fn chance_strikes_a_file_in_each_run_alike() {
    let mut runs = Vec::new();
    for days in [0, 40] {
        let partner = Partner::start().await;
        partner.sandbox.advance(Duration::from_secs(days * 86_400));
        let fault = Fault::json(503, &Value::Null);
        partner.sandbox.inject(FaultRule::with_probability(0.5, vec![fault]).path_contains("/files/"));
        let document = upload(&partner.client, "Lease", base64(&pdf(&["Lease"]))).await;
        let mut statuses = Vec::new();
        for _ in 0..32 {
            partner.sandbox.advance(Duration::from_secs(7));
            let original = link(&get(&partner.client, &document).await["original_file"]);
            statuses.push(send(Method::GET, &original, &[]).await.status().as_u16());
        }
        assert!(statuses.contains(&200) && statuses.contains(&503), "{statuses:?}");
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
}

#[test]
fn other_requests_are_answered_while_a_file_is_made() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build();
    runtime.expect("a runtime").block_on(async {
        let partner = Partner::start().await;
        let document = upload(&partner.client, "Lease", base64(&pdf(&["Lease"]))).await;
        let original = link(&document["original_file"]);
        // The only thread that could make the file has something else to do.
        let (release, held) = std::sync::mpsc::channel::<()>();
        let busy = tokio::task::spawn_blocking(move || held.recv());
        let read = tokio::spawn(async move { send(Method::GET, &original, &[]).await.status() });
        let is_file = |request: &RecordedRequest| request.uri.path().starts_with("/files/");
        let status = || partner.sandbox.requests().into_iter().find(is_file).map(|request| request.status);
        while status().is_none() {
            tokio::task::yield_now().await;
        }
        assert_eq!(status(), Some(None), "it came, and is not answered yet");
        get(&partner.client, &document).await;
        assert!(!read.is_finished());
        drop(release);
        assert_eq!(read.await.expect("an answer"), 200);
        assert!(busy.await.expect("it ends").is_err());
    });
}

#[tokio::test]
async fn a_background_check_has_a_report() {
    let partner = Partner::start().await;
    let body = types::CreateCheck::builder()
        .type_("person".into())
        .country("BR".into())
        .national_id("52998224725")
        .user_authorized(true)
        .build();
    let check = value(partner.client.create_check().body(&body).send().await);
    let id = types::CheckId::new(check["check_id"].as_str().expect("an id")).expect("an id");
    let check = value(partner.client.get_check().check_id(&id).send().await);
    let report = send(Method::GET, &link(&check["pdf_report"]["url"]), &[]).await;
    assert!(report.bytes().await.expect("a file").starts_with(b"%PDF"));
    let document = create(&partner.client, "Lease", &[]).await;
    assert_ne!(link(&document["original_file"]).path(), link(&check["pdf_report"]["url"]).path());
}
