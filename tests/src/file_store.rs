//! Local server that plays the vendor, which tells links, and the store of files that they lead to, byte by byte.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use zapsign_api::types::DocumentToken;
use zapsign_api::{Client, ClientBuilder, Download, RetryPolicy};

/// Returns the token of the server's document.
pub fn token() -> DocumentToken {
    match DocumentToken::new("doc-1") {
        Ok(token) => token,
        Err(error) => panic!("no id: {error}"),
    }
}

/// Request that arrived.
#[derive(Debug, Clone)]
pub struct FileRequest {
    /// Path and query.
    pub target: String,
    /// Headers, their names in lower case.
    pub headers: HashMap<String, String>,
}

/// Answer of the store.
#[derive(Clone)]
pub struct FileReply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    piece: Bytes,
    repeat: usize,
    end: End,
}

/// End of an answer.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Closed,
    Open,
}

impl FileReply {
    /// Makes an answer with a body and its length. The connection is closed after it.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        let piece = body.into();
        Self { status, headers: Vec::new(), repeat: 1, end: End::Closed, piece }.header_length()
    }

    fn header_length(self) -> Self {
        let length = self.piece.len() * self.repeat;
        self.header("content-length", length.to_string())
    }

    /// Makes an answer with the whole file and its `ETag`.
    pub fn file(body: impl Into<Bytes>, etag: &str) -> Self {
        Self::new(200, body).header("etag", etag).header("content-type", "application/pdf")
    }

    /// Makes an answer with a part of a file.
    pub fn part(body: impl Into<Bytes>, range: &str) -> Self {
        Self::new(206, body).header("content-range", format!("bytes {range}"))
    }

    /// Makes an answer with a body that has a piece many times.
    pub fn repeated(piece: impl Into<Bytes>, times: usize) -> Self {
        let piece = piece.into();
        Self { status: 200, headers: Vec::new(), piece, repeat: times, end: End::Closed }.header_length()
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Removes a header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(header, _)| *header != name);
        self
    }

    /// Cuts the connection after this number of bytes of the body.
    #[must_use]
    pub fn cut_after(mut self, bytes: usize) -> Self {
        self.piece.truncate(bytes);
        self
    }

    /// Leaves the connection open after what is sent.
    #[must_use]
    pub fn hangs(mut self) -> Self {
        self.end = End::Open;
        self
    }
}

/// Server of both, stopped on drop.
pub struct FileStore {
    url: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    links: Mutex<VecDeque<Option<String>>>,
    replies: Mutex<VecDeque<FileReply>>,
    documents: Mutex<Vec<FileRequest>>,
    files: Mutex<Vec<FileRequest>>,
    /// Number of answers that could not be sent whole.
    broken: Mutex<usize>,
}

impl FileStore {
    /// Starts a server that gives these answers to the requests for files, in this order. A document is told with a link to the
    /// server itself.
    pub async fn start(replies: impl IntoIterator<Item = FileReply>) -> Self {
        let state = Arc::new(State { replies: Mutex::new(replies.into_iter().collect()), ..State::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|error| panic!("no port: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("no address: {error}"));
        let (url, shared) = (format!("http://{address}"), Arc::clone(&state));
        let own = url.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, own) = (Arc::clone(&shared), own.clone());
                tokio::spawn(async move {
                    if serve(stream, &state, &own).await.is_err() {
                        *lock(&state.broken) += 1;
                    }
                });
            }
        });
        Self { url, state, task }
    }

    /// Returns the builder of a client of the server, which does not wait long for the next attempt.
    pub fn client(&self) -> ClientBuilder {
        let pause = Duration::from_millis(1);
        let retry = RetryPolicy::default().initial_backoff(pause).max_backoff(pause);
        Client::builder().api_token("the-api-token").base_url(self.url()).retry(retry)
    }

    /// Prepares the download of the signed file.
    pub fn download(&self) -> Download {
        match self.client().build() {
            Ok(client) => client.download_signed_file(&token()),
            Err(error) => panic!("no client: {error}"),
        }
    }

    /// Returns the address of the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Adds a link to tell, before that to the server itself; `None` for a document without the file.
    pub fn link(&self, link: Option<&str>) {
        lock(&self.state.links).push_back(link.map(ToOwned::to_owned));
    }

    /// Returns the number of times that the document was asked for, and the requests for files, since the last call.
    pub fn take(&self) -> (usize, Vec<FileRequest>) {
        (std::mem::take(&mut *lock(&self.state.documents)).len(), std::mem::take(&mut lock(&self.state.files)))
    }

    /// Returns the requests for the document since the last call.
    pub fn documents(&self) -> Vec<FileRequest> {
        std::mem::take(&mut lock(&self.state.documents))
    }

    /// Returns the number of answers that no request has got yet.
    pub fn unused(&self) -> usize {
        lock(&self.state.replies).len()
    }

    /// Returns the number of answers whose receiver went away.
    pub fn broken(&self) -> usize {
        *lock(&self.state.broken)
    }
}

impl Drop for FileStore {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers one request, and closes the connection.
async fn serve(stream: TcpStream, state: &State, own: &str) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let request = read(&mut stream).await?;
    let reply = if request.target.starts_with("/api/") {
        let asked = {
            let mut documents = lock(&state.documents);
            documents.push(request);
            documents.len()
        };
        let link = lock(&state.links).pop_front();
        let link = link.unwrap_or_else(|| Some(format!("{own}/files/lease.pdf?Signature=secret{asked}&Expires=9")));
        let document = serde_json::json!({
            "token": "doc-1", "name": "Lease", "status": "signed", "original_file": link, "signed_file": link,
        });
        FileReply::new(200, document.to_string()).header("content-type", "application/json")
    } else {
        // As S3 does, whose links carry a credential of their own.
        let has_two = request.headers.contains_key("authorization");
        lock(&state.files).push(request);
        let next = || lock(&state.replies).pop_front();
        if has_two {
            FileReply::new(400, "<Code>InvalidArgument</Code>")
        } else {
            next().unwrap_or(FileReply::new(410, ""))
        }
    };
    let mut head = format!("HTTP/1.1 {} Status\r\nconnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    for _ in 0..reply.repeat {
        stream.write_all(&reply.piece).await?;
    }
    stream.flush().await?;
    if reply.end == End::Open {
        // Until the client goes away.
        stream.fill_buf().await?;
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    Ok(())
}

async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<FileRequest> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let target = lines.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    let header =
        |line: &String| line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    Ok(FileRequest { target, headers: lines.iter().skip(1).filter_map(header).collect() })
}
