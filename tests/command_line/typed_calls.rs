//! Calls of the typed client, and what a server receives of them.

use api_bundle::Schemas;
use conformance::case::{AnyClient, ApiCases, CallCase, ClientSettings, at, bundle, on_the_wire};
use conformance::recorder::{Recorder, Reply};
use serde_json::Value;

use super::sent_request::SentRequest;

/// Credential of the typed clients, and of the program.
pub const SECRET: &str = "the-secret";

/// Bundle of an API.
pub struct ApiSpec {
    pub cases: &'static ApiCases,
    pub bundle: Value,
    pub schemas: Schemas,
}

impl ApiSpec {
    /// Reads the bundle.
    pub fn read(cases: &'static ApiCases) -> Self {
        let bundle = bundle(cases.bundle);
        Self { cases, schemas: Schemas::of(&bundle), bundle }
    }
}

/// Typed client of an API, with a server that records.
pub struct TypedCalls<'s> {
    pub recorder: Recorder,
    spec: &'s ApiSpec,
    client: AnyClient,
}

impl<'s> TypedCalls<'s> {
    /// Starts the server.
    pub async fn start(spec: &'s ApiSpec) -> Self {
        let recorder = Recorder::start(Reply::new(200, "", "")).await;
        let settings = ClientSettings { secret: SECRET, ..ClientSettings::at(recorder.url()) };
        let client = (spec.cases.client)(&settings);
        Self { recorder, spec, client }
    }

    /// Returns the body of a case, as the bundle has it.
    pub fn body(&self, case: &CallCase) -> Value {
        case.body.map_or(Value::Null, |pointer| at(&self.spec.bundle, pointer).clone())
    }

    /// Sends a case with the typed client, and returns what arrived. The server goes on with the case's answer.
    pub async fn send(&self, case: &CallCase) -> SentRequest {
        let (status, media, pointer) = case.answer.expect("every operation has a success");
        let answer = if pointer.is_empty() { Vec::new() } else { on_the_wire(media, at(&self.spec.bundle, pointer)) };
        self.recorder.reply(Reply::new(status, media, answer));
        (case.send)(&self.client, &self.body(case)).await.expect("the typed client sends it");
        self.received().expect("one request")
    }

    /// Returns the request that the server has received.
    ///
    /// # Errors
    ///
    /// The number of requests, if it is not one.
    pub fn received(&self) -> Result<SentRequest, String> {
        let received = self.recorder.take();
        let [request] = &received[..] else { return Err(format!("{} requests arrived", received.len())) };
        Ok(SentRequest::read(&request.method, &request.uri, &request.headers, &request.body))
    }
}
