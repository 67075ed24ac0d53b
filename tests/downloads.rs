//! Downloads: a file arrives whole or not at all, however often its link goes stale or its connection breaks.
#![allow(missing_docs)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use conformance::file_store::{FileReply, FileStore, token};
use conformance::virtual_time::VirtualTime;
use zapsign_api::operations::GET_DOCUMENT;
use zapsign_api::testing::{ReplayTransport, Reply};
use zapsign_api::{Client, Download, DownloadError, RetryPolicy, TransportErrorKind};

const FILE: &str = "%PDF-1.7 the lease";
const DATE: &str = "Fri, 27 Nov 2026 10:00:00 GMT";

/// Downloads to memory, and returns what has been written, too, if the download failed.
async fn fetch(download: Download) -> (Result<u64, DownloadError>, String) {
    let mut written = Vec::new();
    let done = download.to_writer(&mut written).await;
    (done.map(|file| file.bytes), String::from_utf8(written).expect("text"))
}

#[track_caller]
fn assert_whole((done, written): (Result<u64, DownloadError>, String)) {
    assert_eq!((done.expect("it succeeds"), written.as_str()), (FILE.len() as u64, FILE));
}

fn cut(bytes: usize) -> FileReply {
    FileReply::file(FILE, "\"v1\"").cut_after(bytes)
}

fn rest(from: usize) -> FileReply {
    FileReply::part(&FILE[from..], &format!("{from}-{}/{}", FILE.len() - 1, FILE.len()))
}

#[tokio::test]
async fn a_file_comes_with_its_type_and_its_version() {
    let store = FileStore::start([FileReply::file(FILE, "\"v1\""), FileReply::file(FILE, "\"v1\"")]).await;
    let mut written = Vec::new();
    let file = store.download().to_writer(&mut written).await.expect("it succeeds");
    assert_eq!((written, file.bytes), (FILE.as_bytes().to_vec(), FILE.len() as u64));
    assert_eq!((file.content_type.as_deref(), file.etag.as_deref()), (Some("application/pdf"), Some("\"v1\"")));
    assert_whole(fetch(store.client().build().expect("it builds").download_original_file(&token())).await);
}

#[tokio::test]
async fn a_link_that_has_expired_is_asked_for_once_more() {
    for refusal in [
        FileReply::new(403, "<Error><Code>AccessDenied</Code></Error>"),
        FileReply::new(401, ""),
        FileReply::new(400, "<Error><Code>ExpiredToken</Code></Error>"),
    ] {
        let store = FileStore::start([refusal.clone(), FileReply::file(FILE, "\"v1\"")]).await;
        // Without retries, too.
        assert_whole(fetch(store.download().retry(RetryPolicy::never())).await);
        let (documents, files) = store.take();
        assert_eq!((documents, files.len()), (2, 2));
        assert!(files[0].target.contains("secret1") && files[1].target.contains("secret2"), "{files:?}");

        let store = FileStore::start([refusal.clone(), refusal, FileReply::file(FILE, "\"v1\"")]).await;
        let error = fetch(store.download()).await.0.expect_err("a fresh link is refused, too");
        assert!(matches!(error, DownloadError::Status(_)) && !error.is_retryable(), "{error}");
        assert_eq!((store.take().0, store.unused()), (2, 1));
    }
    // Any other 400 is no matter of time.
    let store = FileStore::start([FileReply::new(400, "<Code>InvalidArgument</Code>")]).await;
    assert_eq!(fetch(store.download()).await.0.expect_err("refused").status().expect("a status"), 400);
    assert_eq!(store.take().0, 1);
}

#[tokio::test]
async fn a_refusal_is_kept_up_to_a_kibibyte() {
    let long = "x".repeat(5000);
    let store = FileStore::start([FileReply::new(403, ""), FileReply::new(403, long)]).await;
    let error = fetch(store.download()).await.0.expect_err("refused");
    assert_eq!((error.status().expect("a status").as_u16(), error.raw_body().expect("a body").len()), (403, 1024));
}

#[tokio::test]
async fn the_rest_of_a_broken_file_is_asked_for() {
    // By the `ETag`, by the date, and from a store that sends all of it again.
    let dated = |reply: FileReply| reply.without("etag").header("last-modified", DATE);
    for (first, second, version) in [
        (cut(5), rest(5).header("etag", "\"v1\""), "\"v1\""),
        (cut(5), rest(5), "\"v1\""),
        (cut(5), FileReply::part(&FILE[5..], &format!("5-{}/*", FILE.len() - 1)), "\"v1\""),
        (dated(cut(5)), rest(5), DATE),
        (cut(5), FileReply::file(FILE, "\"v1\""), "\"v1\""),
        (dated(cut(5)), dated(FileReply::file(FILE, "")), DATE),
    ] {
        let store = FileStore::start([first, second]).await;
        assert_whole(fetch(store.download()).await);
        let (documents, files) = store.take();
        assert_eq!((documents, files.len()), (1, 2));
        assert_eq!((files[1].headers["range"].as_str(), files[1].headers["if-range"].as_str()), ("bytes=5-", version));
        assert_eq!(files[0].headers.get("range"), None);
    }
    // A store may send less than was asked for.
    let some = FileReply::part(&FILE[5..9], &format!("5-8/{}", FILE.len()));
    let store = FileStore::start([cut(5), some, rest(9)]).await;
    assert_whole(fetch(store.download()).await);
    // Cut before the first byte: from the start again, whichever version it is by now.
    let store = FileStore::start([cut(0), FileReply::file(FILE, "\"v2\"")]).await;
    assert_whole(fetch(store.download()).await);
    assert_eq!(store.take().1[1].headers.get("range"), None);
}

#[tokio::test]
async fn a_break_in_what_came_before_is_no_progress() {
    // Each time the store sends all again, and breaks where it did before.
    let store = FileStore::start(vec![cut(5); 9]).await;
    let (done, written) = fetch(store.download()).await;
    let error = done.expect_err("four attempts bring nothing new");
    let DownloadError::Transport(failure) = &error else { panic!("{error}") };
    assert_eq!((failure.kind(), written.as_str()), (TransportErrorKind::IncompleteBody, &FILE[..5]));
    assert!(error.is_retryable());
    assert_eq!(store.take().1.len(), 4);
}

#[tokio::test]
async fn each_attempt_that_brings_bytes_starts_the_count_anew() {
    let replies = (0..FILE.len()).map(|at| if at == 0 { cut(1) } else { rest(at).cut_after(1) });
    let store = FileStore::start(replies).await;
    assert_whole(fetch(store.download()).await);
    assert_eq!(store.take().1.len(), FILE.len());

    let store = FileStore::start([cut(5), rest(5)]).await;
    fetch(store.download().retry(RetryPolicy::never())).await.0.expect_err("nothing is repeated");
    assert_eq!(store.unused(), 1);
}

#[tokio::test]
async fn requests_are_bounded_in_all() {
    let piece = vec![b'x'; 2000];
    let first = FileReply::file(piece.clone(), "\"v1\"").cut_after(1);
    let more = (1..2000).map(|at| FileReply::part(piece[at..].to_vec(), &format!("{at}-1999/2000")).cut_after(1));
    let store = FileStore::start(std::iter::once(first).chain(more)).await;
    let (done, written) = fetch(store.download()).await;
    done.expect_err("a byte for each request is too few");
    assert_eq!((store.take().1.len(), written.len()), (1000, 1000));
}

#[tokio::test]
async fn a_link_that_expires_in_the_middle_is_asked_for_again() {
    let expired = || FileReply::new(403, "<Code>AccessDenied</Code>");
    let store = FileStore::start([expired(), cut(5), expired(), rest(5).cut_after(3), expired(), rest(8)]).await;
    assert_whole(fetch(store.download()).await);
    assert_eq!((store.take().0, store.unused()), (4, 0));
}

#[tokio::test]
async fn another_file_is_never_appended() {
    let dated = |reply: FileReply, date: &str| reply.without("etag").header("last-modified", date);
    let changed: [(FileReply, FileReply, bool); 9] = [
        (cut(5), FileReply::file(FILE, "\"v2\""), true),
        (cut(5), FileReply::new(200, FILE), true),
        (cut(5), FileReply::file(FILE, "W/\"v1\""), true),
        (cut(5), rest(5).header("etag", "\"v2\""), true),
        (dated(cut(5), DATE), dated(rest(5), "Fri, 27 Nov 2026 11:00:00 GMT"), true),
        (cut(5), FileReply::part("x", "5-5/6"), true),
        (cut(5), FileReply::new(416, "").header("content-range", "bytes */4"), true),
        // It ends where the connection broke, and was longer.
        (cut(5), FileReply::new(416, "").header("content-range", "bytes */5"), true),
        (cut(5), FileReply::part(&FILE[4..], &format!("4-{}/{}", FILE.len() - 1, FILE.len())), false),
    ];
    for (number, (first, second, is_changed)) in changed.into_iter().enumerate() {
        let store = FileStore::start([first, second]).await;
        let (done, written) = fetch(store.download()).await;
        let error = done.expect_err("it is another");
        assert_eq!(matches!(error, DownloadError::Changed), is_changed, "{number}: {error}");
        assert_eq!((error.is_retryable(), written.as_str()), (is_changed, &FILE[..5]), "{number}");
    }
    // Nothing tells whether the file is the same: it is not asked for.
    for first in [cut(5).without("etag"), cut(5).without("etag").header("etag", "W/\"v1\"")] {
        let store = FileStore::start([first, rest(5)]).await;
        let error = fetch(store.download()).await.0.expect_err("no version");
        assert!(matches!(error, DownloadError::Transport(_)), "{error}");
        assert_eq!(store.unused(), 1);
    }
    // A part that nobody asked for, and one that goes on beyond the end.
    let long = FileReply::part(format!("{}x", &FILE[5..]), &format!("5-{}/{}", FILE.len() - 1, FILE.len()));
    for (replies, begun) in [(vec![rest(0)], 0), (vec![cut(5), long], 5)] {
        let store = FileStore::start(replies).await;
        let (done, written) = fetch(store.download()).await;
        let error = done.expect_err("another part");
        assert!(matches!(error, DownloadError::UnexpectedResponse { .. }), "{error}");
        assert_eq!(written, &FILE[..begun]);
    }
}

/// Makes an answer that does not tell the size of the file, and breaks after this much of it.
fn of_unknown_size(body: &str) -> FileReply {
    let framed = if body.is_empty() { String::new() } else { format!("{:x}\r\n{body}\r\n", body.len()) };
    FileReply::file(framed, "\"v1\"").without("content-length").header("transfer-encoding", "chunked")
}

fn end() -> FileReply {
    FileReply::new(416, "").header("content-range", format!("bytes */{}", FILE.len()))
}

#[tokio::test]
async fn a_file_of_unknown_length_that_breaks_at_its_end_is_whole() {
    let store = FileStore::start([of_unknown_size(FILE), end()]).await;
    assert_whole(fetch(store.download()).await);
    assert_eq!(store.take().1[1].headers["range"], format!("bytes={}-", FILE.len()));
}

#[tokio::test]
async fn the_end_of_a_part_is_not_that_of_a_file_of_unknown_length() {
    let part = |from: usize, to: usize| FileReply::part(&FILE[from..to], &format!("{from}-{}/*", to - 1));
    let replies = || [of_unknown_size(&FILE[..5]), part(5, 9), part(9, FILE.len())];
    let store = FileStore::start(replies().into_iter().chain([end()])).await;
    assert_whole(fetch(store.download()).await);
    let ranges: Vec<_> = store.take().1[1..].iter().map(|request| request.headers["range"].clone()).collect();
    assert_eq!(ranges, ["bytes=5-", "bytes=9-", "bytes=18-"]);

    // A refusal that tells no size is no end.
    let store = FileStore::start(replies().into_iter().chain([FileReply::new(416, "")])).await;
    let error = fetch(store.download()).await.0.expect_err("it may be longer");
    assert_eq!(error.status().expect("a status"), 416);
}

#[tokio::test]
async fn nothing_above_the_cap_is_written() {
    let size = FILE.len() as u64;
    let store = FileStore::start([FileReply::file(FILE, "\"v1\""), FileReply::file(FILE, "\"v1\"")]).await;
    assert_whole(fetch(store.download().max_bytes(size)).await);
    let (done, written) = fetch(store.download().max_bytes(size - 1)).await;
    let error = done.expect_err("it is larger");
    assert!(matches!(error, DownloadError::TooLarge { max_bytes: 17, content_length: Some(18) }), "{error}");
    assert_eq!(error.to_string(), "the file has 18 bytes, which is more than 17 bytes; raise `max_bytes`");
    assert_eq!(written, "");

    // With a length nothing is read, without one it shows as it comes.
    let large = || FileReply::repeated("x".repeat(1000), 10_000);
    let store = FileStore::start([large(), large().without("content-length")]).await;
    let (done, written) = fetch(store.download().max_bytes(100_000)).await;
    assert!(matches!(done, Err(DownloadError::TooLarge { content_length: Some(10_000_000), .. })), "{done:?}");
    assert_eq!(written, "");
    let (done, written) = fetch(store.download().max_bytes(100_000)).await;
    let error = done.expect_err("it is larger");
    assert!(matches!(error, DownloadError::TooLarge { content_length: None, .. }), "{error}");
    assert!(!written.is_empty() && written.len() <= 100_000, "{}", written.len());
}

#[tokio::test]
async fn progress_is_told_for_what_is_new() {
    let store = FileStore::start([cut(5), FileReply::file(FILE, "\"v1\"")]).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let progress = move |progress: zapsign_api::Progress| {
        tell.lock().expect("no panic").push((progress.bytes, progress.total));
    };
    assert_whole(fetch(store.download().on_progress(progress)).await);
    let size = FILE.len() as u64;
    let told = told.lock().expect("no panic");
    assert_eq!(*told, [(5, Some(size)), (size, Some(size))]);
}

#[tokio::test(start_paused = true)]
async fn a_busy_store_is_asked_again_when_it_says() {
    let busy = |status| Reply::new(status, "").header("retry-after", "40");
    let (link, signed) = ("https://zapsign.s3.amazonaws.com/lease.pdf?Signature=s", "signed_file");
    let document =
        || Reply::json(200, serde_json::json!({"token": "d", "name": "n", "status": "signed", signed: link}));
    let file = Reply::new(200, FILE);
    let transport =
        ReplayTransport::new([busy(503), busy(429), Reply::no_connection(), file]).on(&GET_DOCUMENT, document());
    let build = |transport: &ReplayTransport| {
        Client::builder().api_token("t").transport(transport.clone()).build().expect("it builds")
    };
    let start = tokio::time::Instant::now();
    assert_whole(fetch(build(&transport).download_signed_file(&token())).await);
    assert!((80..90).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());

    // As often as the policy says, and no longer than there is time.
    for (replies, limit, requests) in [(vec![Reply::new(500, ""); 9], None, 4), (vec![busy(503); 9], Some(30), 1)] {
        let transport = ReplayTransport::new(replies).on(&GET_DOCUMENT, document());
        let download = build(&transport).download_signed_file(&token());
        let download = match limit {
            Some(seconds) => download.time_limit(Duration::from_secs(seconds)),
            None => download,
        };
        let error = fetch(download).await.0.expect_err("refused");
        assert!(matches!(error, DownloadError::Status(_)) && error.is_retryable(), "{error}");
        assert_eq!(error.retry_after(), limit.map(|_| Duration::from_secs(40)));
        assert_eq!(transport.requests().len(), 1 + requests);
    }
    // A wait that is longer than a call may last is not begun.
    let transport =
        ReplayTransport::new([Reply::new(503, "").header("retry-after", "301")]).on(&GET_DOCUMENT, document());
    fetch(build(&transport).download_signed_file(&token())).await.0.expect_err("too long a wait");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_says_nothing_more_is_left() {
    let time = VirtualTime::hold();
    let store = FileStore::start([cut(5).hangs(), rest(5), cut(5).hangs()]).await;
    let slow = store.download().idle_timeout(Duration::from_secs(20));
    let (done, waited) = time.run(Duration::from_secs(1), fetch(slow)).await;
    assert_whole(done);
    assert!((20..25).contains(&waited.as_secs()), "{waited:?}");

    let limited = store.download().time_limit(Duration::from_secs(7));
    let ((done, written), waited) = time.run(Duration::from_secs(1), fetch(limited)).await;
    let error = done.expect_err("the limit comes first");
    assert!(matches!(error, DownloadError::TimeLimit) && error.is_retryable(), "{error}");
    assert_eq!((written.as_str(), waited.as_secs()), (&FILE[..5], 7));
}

/// A file that is the answer of a call, not of a store.
#[tokio::test(start_paused = true)]
async fn a_call_whose_file_is_too_short_is_not_repeated_for_ever() {
    let size = FILE.len().to_string();
    let short = Reply::new(200, &FILE[..5]).header("content-length", &size).header("etag", "\"v1\"");
    let transport = ReplayTransport::new(vec![short; 20]);
    let client = Client::builder().api_token("t").transport(transport.clone()).build().expect("it builds");
    let (done, written) = fetch(client.download_audit_log(&token())).await;
    let error = done.expect_err("four attempts bring nothing new");
    assert!(matches!(error, DownloadError::Transport(_)), "{error}");
    assert_eq!((transport.requests().len(), written.as_str()), (4, &FILE[..5]));
}
