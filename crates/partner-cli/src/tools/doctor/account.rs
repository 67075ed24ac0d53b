//! Checks of the account of one API.

use std::time::Duration;

use api_runtime::client_api::DriftMonitor;
use serde_json::Value;
use url::Url;

use super::check::Checks;
use super::probe::{Probe, probe};
use crate::command::SharedOptions;
use crate::credentials::{Account, AccountCredential, Destination, Environment, Source, environments, is_this_machine};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Answer;
use crate::request::Input;
use crate::send::ApiClient;
use crate::spec::Api;

/// Difference of the clocks above which it is a fault, in seconds: what tokens and links of a few minutes bear.
const MAX_CLOCK_DIFFERENCE: u64 = 60;

/// Checks the account of an API. Without a credential it is skipped, unless it `is_named`.
pub(super) async fn check(
    api: &'static Api,
    is_named: bool,
    options: &SharedOptions,
    variables: &dyn Fn(&str) -> Option<String>,
    input: &Input<'_>,
    limit: Duration,
    checks: &mut Checks<'_>,
) {
    let account = match Account::find(api, options, variables, input) {
        Ok(account) => account,
        Err(failure) => return checks.failed((api.name, "credential"), failure.to_string(), failure.code),
    };
    checks.hide(account.credential.as_ref().and_then(AccountCredential::secret));
    let missing = || account.missing_credential().to_string();
    match (&account.credential, &account.credential_source) {
        (Some(credential), Some(source)) => {
            checks.ok((api.name, "credential"), format!("{} of {source}", credential.kind()));
        }
        _ if is_named => return checks.failed((api.name, "credential"), missing(), ExitCode::Credential),
        _ => return checks.skipped((api.name, "credential"), missing()),
    }
    check_address(&account, variables, checks);
    if check_connection(&account, limit, checks).await {
        check_call(&account, limit, checks).await;
    }
}

fn check_address(account: &Account, variables: &dyn Fn(&str) -> Option<String>, checks: &mut Checks<'_>) {
    let Account { api, destination, .. } = account;
    let environment = destination.environment.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    checks.ok((api.name, "address"), format!("{}{environment} of {}", destination.shown(), destination.source));
    let what = (api.name, "proxy");
    match proxy(variables, &destination.url) {
        _ if is_this_machine(&destination.url) => checks.skipped(what, "none is used for this machine"),
        Some((name, host)) => checks.ok(what, format!("{name} names {host}; NO_PROXY may exempt the address")),
        None => checks.skipped(what, "the environment names none"),
    }
}

/// Returns the variable that names a proxy for an address, and the proxy's host: the rest of its value may be a secret.
fn proxy(variables: &dyn Fn(&str) -> Option<String>, url: &str) -> Option<(&'static str, String)> {
    let names = match url.starts_with("https:") {
        true => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        false => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    names.into_iter().find_map(|name| {
        let value = variables(name).filter(|value| !value.is_empty())?;
        let address = if value.contains("://") { value } else { format!("http://{value}") };
        let address = Url::parse(&address).ok()?;
        let port = address.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some((name, format!("{}{port}", address.host_str()?)))
    })
}

/// Checks connection, TLS and clock. Returns `false` if nothing can be sent.
async fn check_connection(account: &Account, limit: Duration, checks: &mut Checks<'_>) -> bool {
    let name = account.api.name;
    let Probe { tls, clock_ahead } = match probe(&account.destination.url, limit).await {
        Ok(probe) => probe,
        Err((stage, cause)) => {
            checks.failed((name, "connection"), format!("{} ({cause})", stage.text()), ExitCode::Failed);
            return false;
        }
    };
    match tls {
        Some(version) => {
            checks.ok((name, "connection"), format!("TLS {version}, with a certificate that is trusted"));
        }
        None => checks.ok((name, "connection"), "without TLS, on this machine"),
    }
    match clock_ahead {
        Some(seconds) if seconds.unsigned_abs() > MAX_CLOCK_DIFFERENCE => {
            let direction = if seconds > 0 { "ahead of" } else { "behind" };
            let detail = format!("{} s {direction} the vendor's; set this machine's clock", seconds.unsigned_abs());
            checks.failed((name, "clock"), detail, ExitCode::Failed);
        }
        Some(seconds) => checks.ok((name, "clock"), format!("{} s from the vendor's", seconds.unsigned_abs())),
        None => checks.skipped((name, "clock"), "the server does not tell its time"),
    }
    true
}

/// Checks if the vendor accepts the credential, and says what its answer tells of the account.
async fn check_call(account: &Account, limit: Duration, checks: &mut Checks<'_>) {
    let name = account.api.name;
    let monitor = DriftMonitor::default();
    let result = call(account, limit, monitor.clone()).await;
    match result {
        None => {
            let text =
                "not checked: the id of the partner is missing; set D360_PARTNER_ID, or --partner-id of the profile";
            return checks.warning((name, "account"), text);
        }
        Some(Ok(answer)) => checks.ok((name, "account"), description(&answer)),
        // The answer of ZapSign to an account without a plan, whose token works.
        Some(Err(failure)) if name == "zapsign" && failure.detail("status").is_some_and(|status| *status == 404) => {
            checks.warning((name, "account"), "the credential is accepted; the account has no active plan");
        }
        Some(Err(failure)) => {
            let mut detail = failure.to_string();
            if failure.code == ExitCode::Credential
                && let Some(found) = accepting_environment(account, &environments(account.api), limit).await
            {
                detail = format!("{detail}; the credential is one of `{found}`: give --environment {found}");
            }
            checks.failed((name, "account"), detail, failure.code);
        }
    }
    let findings = monitor.findings();
    if findings.is_empty() {
        checks.ok((name, "drift"), "the answer fits the spec");
    }
    for drift in findings {
        checks.warning((name, "drift"), drift.to_string());
    }
}

/// Makes a call that only reads; `None` if an id for it is missing.
async fn call(account: &Account, limit: Duration, monitor: DriftMonitor) -> Option<Result<Answer, Failure>> {
    let (row, path) = match account.api.name {
        "dialog360" => (&dialog360_api::operations::GET_PARTNER, vec![account.partner_id.as_deref()?]),
        _ => (&zapsign_api::operations::GET_PLAN, Vec::new()),
    };
    match ApiClient::observed(account, Some(limit), monitor) {
        Ok(client) => Some(client.get(row, &path).await),
        Err(failure) => Some(Err(failure)),
    }
}

/// Returns the other environment of the vendor that accepts a key. Only those of the vendor are asked, and only if it was one of
/// them that refused.
async fn accepting_environment(account: &Account, all: &[Environment], limit: Duration) -> Option<String> {
    let refusing = account.destination.environment.as_ref()?;
    if !matches!(account.credential, Some(AccountCredential::Key(_))) {
        return None;
    }
    for environment in all.iter().filter(|environment| environment.name != *refusing) {
        let destination = Destination {
            url: environment.url.clone(),
            environment: Some(environment.name.clone()),
            source: Source::Default,
        };
        let outcome = call(&account.sent_to(destination), limit, DriftMonitor::default()).await?;
        if outcome.is_ok()
            || outcome.is_err_and(|failure| failure.detail("status").is_some_and(|status| *status == 404))
        {
            return Some(environment.name.clone());
        }
    }
    None
}

/// Returns what the answer tells of the account: the fields of the plan or the partner that say what it may do.
fn description(answer: &Answer) -> String {
    const FIELDS: [&str; 10] = [
        "name",
        "status",
        "number_of_credits",
        "period",
        "current_period_end",
        "brand_name",
        "country",
        "webhook_url",
        "partner_redirect_url",
        "allow_client_to_add_phone_no",
    ];
    let value = answer.json().unwrap_or_default();
    let told: Vec<String> = FIELDS
        .iter()
        .filter_map(|name| match &value[*name] {
            Value::Null => None,
            Value::String(text) if name.ends_with("_url") => Some(format!("{name} {}", shown_address(text))),
            Value::String(text) => Some(format!("{name} {text}")),
            other => Some(format!("{name} {other}")),
        })
        .collect();
    let text = if told.is_empty() { "it tells nothing of the account".to_owned() } else { told.join(", ") };
    format!("the credential is accepted; {text}")
}

/// Returns the host of an address: its path or query may hold the secret of a webhook.
fn shown_address(text: &str) -> String {
    let host = Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.map_or_else(|| "that is no address".to_owned(), |host| format!("at {host}"))
}

#[cfg(test)]
mod tests {
    use api_sandbox::Sandbox;

    use super::*;

    #[tokio::test]
    async fn the_environment_that_knows_a_key_is_found() {
        let sandbox = Sandbox::builder().start().await.expect("it starts");
        let known = sandbox.credentials().api_token.clone();
        let api = Api::find("zapsign").expect("an api");
        let environment = |name: &str, url: &str| Environment { name: name.to_owned(), url: url.to_owned() };
        // Nobody listens at the first two.
        let all = [
            environment("production", "http://127.0.0.1:1"),
            environment("brazil", "http://127.0.0.1:1"),
            environment("sandbox", sandbox.url()),
        ];
        for (token, expected) in [(known.as_str(), Some("sandbox")), ("unknown", None)] {
            let variables = |name: &str| (name == "ZAPSIGN_API_TOKEN").then(|| token.to_owned());
            let input = Input::new(std::io::empty());
            let account = Account::find(api, &SharedOptions::default(), &variables, &input).expect("an account");
            let found = accepting_environment(&account, &all, Duration::from_secs(2)).await;
            assert_eq!(found.as_deref(), expected);
            let elsewhere = Destination { environment: None, ..account.destination.clone() };
            let found = accepting_environment(&account.sent_to(elsewhere), &all, Duration::from_secs(2)).await;
            assert_eq!(found, None, "a key for another address is not sent to the vendor");
        }
    }
}
