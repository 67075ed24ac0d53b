//! Table of cases that `cargo xtask regenerate` writes: calls, bodies and types.

use std::any::Any;
use std::fmt::Debug;
use std::fs;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;

use api_runtime::{DriftMonitor, Error, ErrorBody, FilePart, InvalidId, Operation, RetryPolicy, SchemaTable};
use bytes::Bytes;
use http::HeaderMap;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

/// Cases of one API.
pub struct ApiCases {
    /// Name of the API.
    pub name: &'static str,
    /// Setter of the client's credential, if it has one.
    pub credential: Option<&'static str>,
    /// Makes a client.
    pub client: fn(&ClientSettings<'_>) -> AnyClient,
    /// The operation table.
    pub operations: &'static [&'static Operation],
    /// The table that answers are compared with.
    pub table: &'static SchemaTable,
    /// Path of the bundle from the workspace's root.
    pub bundle: &'static str,
    /// Calls to make.
    pub calls: &'static [CallCase],
    /// Bodies to decode and encode.
    pub bodies: &'static [BodyCase],
    /// Types whose schema is compared with the bundle's.
    pub schemas: &'static [SchemaCase],
}

/// Client of one of the APIs.
pub struct AnyClient(Box<dyn Any + Send + Sync>);

impl AnyClient {
    /// Takes the client of an API.
    pub fn new<C: Send + Sync + 'static>(client: C) -> Self {
        Self(Box::new(client))
    }

    /// Returns the client as that of its API.
    pub fn get<C: 'static>(&self) -> &C {
        match self.0.downcast_ref() {
            Some(client) => client,
            None => panic!("the client is of another API"),
        }
    }
}

/// Settings of a client, whatever its API. It does not wait for rate limits.
#[derive(Debug, Clone)]
pub struct ClientSettings<'s> {
    /// Base URL.
    pub url: &'s str,
    /// The credential.
    pub secret: &'s str,
    /// Retry policy.
    pub retry: RetryPolicy,
    /// Monitor that answers are reported to.
    pub monitor: Option<DriftMonitor>,
    /// HTTP client to share.
    pub http: Option<reqwest::Client>,
}

impl<'s> ClientSettings<'s> {
    /// Settings of a client of a server on this machine.
    pub fn at(url: &'s str) -> Self {
        Self { url, secret: "the-secret", retry: RetryPolicy::default(), monitor: None, http: None }
    }
}

/// Makes the function that makes clients of an API, whose `Client` is in scope, with this credential.
#[macro_export]
macro_rules! client {
    ($($credential:ident)?) => {
        |settings| {
            let builder = Client::builder().base_url(settings.url).retry(settings.retry.clone()).rate_limiting(false);
            $(let builder = builder.$credential(settings.secret);)?
            let builder = match &settings.monitor {
                Some(monitor) => builder.on_drift(monitor.clone()),
                None => builder,
            };
            let builder = match &settings.http {
                Some(http) => builder.danger_http_client(http.clone()),
                None => builder,
            };
            match builder.build() {
                Ok(client) => $crate::case::AnyClient::new(client),
                Err(error) => panic!("no client: {error}"),
            }
        }
    };
}

/// Future of a call: the headers of its response, or its error.
pub type Sent<'c> = Pin<Box<dyn Future<Output = Result<HeaderMap, Failure>> + Send + 'c>>;

/// Call of an operation with certain parameters and body.
pub struct CallCase {
    /// Name of the operation.
    pub operation: &'static str,
    /// Name of the case.
    pub name: &'static str,
    /// JSON pointer to the request body in the bundle.
    pub body: Option<&'static str>,
    /// Status, media type and JSON pointer of a response in the bundle.
    pub answer: Option<(u16, &'static str, &'static str)>,
    /// Sends the call.
    pub send: for<'c> fn(&'c AnyClient, &'c Value) -> Sent<'c>,
}

/// Direction of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Sent by the client.
    Request,
    /// Sent by the vendor in a response.
    Response,
    /// Delivered by the vendor to a webhook.
    Event,
}

/// Body of an operation or event, with its media type.
pub struct BodyCase {
    /// Name of the operation or event.
    pub operation: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// Path template; empty for an event.
    pub path: &'static str,
    /// Direction of the body.
    pub kind: Kind,
    /// Status of a response; `None` for other bodies.
    pub status: Option<u16>,
    /// Media type.
    pub media: &'static str,
    /// Decodes a body into its Rust type and encodes it again.
    pub recode: fn(&[u8]) -> Result<Value, String>,
    /// Decodes a body into its Rust type and returns its `Debug` text; empty if there is no such type, or no match.
    pub debug: fn(&[u8]) -> String,
    /// Examples in the bundle.
    pub examples: &'static [Example],
}

impl BodyCase {
    /// Returns `true` if the body is plain text. An error body can have any form, whatever its media type.
    pub fn is_text(&self) -> bool {
        self.media.starts_with("text/") && self.status.is_none_or(|status| status < 300)
    }
}

/// Example of a body.
pub struct Example {
    /// Name of the example.
    pub name: &'static str,
    /// JSON pointer to its value in the bundle.
    pub pointer: &'static str,
}

/// Type and its schema.
pub struct SchemaCase {
    /// Name of the type.
    pub name: &'static str,
    /// JSON pointer to its schema in the bundle.
    pub pointer: &'static str,
    /// Derives its schema.
    pub schema: fn() -> Schema,
}

/// Error of a case's call, independent of the API.
#[derive(Debug)]
pub struct Failure {
    /// Variant of the error: `invalid request`, `pipeline`, `api`, `decode`; or `case` if the table is wrong.
    pub case: &'static str,
    /// HTTP status.
    pub status: Option<u16>,
    /// The vendor's trace id.
    pub trace_id: Option<String>,
    /// Headers of the response.
    pub headers: Option<Box<HeaderMap>>,
    /// The raw body.
    pub body: Option<Bytes>,
    /// Output of `Display` and `Debug`, of the error and its sources.
    pub printed: String,
}

impl<E: ErrorBody + 'static> From<Error<E>> for Failure {
    fn from(error: Error<E>) -> Self {
        Self {
            case: match &error {
                Error::InvalidRequest(_) => "invalid request",
                Error::Transport(_) => "pipeline",
                Error::Api(_) => "api",
                Error::Decode(_) => "decode",
            },
            status: error.status().map(|status| status.as_u16()),
            headers: error.headers().cloned().map(Box::new),
            trace_id: error.trace_id().map(ToOwned::to_owned),
            body: error.raw_body().cloned(),
            printed: printed(&error),
        }
    }
}

/// Returns the output of `Display` and `Debug` of an error and all its sources.
pub fn printed(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        text.push_str(&format!("{error}\n{error:?}\n{error:#?}\n"));
        next = error.source();
    }
    text
}

impl From<InvalidId> for Failure {
    fn from(error: InvalidId) -> Self {
        Self::of_case(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::of_case(error.to_string())
    }
}

impl From<std::convert::Infallible> for Failure {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl Failure {
    fn of_case(printed: String) -> Self {
        Self { case: "case", status: None, headers: None, trace_id: None, body: None, printed }
    }
}

/// Decodes the body that a case sends.
///
/// # Errors
///
/// [`Failure`] of the variant `case`, if the body does not match the type.
pub fn decode<T: DeserializeOwned>(body: &Value) -> Result<T, Failure> {
    Ok(serde_json::from_value(body.clone())?)
}

/// Returns a file to send.
pub fn file(content: &'static str) -> FilePart {
    FilePart::new("example.bin", content)
}

/// Decodes JSON and encodes it again.
///
/// # Errors
///
/// A message with the JSON pointer of the value that does not match the type.
pub fn recode<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, String> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer: String = error
            .path()
            .iter()
            .map(|segment| match segment {
                Segment::Seq { index } => format!("/{index}"),
                Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
                Segment::Enum { .. } | Segment::Unknown => String::new(),
            })
            .collect();
        let (line, column) = (error.inner().line(), error.inner().column());
        format!("{}: refused (line {line} column {column})", if pointer.is_empty() { "/" } else { &pointer })
    })?;
    deserializer.end().map_err(|error| format!("/: refused (line {} column {})", error.line(), error.column()))?;
    serde_json::to_value(value).map_err(|error| error.to_string())
}

/// Decodes JSON and returns its `Debug` text.
pub fn debug<T: DeserializeOwned + Debug>(body: &[u8]) -> String {
    serde_json::from_slice(body).map(|value: T| format!("{value:?}")).unwrap_or_default()
}

/// Decodes an error body and returns its `Debug` text.
pub fn debug_error<E: ErrorBody + Debug>(body: &[u8]) -> String {
    format!("{:?}", E::decode(body))
}

/// Returns nothing: what is handed over as it came has no type.
pub fn debug_raw(_: &[u8]) -> String {
    String::new()
}

/// Decodes a webhook delivery, one envelope or a list of them, and encodes it again.
pub fn recode_event<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, String> {
    if body.trim_ascii_start().starts_with(b"[") { recode::<Vec<T>>(body) } else { recode::<T>(body) }
}

/// Decodes an error body and encodes it again.
pub fn recode_error<E: ErrorBody + Serialize>(body: &[u8]) -> Result<Value, String> {
    serde_json::to_value(E::decode(body)).map_err(|error| error.to_string())
}

/// Decodes text.
pub fn recode_text(body: &[u8]) -> Result<Value, String> {
    String::from_utf8(body.to_vec()).map(Value::from).map_err(|error| error.to_string())
}

/// Takes a body of any form: JSON as JSON, anything else as text.
pub fn recode_raw(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).or_else(|_| recode_text(body))
}

/// Derives the schema of a type, in the keywords of OpenAPI.
pub fn schema<T: JsonSchema>() -> Schema {
    SchemaGenerator::default().into_root_schema_for::<T>()
}

/// Reads a file of the workspace.
pub fn workspace_file(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    match fs::read_to_string(root.join(path)) {
        Ok(text) => text,
        Err(error) => panic!("{path}: {error}"),
    }
}

/// Reads a bundle as JSON.
pub fn bundle(path: &str) -> Value {
    match serde_json::from_str(&workspace_file(path)) {
        Ok(value) => value,
        Err(error) => panic!("{path}: {error}"),
    }
}

/// Returns the value at a JSON pointer of a bundle.
pub fn at<'b>(bundle: &'b Value, pointer: &str) -> &'b Value {
    match bundle.pointer(pointer) {
        Some(value) => value,
        None => panic!("the bundle has nothing at {pointer}"),
    }
}

/// Encodes a body: text unchanged, everything else as JSON.
pub fn on_the_wire(media: &str, value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) if media != "application/json" => text.clone().into_bytes(),
        other => other.to_string().into_bytes(),
    }
}
