//! A vendor on this machine, which answers as it is told to.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

#[derive(Default)]
struct State {
    /// For each path, the answers to come; the last one stays.
    answers: BTreeMap<String, Vec<Vec<u8>>>,
    requests: Vec<String>,
}

/// A server of scripted answers, byte for byte.
pub struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away is its own affair.
                let _ = serve(stream, &shared);
            }
        });
        Self { address, state }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sets the answers to a path, in place of those before.
    pub fn answer<A: AsRef<[u8]>>(&self, path: &str, answers: &[A]) {
        let answers = answers.iter().map(|answer| answer.as_ref().to_vec()).collect();
        self.state.lock().expect("unharmed").answers.insert(path.to_owned(), answers);
    }

    /// The requests since this was asked last, each with its headers.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().expect("unharmed").requests)
    }
}

/// Answers a request. A connection whose answer lets it be used again is closed at the next request, without an answer:
/// the worst moment that a vendor can choose.
fn serve(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let head = read_head(&mut stream)?;
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let answer = {
        let mut state = state.lock().expect("unharmed");
        state.requests.push(head);
        match state.answers.get_mut(&path) {
            Some(answers) if answers.len() > 1 => answers.remove(0),
            Some(answers) => answers.first().cloned().unwrap_or_default(),
            None => status("404 Not Found", &[]).into_bytes(),
        }
    };
    stream.write_all(&answer)?;
    if !answer.is_empty() && !String::from_utf8_lossy(&answer).contains("Connection: close") {
        read_head(&mut stream)?;
    }
    Ok(())
}

fn read_head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// A whole page as an answer, with further headers.
pub fn page(headers: &[&str], text: &str) -> String {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = text.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{text}")
}

/// An answer without a body.
pub fn status(status: &str, headers: &[&str]) -> String {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    // An answer of 304 has no length of its own.
    let length = if status.starts_with("304") { "" } else { "Content-Length: 0\r\n" };
    format!("HTTP/1.1 {status}\r\n{length}Connection: close\r\n{headers}\r\n")
}
