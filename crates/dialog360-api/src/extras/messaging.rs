use std::fmt;

use api_runtime::{BuildError, Credential, RawRequest};
use reqwest::Method;
use reqwest::header::HeaderName;
use serde_json::json;

use crate::types::{CreatedChannelApiKey, WrappedApiKey};
use crate::{ApiError, Client, Error, Secret};

/// Address of the messaging API where the vendor named none with the key.
const MESSAGING_API: &str = "https://waba-v2.360dialog.io";

/// Address and key by which a WhatsApp Cloud API client sends messages for a channel.
///
/// The messaging API is another API at another address, and is not part of this crate, but for the webhook of the number
/// ([`MessagingCredentials::set_webhook`]).
#[derive(Clone)]
#[non_exhaustive]
pub struct MessagingCredentials {
    /// Address of the messaging API, where the vendor named it.
    pub address: Option<String>,
    /// The key, sent as [`MessagingCredentials::HEADER`].
    pub key: Secret,
}

impl MessagingCredentials {
    /// Name of the header that carries the key. The messaging API does not take the Partner API's key, nor the other way.
    pub const HEADER: &'static str = "D360-API-KEY";

    /// Returns the credentials of a key that was kept. `None` as the address is the vendor's.
    pub fn new(address: Option<String>, key: impl Into<Secret>) -> Self {
        Self { address, key: key.into() }
    }

    /// Sets the address that receives the messages and statuses of this number: `POST /v1/configs/webhook` of the messaging
    /// API, at [`address`](Self::address) or, where that is `None`, at the vendor's. Headers of deliveries that were set
    /// before are not sent along.
    ///
    /// It is not the webhook of the partner, which `set_webhook_url` sets. The call is sent once, on a connection of its
    /// own; sending it again does no harm.
    ///
    /// # Errors
    ///
    /// [`SetWebhookError::Settings`] if the address is neither HTTPS nor this machine, or the key can't be sent in a header;
    /// [`SetWebhookError::Call`] as for every call.
    pub async fn set_webhook(&self, url: &str) -> Result<(), SetWebhookError> {
        let address = self.address.as_deref().unwrap_or(MESSAGING_API);
        let header = HeaderName::from_static("d360-api-key");
        let credential = Credential::header(header, &self.key).map_err(BuildError::from)?;
        let pipeline = Client::builder().pipeline.base_url(address).credential(credential).build()?;
        let request = RawRequest::<ApiError>::new(&pipeline, Method::POST, "/v1/configs/webhook");
        request.json(&json!({"url": url})).send().await?;
        Ok(())
    }
}

/// Failure of [`MessagingCredentials::set_webhook`].
#[derive(Debug)]
#[non_exhaustive]
pub enum SetWebhookError {
    /// The address or the key can't be used; nothing was sent.
    Settings(BuildError),
    /// The call failed.
    Call(Error),
}

impl fmt::Display for SetWebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(error) => error.fmt(f),
            Self::Call(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SetWebhookError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Settings(error) => error.source(),
            Self::Call(error) => error.source(),
        }
    }
}

impl From<BuildError> for SetWebhookError {
    fn from(error: BuildError) -> Self {
        Self::Settings(error)
    }
}

impl From<Error> for SetWebhookError {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

impl fmt::Debug for MessagingCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessagingCredentials").finish_non_exhaustive()
    }
}

impl CreatedChannelApiKey {
    /// The key that was created, whichever way the vendor wrote it. `None` if the answer holds no key,
    /// or an empty one, which is none.
    ///
    /// Creating it has revoked every earlier key of the channel, so keep this one.
    pub fn messaging_credentials(&self) -> Option<MessagingCredentials> {
        let created = match self {
            Self::Plain(key) => Some(MessagingCredentials { address: key.address.clone(), key: key.api_key.clone() }),
            Self::OtherName(key) => Some(MessagingCredentials { address: key.address.clone(), key: key.key.clone() }),
            Self::Wrapped(WrappedApiKey { api_keys, .. }) => api_keys
                .iter()
                .find_map(|key| Some(MessagingCredentials { address: key.address.clone(), key: key.api_key.clone()? })),
        };
        created.filter(|created| !created.key.expose().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_answer_gives_the_key() {
        for body in [
            r#"{"id":"1","address":"https://waba.example","api_key":"the-key","app_id":"2"}"#,
            r#"{"address":"https://waba.example","key":"the-key"}"#,
            r#"{"api_keys":[{"id":"0"},{"address":"https://waba.example","api_key":"the-key"}]}"#,
        ] {
            let created: CreatedChannelApiKey = serde_json::from_str(body).expect("one of the forms");
            let credentials = created.messaging_credentials().expect("a key");
            assert_eq!(credentials.address.as_deref(), Some("https://waba.example"), "{body}");
            assert_eq!(credentials.key.expose(), "the-key");
            assert!(!format!("{created:?} {credentials:?}").contains("the-key"));
        }
    }

    #[test]
    fn an_empty_key_is_none() {
        for body in
            [r#"{"id":"1","api_key":""}"#, r#"{"key":""}"#, r#"{"api_keys":[{"api_key":""}]}"#, r#"{"api_keys":[]}"#]
        {
            let created: CreatedChannelApiKey = serde_json::from_str(body).expect("one of the forms");
            assert!(created.messaging_credentials().is_none(), "{body}");
        }
    }
}
