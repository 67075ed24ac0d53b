//! Links of downloads: they lead to allowed hosts only, carry no credential there, and are shown to nobody.
#![allow(missing_docs)]

use conformance::file_store::{FileReply, FileStore, token};
use conformance::recorder::{Recorder, Reply};
use zapsign_api::{Client, ClientBuilder, Download, DownloadError, Error, RetryPolicy, TransportErrorKind};

const FILE: &str = "%PDF-1.7 the lease";

fn builder(url: &str) -> ClientBuilder {
    Client::builder().api_token("the-api-token").base_url(url).user_agent("crm/7").retry(RetryPolicy::never())
}

fn download(store: &FileStore) -> Download {
    builder(store.url()).build().expect("it builds").download_signed_file(&token())
}

async fn refused(download: Download) -> DownloadError {
    let mut written = Vec::new();
    let error = download.to_writer(&mut written).await.expect_err("it is refused");
    assert_eq!(written, b"");
    error
}

fn redirect(status: u16, location: &str) -> FileReply {
    FileReply::new(status, "").header("location", location)
}

#[tokio::test]
async fn the_store_gets_the_link_and_nothing_of_the_client() {
    let store = FileStore::start([FileReply::file(FILE, "\"v1\"")]).await;
    download(&store).to_writer(&mut Vec::new()).await.expect("it succeeds");
    let documents = store.documents();
    assert_eq!(documents[0].headers["authorization"], "Bearer the-api-token");
    let (_, files) = store.take();
    assert_eq!(files[0].target, "/files/lease.pdf?Signature=secret1&Expires=9");
    let mut headers: Vec<(&str, &str)> = files[0].headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    headers.sort_unstable();
    let host = store.url().trim_start_matches("http://");
    assert_eq!(headers, [("accept", "*/*"), ("accept-encoding", "identity"), ("host", host), ("user-agent", "crm/7")]);
}

/// The store refuses a link with a second credential, as S3 does: this is what the test above would miss.
#[tokio::test]
async fn a_link_with_a_credential_would_be_refused() {
    let store = FileStore::start([FileReply::file(FILE, "\"v1\"")]).await;
    let http = reqwest::Client::builder().no_proxy().build().expect("it builds");
    let send = |key: Option<&str>| {
        let request = http.get(format!("{}/files/lease.pdf", store.url()));
        key.map_or(request.try_clone().expect("no body"), |key| request.bearer_auth(key)).send()
    };
    assert_eq!(send(Some("k")).await.expect("an answer").status(), 400);
    assert_eq!(send(None).await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn a_link_elsewhere_is_refused_before_anything_is_sent() {
    let other = Recorder::start(Reply::new(200, "", "")).await;
    let store = FileStore::start([]).await;
    let other_port = other.url().trim_start_matches("http://");
    for (link, host) in [
        ("https://files.example/secret/lease.pdf?Signature=secret", Some("files.example")),
        ("https://zapsign.s3.amazonaws.com.evil.example/?secret", Some("zapsign.s3.amazonaws.com.evil.example")),
        ("https://s3.amazonaws.com/zapsign/secret", Some("s3.amazonaws.com")),
        (&format!("{}/secret", other.url()), Some(other_port)),
        ("file:///secret", None),
        ("/files/secret", None),
        ("http://zapsign.s3.amazonaws.com/secret", None),
        ("https://secret@zapsign.s3.amazonaws.com/secret", None),
        (&format!("https://zapsign.s3.amazonaws.com/{}", "secret".repeat(20_000)), None),
    ] {
        store.link(Some(link));
        let error = refused(download(&store)).await;
        match (&error, host) {
            (DownloadError::HostNotAllowed { host: told }, Some(host)) => assert_eq!(told, host),
            (DownloadError::InvalidLink { .. }, None) => {}
            _ => panic!("{link}: {error}"),
        }
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("secret") && shown.contains("nothing was sent there"), "{shown}");
        assert_eq!(shown.contains("allow_host(\""), host.is_some(), "{shown}");
        assert!(!error.is_retryable());
    }
    assert_eq!((store.take().1.len(), other.take().len()), (0, 0));
}

#[tokio::test]
async fn a_host_is_allowed_by_name() {
    let other = Recorder::start(Reply::new(200, "application/pdf", FILE)).await;
    let store = FileStore::start([redirect(302, other.url())]).await;
    let host = other.url().trim_start_matches("http://");
    store.link(Some(&format!("{}/lease.pdf", other.url())));
    // The second link redirects there.
    for _ in 0..2 {
        let mut written = Vec::new();
        download(&store).allow_host(host).to_writer(&mut written).await.expect("it succeeds");
        assert_eq!(written, FILE.as_bytes());
    }
    let received = other.take();
    assert_eq!(received.len(), 2);
    for request in received {
        assert!(!format!("{request:?}").contains("the-api-token") && !request.headers.contains_key("referer"));
    }
}

#[tokio::test]
async fn a_redirect_leads_to_an_allowed_host_or_nowhere() {
    let other = Recorder::start(Reply::new(200, "", "")).await;
    for status in [301, 302, 303, 307, 308] {
        let store = FileStore::start([redirect(status, "/elsewhere?a"), FileReply::file(FILE, "\"v1\"")]).await;
        download(&store).to_writer(&mut Vec::new()).await.expect("it is followed");
        assert_eq!(store.take().1[1].target, "/elsewhere?a");

        let store = FileStore::start([redirect(status, &format!("{}/secret", other.url()))]).await;
        let error = refused(download(&store)).await;
        assert!(matches!(&error, DownloadError::HostNotAllowed { .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
    for (location, what) in [
        ("http://zapsign.s3.amazonaws.com/secret", "is not https"),
        ("https://secret@zapsign.s3.amazonaws.com/", "user name"),
        ("https://[", "redirects to no address"),
        ("file:///etc/passwd", "names no host"),
    ] {
        let store = FileStore::start([redirect(302, location)]).await;
        let error = refused(download(&store)).await.to_string();
        assert!(error.contains(what) && !error.contains("secret"), "{error}");
    }
    assert!(other.take().is_empty());

    let round = |times| std::iter::repeat_n(redirect(302, "/again"), times).chain([FileReply::file(FILE, "\"v1\"")]);
    let store = FileStore::start(round(5)).await;
    download(&store).to_writer(&mut Vec::new()).await.expect("five are followed");
    let store = FileStore::start(round(6)).await;
    let error = refused(download(&store)).await;
    assert!(matches!(error, DownloadError::UnexpectedResponse { .. }) && store.unused() == 1, "{error}");
}

#[tokio::test]
async fn a_given_client_that_follows_redirects_is_told_of() {
    let store = FileStore::start([redirect(302, "/elsewhere"), FileReply::file(FILE, "\"v1\"")]).await;
    let following = reqwest::Client::builder().no_proxy().build().expect("it builds");
    let client = builder(store.url()).danger_http_client(following).build().expect("it builds");
    let error = refused(client.download_signed_file(&token())).await;
    let DownloadError::Transport(failure) = &error else { panic!("{error}") };
    assert_eq!((failure.kind(), error.is_retryable()), (TransportErrorKind::Redirected, false));
}

/// Also in a program that turns on reqwest's feature `gzip`, as the tests do: it is not decoded on the way.
#[tokio::test]
async fn a_compressed_file_is_no_file() {
    let empty: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let store = FileStore::start([FileReply::file(empty, "\"v1\"").header("content-encoding", "gzip")]).await;
    let error = refused(download(&store)).await;
    assert!(matches!(error, DownloadError::UnexpectedResponse { .. }), "{error}");
}

#[tokio::test]
async fn a_document_without_the_file_is_told_from_one_that_is_not_there() {
    let store = FileStore::start([]).await;
    for link in [None, Some("")] {
        store.link(link);
        let error = refused(download(&store)).await;
        assert!(matches!(error, DownloadError::NotThere) && !error.is_retryable(), "{error}");
    }
    let vendor = Recorder::start(Reply::new(404, "application/json", r#"{"detail":"Not found."}"#)).await;
    let client = builder(vendor.url()).build().expect("it builds");
    let error = refused(client.download_signed_file(&token())).await;
    let DownloadError::Call(call) = &error else { panic!("{error}") };
    assert_eq!((call.reason().as_deref(), error.status()), (Some("Not found."), call.status()));
    assert_eq!(error.to_string(), call.to_string());
}

#[tokio::test]
async fn an_attachment_has_its_own_files() {
    let attachment =
        r#"{"token":"doc-1","name":"Rules","parent_doc_token":"doc-0","signed_file":null,"original_file":"/x"}"#;
    let vendor = Recorder::start(Reply::new(200, "application/json", attachment)).await;
    let client = builder(vendor.url()).build().expect("it builds");
    assert!(matches!(refused(client.download_signed_file(&token())).await, DownloadError::NotThere));
    assert!(matches!(refused(client.download_original_file(&token())).await, DownloadError::InvalidLink { .. }));
}

#[tokio::test]
async fn the_audit_log_comes_from_the_api_itself() {
    let vendor = Recorder::start(Reply::new(200, "application/pdf", FILE)).await;
    let client = builder(vendor.url()).build().expect("it builds");
    let mut written = Vec::new();
    let file = client.download_audit_log(&token()).to_writer(&mut written).await.expect("it succeeds");
    assert_eq!((written.as_slice(), file.bytes), (FILE.as_bytes(), FILE.len() as u64));
    assert_eq!(file.content_type.as_deref(), Some("application/pdf"));
    let received = vendor.take();
    assert_eq!(received[0].uri, "/api/v1/docs/signer-log/doc-1?download_pdf=true");
    assert_eq!(received[0].headers["authorization"], "Bearer the-api-token");
    let error = refused(client.download_audit_log(&token()).max_bytes(9)).await;
    assert!(matches!(error, DownloadError::TooLarge { max_bytes: 9, .. }), "{error}");

    vendor.reply(Reply::new(403, "text/html", "Access denied"));
    let error = refused(client.download_audit_log(&token())).await;
    let DownloadError::Call(Error::Api(refusal)) = &error else { panic!("the plan leaves it out: {error}") };
    assert_eq!((refusal.status().as_u16(), refusal.body().message()), (403, Some("Access denied")));
}

#[tokio::test]
async fn no_secret_is_shown() {
    let body = "<Error><Code>AccessDenied</Code><AWSAccessKeyId>secret</AWSAccessKeyId></Error>";
    let store = FileStore::start([FileReply::new(403, body), FileReply::new(403, body)]).await;
    let prepared = download(&store);
    let mut shown = format!("{prepared:?}");
    let error = refused(prepared).await;
    assert!(error.raw_body().is_some_and(|body| body.windows(6).any(|part| part == b"secret")));
    shown.push_str(&format!("{error} {error:?}"));

    // Nobody listens there any more, which the HTTP client's own error tells, too.
    let closed = FileStore::start([]).await;
    let address = closed.url().trim_start_matches("http://").to_owned();
    store.link(Some(&format!("{}/secret?Signature=secret", closed.url())));
    drop(closed);
    let error = loop {
        // The port is free when the task has ended.
        match refused(download(&store).allow_host(&address)).await {
            error @ DownloadError::Transport(_) => break error,
            _ => store.link(Some(&format!("http://{address}/secret?Signature=secret"))),
        }
    };
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        shown.push_str(&format!("{error} {error:?}"));
        cause = error.source();
    }
    let store = FileStore::start([FileReply::file(FILE, "\"v1\"")]).await;
    shown.push_str(&format!("{:?}", download(&store).stream().await.expect("it starts")));
    assert!(!shown.contains("secret") && !shown.contains("Signature") && !shown.contains("the-api-token"), "{shown}");
}
