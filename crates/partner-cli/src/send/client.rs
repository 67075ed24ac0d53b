//! Client of either API.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api_runtime::client_api::{CallError, DriftMonitor};
use api_runtime::{Operation, RawRequest, RequestPreview};
use http::header::CONTENT_TYPE;
use zapsign_api::types::OrganizationId;

use super::failures;
use super::vendor_error::VendorError;
use crate::credentials::{Account, AccountCredential};
use crate::failure::Failure;
use crate::output::Answer;
use crate::request::RequestDraft;

/// User agent of all calls.
pub(crate) const USER_AGENT: &str = concat!("partner-cli/", env!("CARGO_PKG_VERSION"));

/// Credential of a client whose calls carry none.
const UNUSED: &str = "unused";

/// Client of one of the APIs.
pub(crate) enum ApiClient {
    Dialog360(dialog360_api::Client),
    ZapSign(zapsign_api::Client),
}

/// Sets what the builders of both clients have alike, and builds the client.
macro_rules! build {
    ($builder:expr, $account:expr, $time_limit:expr, $monitor:expr) => {{
        let mut builder = $builder.user_agent(USER_AGENT).base_url(&$account.destination.url).on_drift($monitor);
        if let Some(limit) = $time_limit {
            builder = builder.time_limit(limit);
        }
        builder.build().map_err(|error| failures::of_build(error, $account))
    }};
}

impl ApiClient {
    /// Creates the client of an account. `time_limit` is that of a call with all attempts.
    pub(crate) fn new(account: Account, time_limit: Option<Duration>) -> Result<Self, Failure> {
        Self::observed(&account, time_limit, DriftMonitor::default())
    }

    /// Creates the client of an account that tells a monitor of differences between answers and the spec.
    pub(crate) fn observed(
        account: &Account,
        time_limit: Option<Duration>,
        monitor: DriftMonitor,
    ) -> Result<Self, Failure> {
        let credential = account.credential.as_ref().ok_or_else(|| account.missing_credential())?;
        if let Some(fault) = credential.fault() {
            return Err(failures::of_credential(account, &fault));
        }
        match account.api.name {
            "dialog360" => {
                let builder = dialog360_api::Client::builder();
                let builder = match credential {
                    AccountCredential::Key(secret) => builder.api_key(secret),
                    AccountCredential::Bearer(secret) => builder.bearer_token(secret),
                    AccountCredential::Login { name, password, .. } => builder.login(name, password),
                    AccountCredential::Absent => builder.api_key(UNUSED),
                };
                build!(builder, account, time_limit, monitor).map(Self::Dialog360)
            }
            _ => {
                let builder = zapsign_api::Client::builder();
                let builder = match credential {
                    AccountCredential::Key(secret) | AccountCredential::Bearer(secret) => builder.api_token(secret),
                    AccountCredential::Login { organization, name, password } => {
                        let organization = OrganizationId::new(organization.as_deref().unwrap_or_default());
                        let organization = organization.map_err(|_| {
                            failures::of_credential(
                                account,
                                "organization_id is no id; copy it from ZapSign's settings",
                            )
                        })?;
                        builder.login(organization, name, password)
                    }
                    AccountCredential::Absent => builder.api_token(UNUSED),
                };
                build!(builder, account, time_limit, monitor).map(Self::ZapSign)
            }
        }
    }

    /// Sends a request.
    pub(crate) async fn send(&self, row: &'static Operation, draft: &RequestDraft) -> Result<Answer, Failure> {
        match self {
            Self::Dialog360(client) => send(row, draft.fill_in(client.operation(row))).await,
            Self::ZapSign(client) => send(row, draft.fill_in(client.operation(row))).await,
        }
    }

    /// Sends a request that has nothing but the parameters of its path.
    pub(crate) async fn get(&self, row: &'static Operation, path: &[&str]) -> Result<Answer, Failure> {
        match self {
            Self::Dialog360(client) => send(row, with_path(client.operation(row), path)).await,
            Self::ZapSign(client) => send(row, with_path(client.operation(row), path)).await,
        }
    }

    /// Returns what would be sent.
    pub(crate) fn preview(&self, row: &'static Operation, draft: &RequestDraft) -> Result<RequestPreview, Failure> {
        match self {
            Self::Dialog360(client) => preview(draft.fill_in(client.operation(row))),
            Self::ZapSign(client) => preview(draft.fill_in(client.operation(row))),
        }
    }
}

fn with_path<'c, E: VendorError>(request: RawRequest<'c, E>, path: &[&str]) -> RawRequest<'c, E> {
    path.iter().fold(request, |request, value| request.path(value))
}

async fn send<E: VendorError>(row: &'static Operation, request: RawRequest<'_, E>) -> Result<Answer, Failure> {
    let is_sent = Arc::new(AtomicBool::new(false));
    // The check runs when all waits are over, so it tells that the request is on its way.
    let request = request.send_if({
        let is_sent = Arc::clone(&is_sent);
        move || {
            is_sent.store(true, Ordering::Relaxed);
            true
        }
    });
    let response = tokio::select! {
        // An answer that is there counts.
        biased;
        result = request.send() => result.map_err(|error| failures::of_operation(Some(row), error))?,
        Ok(()) = tokio::signal::ctrl_c() => {
            return Err(failures::of_interruption::<E>(row, is_sent.load(Ordering::Relaxed)));
        }
    };
    let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Ok(Answer {
        status: response.status().as_u16(),
        media_type: media_type.to_owned(),
        body: response.raw_body().clone(),
    })
}

fn preview<E: VendorError>(mut request: RawRequest<'_, E>) -> Result<RequestPreview, Failure> {
    request.preview().map_err(|error| failures::of_call(CallError::<E>::InvalidRequest(error)))
}
