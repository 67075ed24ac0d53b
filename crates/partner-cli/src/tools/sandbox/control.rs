//! Control endpoints of a local sandbox.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::Value;
use url::Url;

use crate::credentials::is_this_machine;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// Address of a sandbox that was started without options.
pub(super) const DEFAULT_URL: &str = "http://127.0.0.1:4360";

/// Time limit of a request. Moving the clock far ahead takes its time.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Sandbox of this machine.
pub(super) struct SandboxControl {
    url: Url,
    http: Client,
}

impl SandboxControl {
    /// Connects to the sandbox at this URL.
    ///
    /// # Errors
    ///
    /// Exit code 2 for a URL that leads to another machine, where nothing is sent; 1 if no sandbox answers there.
    pub(super) async fn connect(text: &str) -> Result<Self, Failure> {
        let url = loopback_url(text)?;
        // No proxy: it would be another machine.
        let http = Client::builder().no_proxy().redirect(Policy::none()).timeout(TIME_LIMIT).build();
        let http = http.map_err(|error| Failure::new(ExitCode::Failed, format!("there is no HTTP client: {error}")))?;
        let control = Self { url, http };
        let health = control.get(&["health"]).await;
        let is_sandbox = |health: &Value| health["status"] == "ok" && health["specs"].is_object();
        match health {
            Ok(health) if is_sandbox(&health) => Ok(control),
            Err(failure) if failure.code == ExitCode::Failed => Err(failure),
            _ => {
                let message =
                    format!("what answers at {} is no sandbox; give its address with --url", control.address());
                Err(Failure::new(ExitCode::Failed, message))
            }
        }
    }

    /// Returns the address of the dashboard.
    pub(super) fn address(&self) -> &str {
        self.url.as_str()
    }

    pub(super) async fn get(&self, path: &[&str]) -> Result<Value, Failure> {
        self.send(Method::GET, path, None).await
    }

    pub(super) async fn post(&self, path: &[&str], body: Option<&Value>) -> Result<Value, Failure> {
        self.send(Method::POST, path, body).await
    }

    async fn send(&self, method: Method, path: &[&str], body: Option<&Value>) -> Result<Value, Failure> {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear().push("sandbox").extend(path);
        }
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let unreachable = |error: reqwest::Error| {
            let message = if error.is_connect() {
                format!("no sandbox listens at {}; start `api-sandbox`, or give its address with --url", self.address())
            } else {
                // The whole cause is in the source; the address is ours.
                format!("the sandbox at {} did not answer: {}", self.address(), error.without_url())
            };
            Failure::new(ExitCode::Failed, message)
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let text = response.text().await.map_err(unreachable)?;
        let answer: Option<Value> = serde_json::from_str(&text).ok();
        match answer {
            Some(answer) if status.is_success() => Ok(answer),
            answer => {
                let reason = answer.as_ref().and_then(|answer| answer["error"].as_str());
                let message = match reason {
                    Some(reason) => reason.to_owned(),
                    None => format!("the sandbox answered with {status}, and without a reason"),
                };
                let code = if status.is_client_error() { ExitCode::Refused } else { ExitCode::NotUnderstood };
                Err(Failure::new(code, message).with("status", status.as_u16()))
            }
        }
    }
}

/// Reads the URL of a sandbox, which is on this machine.
fn loopback_url(text: &str) -> Result<Url, Failure> {
    // The text is not shown: it may have a password in it.
    let fault = |reason: &str| Failure::usage(format!("--url (or PARTNER_URL): {reason}"));
    let mut url = Url::parse(text).map_err(|_| fault("it is no URL; write it as http://127.0.0.1:4360"))?;
    if !is_this_machine(url.as_str()) || !matches!(url.scheme(), "http" | "https") {
        return Err(fault(
            "it leads to another machine, and a sandbox is on this one: http://127.0.0.1:4360, or another port of localhost",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(fault("a sandbox takes neither a user nor a password"));
    }
    url.set_path("/");
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_is_on_this_machine() {
        for (text, expected) in [
            ("http://127.0.0.1:4360", "http://127.0.0.1:4360/"),
            ("http://127.1.2.3:1/x?y#z", "http://127.1.2.3:1/"),
            ("http://[::1]:4360/", "http://[::1]:4360/"),
            ("http://LOCALHOST:80", "http://localhost/"),
        ] {
            assert_eq!(loopback_url(text).map(|url| url.to_string()).ok().as_deref(), Some(expected));
        }
        for text in [
            "",
            "127.0.0.1:4360",
            "http://192.168.0.7:4360",
            "http://0.0.0.0:4360",
            "http://sandbox.example",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "http://127.0.0.1@sandbox.example",
            "http://user:hidden@127.0.0.1",
            "file:///etc/hostname",
            "https://api.zapsign.com.br",
        ] {
            let failure = loopback_url(text).expect_err(text);
            assert_eq!(failure.code, ExitCode::Usage);
            assert!(!failure.to_string().contains("hidden"));
        }
    }
}
