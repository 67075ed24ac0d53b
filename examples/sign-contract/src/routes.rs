//! Routes: upload of a contract, its state, and the webhook.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use email_address::EmailAddress;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::spawn_blocking;
use zapsign_api::types::{DocumentToken, NewSigner};
use zapsign_api::webhooks::{Event, SecretHeader};
use zapsign_api::{Client, Error};

use crate::contract::Contract;
use crate::folder::{Folder, Kind};
use crate::inbox;

/// Largest upload.
const MAX_UPLOAD_BYTES: usize = 20 * 1024 * 1024;

/// State of the routes.
struct Service {
    client: Client,
    folder: Folder,
    header: SecretHeader,
    /// Documents of which ZapSign has told something.
    changed: UnboundedSender<DocumentToken>,
}

/// Error of a request: its status and a sentence for the caller.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

impl From<MultipartError> for Refusal {
    fn from(error: MultipartError) -> Self {
        Self(error.status(), error.body_text())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        // The vendor's reason is for the caller, who wrote what it is about.
        Self(StatusCode::BAD_GATEWAY, error.reason().map_or_else(|| error.to_string(), |reason| reason.to_string()))
    }
}

/// Returns the routes for ZapSign, which are to be reached from outside, and those for the company's own programs.
pub(crate) fn routers(
    client: Client,
    folder: Folder,
    header: SecretHeader,
    changed: UnboundedSender<DocumentToken>,
) -> (Router, Router) {
    let service = Arc::new(Service { client, folder, header, changed });
    let public = Router::new().route("/zapsign", post(receive)).with_state(Arc::clone(&service));
    let own = Router::new()
        .route("/contracts", post(upload))
        .route("/contracts/{id}", get(show))
        .layer(DefaultBodyLimit::max(MAX_UPLOAD_BYTES))
        .layer(from_fn(refuse_pages))
        .with_state(service);
    (public, own)
}

/// Refuses requests of pages in a browser, any of which could have documents sent otherwise.
async fn refuse_pages(request: Request, next: Next) -> Response {
    if request.headers().contains_key(ORIGIN) {
        return Refusal(StatusCode::FORBIDDEN, "a page in a browser can't use this".to_owned()).into_response();
    }
    next.run(request).await
}

/// Sends the PDF file of a form to be signed: fields `file`, `name`, and `signer` for each of them.
async fn upload(
    State(service): State<Arc<Service>>,
    mut form: Multipart,
) -> Result<(StatusCode, Json<Contract>), Refusal> {
    let (mut pdf, mut name, mut signers) = (Bytes::new(), String::new(), Vec::new());
    while let Some(field) = form.next_field().await? {
        match field.name().unwrap_or_default() {
            "file" => pdf = field.bytes().await?,
            "name" => name = field.text().await?,
            "signer" => signers.push(parse_signer(&field.text().await?)?),
            other => return Err(invalid(format!("unknown field `{other}`; there are file, name and signer"))),
        }
    }
    if !pdf.starts_with(b"%PDF-") {
        return Err(invalid("`file` is no PDF file".to_owned()));
    }
    if name.trim().is_empty() || signers.is_empty() {
        return Err(invalid("give a `name`, and a `signer` for each who signs".to_owned()));
    }
    let contract = Contract::new(&name);
    keep(&service, &contract).await?;
    // The call goes on if the caller hangs up, since the document exists then.
    let sending = tokio::spawn(async move {
        let mut contract = contract;
        let sent = contract.send(&service.client, pdf, signers).await;
        keep(&service, &contract).await?;
        match sent {
            Ok(()) => Ok(contract),
            Err(error) => Err(error.into()),
        }
    });
    let sent = sending.await.map_err(|error| Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    sent.map(|contract| (StatusCode::CREATED, Json(contract)))
}

/// Keeps the state of a contract.
async fn keep(service: &Service, contract: &Contract) -> Result<(), Refusal> {
    let (folder, contract) = (service.folder.clone(), contract.clone());
    blocking(move || folder.write(Kind::Contract, &contract.id, &contract)).await
}

fn invalid(reason: String) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, reason)
}

/// Parses `Ana Prado <ana@acme.example>`.
fn parse_signer(text: &str) -> Result<NewSigner, Refusal> {
    let form = || invalid("a signer is written as `Ana Prado <ana@acme.example>`".to_owned());
    let address: EmailAddress = text.parse().map_err(|_| form())?;
    if address.display_part().is_empty() {
        return Err(form());
    }
    Ok(NewSigner::builder().name(address.display_part()).email(address.email()).build())
}

/// Shows a contract, and the path of its signed file once it is there.
async fn show(State(service): State<Arc<Service>>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let unknown = || Refusal(StatusCode::NOT_FOUND, "there is no such contract".to_owned());
    let folder = service.folder.clone();
    let signed_file = folder.file(Kind::Signed, &id).map_err(|_| unknown())?;
    let contract = blocking(move || folder.read::<Contract>(Kind::Contract, &id)).await?.ok_or_else(unknown)?;
    let mut shown = json!(contract);
    shown["signed_file"] = json!(signed_file.exists().then_some(signed_file));
    Ok(Json(shown))
}

/// Takes a delivery: checks its sender, keeps it, answers, and leaves the rest to the worker.
async fn receive(State(service): State<Arc<Service>>, headers: HeaderMap, body: Bytes) -> Result<(), Refusal> {
    let event: Event =
        service.header.receive(&headers, &body).map_err(|error| Refusal(error.status(), error.to_string()))?;
    let (name, document) = (event.name().unwrap_or("unnamed").to_owned(), event.document_token().cloned());
    let folder = service.folder.clone();
    let is_new = blocking(move || inbox::keep(&folder, &event, &body)).await?;
    println!("delivery: {name}{}", if is_new { "" } else { ", once more" });
    if let Some(document) = document.filter(|_| is_new) {
        // The worker lives as long as the router.
        let _ = service.changed.send(document);
    }
    Ok(())
}

/// Runs a function that waits for a disk.
async fn blocking<T: Send + 'static>(call: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T, Refusal> {
    let refused = |error: String| Refusal(StatusCode::SERVICE_UNAVAILABLE, error);
    spawn_blocking(call).await.map_err(|error| refused(error.to_string()))?.map_err(|error| refused(error.to_string()))
}
