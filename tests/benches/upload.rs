//! A document of 10 MB as base64 against the same call hand-written with reqwest: memory at the peak, and time.
//! `cargo xtask bench upload` prints them.
#![allow(missing_docs)]

use std::sync::mpsc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use conformance::ratio::{alternate, row, time_row};
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use zapsign_api::types::{CreateDocument, CreateDocumentContent, NewSigner};
use zapsign_api::{Base64, Client};

const ROUNDS: usize = 15;
/// The vendor takes no more than 10 MiB of base64's bytes.
const FILE: usize = 10_000_000;
const CREATED: &str =
    r#"{"open_id":1,"token":"t","status":"pending","name":"n","original_file":"o","signed_file":null}"#;

fn main() {
    // `cargo test` builds benches too and runs them with this argument.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let upload = Upload::start();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    // The connection is there, and what is made once is made.
    runtime.block_on(async {
        upload.generated(file()).await;
        upload.hand_written(file()).await;
    });
    let (generated, hand_written) = (
        || runtime.block_on(upload.generated(file())),
        || {
            runtime.block_on(upload.hand_written(file()));
        },
    );
    time_row("upload, time", alternate(ROUNDS, hand_written, generated), "1.00");
    let peak = |call: &dyn Fn(&Runtime)| {
        let most = allocation_counter::measure(|| call(&runtime)).bytes_max;
        format!("{:.2}", most as f64 / FILE as f64)
    };
    let ours = peak(&|runtime| runtime.block_on(upload.generated(file())));
    let theirs = peak(&|runtime| runtime.block_on(upload.hand_written(file())));
    row("upload, memory at the peak, in files", &ours, &format!("{theirs} hand-written"), "2.50");
}

fn file() -> Vec<u8> {
    vec![7; FILE]
}

struct Upload {
    url: String,
    client: Client,
    http: reqwest::Client,
}

impl Upload {
    /// The server has a thread of its own, so that what it allocates is not counted.
    fn start() -> Self {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
                sender.send(listener.local_addr().expect("an address").to_string()).expect("the benchmark waits");
                let app = Router::new().fallback(async |request: Request| {
                    let mut body = request.into_body().into_data_stream();
                    while let Some(piece) = body.next().await {
                        drop(piece.expect("it arrives"));
                    }
                    axum::response::Response::new(Body::from(CREATED))
                });
                axum::serve(listener, app).await.expect("it serves");
            });
        });
        let url = format!("http://{}", receiver.recv().expect("the server starts"));
        let client =
            Client::builder().api_token("token").base_url(&url).rate_limiting(false).build().expect("it builds");
        Self { url, client, http: reqwest::Client::new() }
    }

    async fn generated(&self, file: Vec<u8>) {
        let document = CreateDocument::builder()
            .name("Lease")
            .content(CreateDocumentContent::Base64Pdf(Base64::from_bytes(file)))
            .signers(vec![NewSigner::builder().name("Ana").build()])
            .build();
        self.client.create_document().body(&document).send().await.expect("it is created");
    }

    async fn hand_written(&self, file: Vec<u8>) {
        let body = json!({"name": "Lease", "base64_pdf": STANDARD.encode(&file), "signers": [{"name": "Ana"}]});
        let request = self.http.post(format!("{}/api/v1/docs/", self.url)).bearer_auth("token").json(&body);
        let answer: Bytes = request.send().await.expect("it is sent").bytes().await.expect("a body");
        serde_json::from_slice::<zapsign_api::types::Document>(&answer).expect("it decodes");
    }
}
