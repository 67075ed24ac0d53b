use std::fmt;

use api_runtime::ErrorResponse;

use crate::types::ChannelStatus;
use crate::{ApiError, Error, MessagingCredentials, MissingKey, SetWebhookError};

/// State that a channel was brought to on its way to a messaging key.
#[derive(Debug)]
#[non_exhaustive]
pub enum ChannelConnection {
    /// The channel is not running yet, so no key can be created. Call again at `channel_running` or `channel_live`, or after
    /// some minutes.
    WaitingForChannel {
        /// State of the channel, if the vendor tells it.
        status: Option<ChannelStatus>,
    },
    /// The channel runs, and the vendor refused the key with 403 or 404: the client has not permitted it yet. Ask the client
    /// to give the permission, in the sign-up or in the 360dialog Hub, and call again at `channel_permission_granted`.
    WaitingForPermission {
        /// The vendor's answer.
        refusal: Box<ErrorResponse<ApiError>>,
    },
    /// There is a key, and its webhook could not be set, so that messages to the number are delivered to nobody. Store the
    /// credentials, and call again with them.
    ///
    /// After 401, [`SetWebhookError::is_unauthorized`], kept credentials are of no more use: forget them, unless another program
    /// has stored newer ones, and call again with `None`, which creates a key and revokes every other key of the channel.
    WebhookNotSet {
        /// The key that was given or created.
        credentials: MessagingCredentials,
        /// Reason.
        error: SetWebhookError,
    },
    /// There is a key, and its webhook is set, if one was named. Store the credentials.
    Connected(MessagingCredentials),
}

impl ChannelConnection {
    /// Returns the credentials to store, as soon as there are any.
    pub fn credentials(&self) -> Option<&MessagingCredentials> {
        match self {
            Self::WaitingForChannel { .. } | Self::WaitingForPermission { .. } => None,
            Self::WebhookNotSet { credentials, .. } | Self::Connected(credentials) => Some(credentials),
        }
    }
}

/// Failure to connect a channel. `Display` and `Debug` show no id and no key.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectChannelError {
    /// The partner has no such channel, or not yet. Nothing was created.
    UnknownChannel,
    /// The channel is another client's, or the vendor does not say whose. Nothing was created: see to it that nobody gets
    /// what is another's.
    ForeignChannel,
    /// A call failed, and no key was created. Call again, if [`Error::is_retryable`] or its cause is gone.
    Call(Error),
    /// The answer to the key's creation was lost, or could not be read: there may be a new key that nobody knows, and the
    /// earlier ones may be revoked. Look for the key in [`Error::raw_body`], or else call again after a minute: the next key
    /// revokes the lost one.
    KeyInDoubt(Error),
    /// A key was created, and the answer does not have it in any known form. Look for it in [`MissingKey::raw_body`], or
    /// else call again: the next key revokes the lost one.
    MissingKey(MissingKey),
}

impl fmt::Display for ConnectChannelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownChannel => f.write_str(
                "the partner has no such channel; check the id, and try again when the channel has an event",
            ),
            Self::ForeignChannel => {
                f.write_str("the channel is not known to be of this client, so no key was created; check both ids")
            }
            Self::Call(error) => error.fmt(f),
            Self::KeyInDoubt(error) => {
                write!(
                    f,
                    "{error}; a key may have been created and the earlier ones revoked: look for it in the raw body, or \
                     connect the channel again after a minute"
                )
            }
            Self::MissingKey(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ConnectChannelError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::UnknownChannel | Self::ForeignChannel => None,
            Self::Call(error) | Self::KeyInDoubt(error) => error.source(),
            Self::MissingKey(error) => error.source(),
        }
    }
}

impl From<Error> for ConnectChannelError {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

impl From<MissingKey> for ConnectChannelError {
    fn from(error: MissingKey) -> Self {
        Self::MissingKey(error)
    }
}
