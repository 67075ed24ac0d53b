//! Client of either API.

use std::time::Duration;

use api_runtime::client_api::CallError;
use api_runtime::{ErrorBody, Operation, RawRequest, RequestPreview};
use http::header::CONTENT_TYPE;

use super::failures;
use crate::credentials::{Account, AccountCredential};
use crate::failure::Failure;
use crate::output::Answer;
use crate::request::RequestDraft;

/// Client of one of the APIs.
pub(crate) enum ApiClient {
    Dialog360(dialog360_api::Client),
    ZapSign(zapsign_api::Client),
}

impl ApiClient {
    /// Creates the client of an account. `time_limit` is that of a call with all attempts.
    pub(crate) fn new(account: Account, time_limit: Option<Duration>) -> Result<Self, Failure> {
        let agent = concat!("partner-cli/", env!("CARGO_PKG_VERSION"));
        match account.api.name {
            "dialog360" => {
                let mut builder = dialog360_api::Client::builder().user_agent(agent);
                builder = match account.credential {
                    Some(AccountCredential::Key(secret)) => builder.api_key(secret),
                    Some(AccountCredential::Bearer(secret)) => builder.bearer_token(secret),
                    None => builder,
                };
                builder = account.url.iter().fold(builder, |builder, url| builder.base_url(url));
                builder = time_limit.into_iter().fold(builder, dialog360_api::ClientBuilder::time_limit);
                Ok(Self::Dialog360(builder.build().map_err(failures::of_build)?))
            }
            _ => {
                let mut builder = zapsign_api::Client::builder().user_agent(agent);
                builder = match account.credential {
                    Some(AccountCredential::Key(secret) | AccountCredential::Bearer(secret)) => {
                        builder.api_token(secret)
                    }
                    None => builder,
                };
                builder = account.url.iter().fold(builder, |builder, url| builder.base_url(url));
                builder = time_limit.into_iter().fold(builder, zapsign_api::ClientBuilder::time_limit);
                Ok(Self::ZapSign(builder.build().map_err(failures::of_build)?))
            }
        }
    }

    /// Sends a request.
    pub(crate) async fn send(&self, row: &'static Operation, draft: &RequestDraft) -> Result<Answer, Failure> {
        match self {
            Self::Dialog360(client) => send(draft.fill_in(client.operation(row))).await,
            Self::ZapSign(client) => send(draft.fill_in(client.operation(row))).await,
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

async fn send<E: ErrorBody>(request: RawRequest<'_, E>) -> Result<Answer, Failure> {
    let response = request.send().await.map_err(failures::of_call)?;
    let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Ok(Answer {
        status: response.status().as_u16(),
        media_type: media_type.to_owned(),
        body: response.raw_body().clone(),
    })
}

fn preview<E: ErrorBody>(mut request: RawRequest<'_, E>) -> Result<RequestPreview, Failure> {
    request.preview().map_err(|error| failures::of_call(CallError::<E>::InvalidRequest(error)))
}
