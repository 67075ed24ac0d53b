//! Targets of downloads: a writer, a path, a stream. None of them holds the file in memory.
#![allow(missing_docs)]

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use conformance::file_store::{FileReply, FileStore, token};
use conformance::virtual_time::VirtualTime;
use zapsign_api::{Client, DownloadError};

const FILE: &str = "%PDF-1.7 the lease";

fn file() -> FileReply {
    FileReply::file(FILE, "\"v1\"")
}

#[tokio::test]
async fn a_stream_tells_what_comes_and_may_be_dropped() {
    let big = FileReply::repeated(vec![b'x'; 1024 * 1024], 64).header("content-type", "application/pdf");
    let store = FileStore::start([big, file().cut_after(5), FileReply::file(FILE, "\"v2\""), file()]).await;
    let mut stream = store.download().stream().await.expect("it starts");
    assert_eq!((stream.content_length(), stream.content_type()), (Some(64 << 20), Some("application/pdf")));
    assert!(!stream.next().await.expect("bytes").expect("no error").is_empty());
    drop(stream);
    while store.broken() == 0 {
        tokio::task::yield_now().await;
    }

    // It ends after an error.
    let mut stream = store.download().stream().await.expect("it starts");
    assert_eq!(stream.try_next().await.expect("bytes").as_deref(), Some(&FILE.as_bytes()[..5]));
    assert!(matches!(stream.try_next().await, Err(DownloadError::Changed)));
    assert!(stream.next().await.is_none() && stream.next().await.is_none());
    // And after the last byte.
    let mut stream = store.download().stream().await.expect("it starts");
    while stream.try_next().await.expect("it comes").is_some() {}
    assert!(stream.next().await.is_none() && stream.next().await.is_none());
}

/// The answer of a web server, and a task of its own.
#[tokio::test]
async fn a_download_goes_wherever_a_future_goes() {
    let store = FileStore::start([file(), file()]).await;
    let body = axum::body::Body::from_stream(store.download().stream().await.expect("it starts"));
    assert_eq!(axum::body::to_bytes(body, 100).await.expect("a body"), FILE);
    let download = store.download();
    let task = tokio::spawn(async move { download.to_writer(&mut tokio::io::sink()).await });
    assert_eq!(task.await.expect("no panic").expect("it succeeds").bytes, FILE.len() as u64);
}

#[tokio::test]
async fn a_path_gets_the_whole_file_or_none() {
    let folder = std::env::temp_dir().join(format!("zapsign-downloads-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("lease.pdf");
    let names = || {
        let entries = std::fs::read_dir(&folder).expect("the folder");
        entries.map(|entry| entry.expect("it reads").file_name().into_string().expect("text")).collect::<Vec<_>>()
    };
    let broken = || FileReply::new(500, "");
    let hangs = file().cut_after(5).hangs();
    let store = FileStore::start([file().cut_after(5), broken(), broken(), broken(), hangs, file(), file()]).await;
    store.download().to_file(&path).await.expect_err("it breaks");
    assert_eq!(names(), [""; 0]);

    // Half of the file is there under another name, until the download is dropped.
    let (came, waits) = tokio::sync::oneshot::channel();
    let mut came = Some(came);
    let tell = move |_| {
        came.take().map(|came| came.send(()));
    };
    let mut half = Box::pin(store.download().on_progress(tell).to_file(&path));
    tokio::select! {
        done = &mut half => panic!("{done:?}"),
        _ = waits => assert!(matches!(&names()[..], [name] if name.ends_with(".part")), "{:?}", names()),
    }
    drop(half);
    assert_eq!(names(), [""; 0]);

    std::fs::write(&path, "an older file").expect("it writes");
    assert_eq!(store.download().to_file(&path).await.expect("it succeeds").bytes, FILE.len() as u64);
    assert_eq!(
        (names(), std::fs::read_to_string(&path).expect("it reads")),
        (vec!["lease.pdf".to_owned()], FILE.to_owned())
    );
    std::fs::remove_file(&path).expect("it is removed");

    let long = "x".repeat(255);
    store.download().to_file(folder.join(&long)).await.expect("as long as a name can be");
    assert_eq!(names(), [long]);
    std::fs::remove_dir_all(&folder).expect("it is removed");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_replaced_keeps_its_permissions() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    let folder = std::env::temp_dir().join(format!("zapsign-permissions-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (path, other) = (folder.join("lease.pdf"), folder.join("other.pdf"));
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    std::fs::write(&path, "an older file").expect("it writes");
    let new = mode(&path);
    for kept in [0o600, 0o666, 0o440] {
        std::fs::set_permissions(&path, Permissions::from_mode(kept)).expect("it is set");
        let store = FileStore::start([file()]).await;
        let (folder, told) = (folder.clone(), std::sync::Arc::new(std::sync::Mutex::new(Vec::new())));
        let tell = std::sync::Arc::clone(&told);
        let look = move |_| {
            let entries = std::fs::read_dir(&folder).expect("the folder").map(|entry| entry.expect("it reads").path());
            tell.lock().expect("no panic").extend(entries.map(|path| mode(&path)));
        };
        store.download().on_progress(look).to_file(&path).await.expect("it succeeds");
        // From the first byte on.
        let told = told.lock().expect("no panic");
        assert!(told.len() >= 2 && told.iter().all(|mode| *mode == kept), "{told:?}");
        assert_eq!(mode(&path), kept);
    }
    let store = FileStore::start([file()]).await;
    store.download().to_file(&other).await.expect("it succeeds");
    assert_eq!(mode(&other), new);
    std::fs::remove_dir_all(&folder).expect("it is removed");
}

/// Writer that takes nothing.
struct Full;

impl tokio::io::AsyncWrite for Full {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::StorageFull.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_writer_that_fails_ends_the_download() {
    let store = FileStore::start([file()]).await;
    let error = store.download().to_writer(&mut Full).await.expect_err("it is full");
    assert!(matches!(&error, DownloadError::Write(full) if full.kind() == io::ErrorKind::StorageFull), "{error}");
    assert!(!error.is_retryable());
}

/// Writer that takes everything, and never is done with it.
struct Slow;

impl tokio::io::AsyncWrite for Slow {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn a_writer_has_no_more_time_than_the_download() {
    let time = VirtualTime::hold();
    let store = FileStore::start([file(), file()]).await;
    let (mut full, _reader) = tokio::io::duplex(4);
    let mut writers: [Box<dyn tokio::io::AsyncWrite + Unpin>; 2] = [Box::new(&mut full), Box::new(Slow)];
    for writer in &mut writers {
        let download = store.download().time_limit(Duration::from_secs(7)).to_writer(writer);
        let within = tokio::time::timeout(Duration::from_secs(60), download);
        let (done, waited) = time.run(Duration::from_secs(1), within).await;
        let error = done.expect("it ends").expect_err("the limit comes first");
        assert!(matches!(error, DownloadError::TimeLimit) && waited.as_secs() == 7, "{error} after {waited:?}");
    }
}

/// 500 MB take no more memory than 16 MB: of the client's thread, the server has its own.
#[test]
fn a_large_file_is_not_held() {
    const PIECE: usize = 1 << 20;
    const PIECES: usize = 500;
    let (address, url) = std::sync::mpsc::channel();
    let (done, ends) = tokio::sync::oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let store = FileStore::start([FileReply::repeated(vec![b'x'; PIECE], PIECES)]).await;
            address.send(store.url().to_owned()).expect("it waits");
            ends.await.expect("it ends");
        });
    });
    let client = Client::builder().api_token("t").base_url(url.recv().expect("an address")).build().expect("it builds");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut bytes = 0;
    let measured = allocation_counter::measure(|| {
        let mut sink = tokio::io::sink();
        let download = client.download_signed_file(&token()).max_bytes(1 << 30);
        bytes = runtime.block_on(download.to_writer(&mut sink)).expect("it succeeds").bytes;
    });
    assert_eq!(bytes, (PIECE * PIECES) as u64);
    assert!(measured.bytes_max < 16 << 20, "{} bytes", measured.bytes_max);
    done.send(()).expect("it waits");
    server.join().expect("no panic");
}
