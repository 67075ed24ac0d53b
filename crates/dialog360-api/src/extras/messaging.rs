use std::fmt;

use api_runtime::{BuildError, Bytes, Credential, RawRequest, Response};
use reqwest::header::HeaderName;
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::types::{CreatedChannelApiKey, WrappedApiKey};
use crate::{ApiError, Client, Error, Secret};

/// Address of the messaging API where the vendor named none with the key.
const MESSAGING_API: &str = "https://waba-v2.360dialog.io";

/// Address and key by which a WhatsApp Cloud API client sends messages for a channel.
///
/// The messaging API is another API at another address, and is not part of this crate, but for the webhook of the number
/// ([`MessagingCredentials::set_webhook`]).
///
/// Serializing them writes the key, because that is how they get into a store; `Debug` does not show it. A store should
/// encrypt them.
///
/// ```
/// use dialog360_api::MessagingCredentials;
///
/// let kept = MessagingCredentials::new(None, "the key");
/// let stored = serde_json::to_string(&kept)?;
/// let again: MessagingCredentials = serde_json::from_str(&stored)?;
/// assert_eq!(again.key.expose(), "the key");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MessagingCredentials {
    /// Id of the key, where the vendor named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Address of the messaging API, where the vendor named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The key, sent as [`MessagingCredentials::HEADER`].
    pub key: Secret,
}

impl MessagingCredentials {
    /// Name of the header that carries the key. The messaging API does not take the Partner API's key, nor the other way.
    pub const HEADER: &'static str = "D360-API-KEY";

    /// Returns the credentials of a key that was kept. `None` as the address is the vendor's.
    pub fn new(address: Option<String>, key: impl Into<Secret>) -> Self {
        Self { id: None, address, key: key.into() }
    }

    /// Takes the key out of the answer of `create_channel_api_key`, whichever way the vendor wrote it. Creating it has
    /// revoked every earlier key of the channel, so keep this one.
    ///
    /// # Errors
    ///
    /// [`MissingKey`], which keeps the answer, if the key is not where any known form has it, or is empty.
    pub fn from_response(created: &Response<CreatedChannelApiKey>) -> Result<Self, MissingKey> {
        let is_key = |(_, _, key): &(_, _, &Secret)| !key.expose().is_empty();
        let found = match &**created {
            CreatedChannelApiKey::Plain(key) => Some((&key.id, &key.address, &key.api_key)),
            CreatedChannelApiKey::OtherName(key) => Some((&key.id, &key.address, &key.key)),
            CreatedChannelApiKey::Wrapped(WrappedApiKey { api_keys, .. }) => {
                api_keys.iter().filter_map(|key| Some((&key.id, &key.address, key.api_key.as_ref()?))).find(is_key)
            }
        };
        let missing = || MissingKey { raw_body: created.raw_body().clone() };
        let (id, address, key) = found.filter(is_key).ok_or_else(missing)?;
        Ok(Self { id: id.clone(), address: address.clone(), key: key.clone() })
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

impl SetWebhookError {
    /// Returns `true` if the messaging API answered 401: the key was revoked, mostly by a newer one of the same number.
    /// Sending it again does not help.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Call(error) if error.status() == Some(StatusCode::UNAUTHORIZED))
    }
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

/// Error of an answer of `create_channel_api_key` that has no key where one was looked for. The call succeeded, so it has
/// revoked the earlier keys, and there may be a new one: look for it in [`raw_body`](Self::raw_body) before another is
/// created. `Display` and `Debug` show nothing of the answer.
#[derive(Clone)]
pub struct MissingKey {
    raw_body: Bytes,
}

impl MissingKey {
    /// Returns the answer as it came. It may hold a key.
    pub fn raw_body(&self) -> &Bytes {
        &self.raw_body
    }
}

impl fmt::Display for MissingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "create_channel_api_key succeeded, and its answer has no key in any known form; look for it in `raw_body()` of \
             this error, and don't create another one before",
        )
    }
}

impl fmt::Debug for MissingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MissingKey({self})")
    }
}

impl std::error::Error for MissingKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_survive_a_store_and_are_not_printed() {
        for (credentials, stored) in [
            (MessagingCredentials::new(None, "the-key"), r#"{"key":"the-key"}"#),
            (
                MessagingCredentials::new(Some("https://waba.example".into()), "the-key"),
                r#"{"address":"https://waba.example","key":"the-key"}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&credentials).expect("it encodes"), stored);
            let again: MessagingCredentials = serde_json::from_str(stored).expect("it decodes");
            assert_eq!((again.address, again.key.expose()), (credentials.address.clone(), "the-key"));
            assert!(!format!("{credentials:?}").contains("the-key"));
        }
    }
}
