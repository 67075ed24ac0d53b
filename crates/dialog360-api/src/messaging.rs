use std::fmt;

use crate::Secret;
use crate::types::{CreatedChannelApiKey, WrappedApiKey};

/// What a WhatsApp Cloud API client needs to send messages for a channel.
///
/// The messaging API is another API at another address, and is not part of this crate.
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
