//! Server with one answer.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Server that gives every request the same answer, byte for byte.
pub struct RawServer {
    pub url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl RawServer {
    /// Starts a server that never answers.
    pub fn silent() -> Self {
        Self::answering(None)
    }

    /// Starts a server. An empty answer closes the connection without one.
    pub fn start(answer: &str) -> Self {
        Self::answering(Some(answer))
    }

    fn answering(answer: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (answer, received) = (answer.map(str::to_owned), Arc::clone(&heads));
        std::thread::spawn(move || {
            let mut unanswered = Vec::new();
            for stream in listener.incoming().flatten() {
                unanswered.extend(serve(stream, answer.as_deref(), &received));
            }
        });
        Self { url, heads }
    }

    /// Returns a JSON answer.
    pub fn json(status: &str, body: &str) -> String {
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
    }

    /// Returns the heads of the requests that came, header names in lower case.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("nobody panicked").clone()
    }
}

/// Returns the connection if it is not answered, which is then still open.
fn serve(mut stream: TcpStream, answer: Option<&str>, heads: &Mutex<Vec<String>>) -> Option<TcpStream> {
    let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
    let mut head = String::new();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        head.push_str(&line);
        line.clear();
    }
    let length =
        head.to_lowercase().split_once("content-length: ").and_then(|(_, rest)| rest.lines().next()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    let _ = reader.read_exact(&mut body);
    heads.lock().expect("nobody panicked").push(head);
    let Some(answer) = answer else { return Some(stream) };
    let _ = stream.write_all(answer.as_bytes());
    None
}
