//! Calls of control endpoints.

use std::fmt::{Debug, Display};

use api_sandbox::Sandbox;
use reqwest::Method;
use serde_json::Value;

/// Calls a control endpoint with a JSON body; `null` is none. Returns the status and the body, `null` if it is no JSON.
pub(super) async fn control<M>(sandbox: &Sandbox, method: M, path: &str, body: impl Display) -> (u16, Value)
where
    M: TryInto<Method>,
    M::Error: Debug,
{
    let url = format!("{}/sandbox/{path}", sandbox.url());
    let body = Some(body.to_string()).filter(|body| body != "null").unwrap_or_default();
    let request = reqwest::Client::new().request(method.try_into().expect("a method"), url);
    let answer = request.body(body).send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&answer.bytes().await.expect("a body")).unwrap_or_default())
}
