//! Server that records requests.

use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::run::Run;
use super::{TOKEN, run};

/// Received request.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON: {error}: {self:?}"))
    }

    /// Reads a request; `None` if the connection ends before it.
    pub fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).expect("text");
        let mut lines = head.lines();
        let mut first = lines.next().expect("a line").split(' ').map(str::to_owned);
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": ").or(line.strip_suffix(':').map(|name| (name, ""))))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let mut received = Self {
            method: first.next().expect("a method"),
            target: first.next().expect("a target"),
            headers,
            body: Vec::new(),
        };
        if received.header("expect").is_some() {
            io::Write::write_all(stream, b"HTTP/1.1 100 Continue\r\n\r\n").expect("written");
        }
        let length = received.header("content-length").map_or(0, |length| length.parse().expect("a length"));
        received.body = vec![0; length];
        stream.read_exact(&mut received.body).expect("a whole body");
        Some(received)
    }
}

/// Server that keeps the requests that it receives. Its thread ends with the test's process.
pub struct RecordingServer {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl RecordingServer {
    /// Starts a server that answers the first request with 0 as `answer` says, the next with 1, and so on.
    pub fn start(answer: impl Fn(usize, &Received) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let shared = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let Some(request) = Received::read(&mut stream) else { continue };
                let (status, body) = answer(shared.lock().expect("no panic").len(), &request);
                shared.lock().expect("no panic").push(request);
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = io::Write::write_all(&mut stream, format!("{head}{body}").as_bytes());
            }
        });
        Self { url, received }
    }

    /// Returns the requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no panic").clone()
    }

    /// Returns the only request so far, and forgets it.
    pub fn take_one(&self) -> Received {
        let mut received = std::mem::take(&mut *self.received.lock().expect("no panic"));
        assert_eq!(received.len(), 1, "{received:?}");
        received.remove(0)
    }

    /// Runs the program with the server as the vendor.
    pub async fn run(&self, arguments: &[&str]) -> Run {
        self.run_with_input(arguments, b"").await
    }

    /// Runs the program with this standard input.
    pub async fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        let variables = [
            ("PARTNER_URL", self.url.as_str()),
            ("ZAPSIGN_API_TOKEN", TOKEN),
            ("D360_API_KEY", TOKEN),
            ("D360_PARTNER_ID", "exmplePA"),
        ];
        run(arguments, &variables, input).await
    }
}
