use std::fmt;

use reqwest::StatusCode;

use super::channel_connection::{ChannelConnection, ConnectChannelError};
use crate::types::{Channel, ChannelFilter, ChannelId, ClientId, PartnerId};
use crate::{Client, Error, MessagingCredentials, SetWebhookError};

impl Client {
    /// Begins to connect a channel: to take it from the redirect of the sign-up to its messaging key.
    ///
    /// `kept` are the credentials that were stored for this channel. With `None` a key is created, which revokes every earlier
    /// one of the channel, so give them whenever there are any.
    ///
    /// [`ConnectChannel::send`] has the steps.
    ///
    /// Feature `channels`.
    pub fn connect_channel<'c>(
        &'c self,
        partner_id: &'c PartnerId,
        client_id: &'c ClientId,
        channel_id: &'c ChannelId,
        kept: Option<MessagingCredentials>,
    ) -> ConnectChannel<'c> {
        ConnectChannel { client: self, partner_id, client_id, channel_id, kept, webhook: None, messaging_url: None }
    }
}

/// Connection of a channel that is being set up; [`Client::connect_channel`] begins it.
#[must_use = "nothing is sent before `send`"]
pub struct ConnectChannel<'c> {
    client: &'c Client,
    partner_id: &'c PartnerId,
    client_id: &'c ClientId,
    channel_id: &'c ChannelId,
    kept: Option<MessagingCredentials>,
    webhook: Option<&'c str>,
    messaging_url: Option<&'c str>,
}

impl fmt::Debug for ConnectChannel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectChannel").field("kept", &self.kept.is_some()).finish_non_exhaustive()
    }
}

impl<'c> ConnectChannel<'c> {
    /// Sets the address that receives the messages and statuses of the number. A new key drops the one that was set before,
    /// so without an address nothing is delivered.
    pub fn messaging_webhook(mut self, url: &'c str) -> Self {
        self.webhook = Some(url);
        self
    }

    /// Sets the address of the messaging API for this connection, in place of the one that the vendor names with the key: a
    /// server of a test, say. The credentials keep the vendor's.
    pub fn messaging_url(mut self, url: &'c str) -> Self {
        self.messaging_url = Some(url);
        self
    }

    /// Connects the channel as far as it can be connected now. In order:
    ///
    /// 1. The channel is read from the partner's list, and has to be of the client: the ids of a redirect come from a
    ///    browser and prove nothing.
    /// 2. It has to be running, or else the result is [`ChannelConnection::WaitingForChannel`].
    /// 3. Without kept credentials a key is created, once. A refusal is [`ChannelConnection::WaitingForPermission`].
    /// 4. The messaging webhook is set, also with kept credentials.
    ///
    /// Calling it again does no harm as long as the credentials that it returned are given back, until they are
    /// [revoked](ChannelConnection::WebhookNotSet): call it from the redirect, at each event
    /// [`usable_channel`](crate::webhooks::Event::usable_channel) and `channel_permission_granted`, and from a job. For one channel, call it once at a time: two calls without credentials create two keys, of which one is revoked.
    /// The vendor takes a request for a key in 30 seconds for a channel, and the client waits for its turn.
    ///
    /// Run the future to its end. A handler of a web server is dropped when its caller hangs up, and with it a key that the
    /// vendor has created, so spawn a task.
    ///
    /// # Errors
    ///
    /// [`ConnectChannelError`]; only [`KeyInDoubt`](ConnectChannelError::KeyInDoubt) and
    /// [`MissingKey`](ConnectChannelError::MissingKey) are about a key that may exist. A webhook that can't be set is no error
    /// but [`ChannelConnection::WebhookNotSet`], which has the key.
    pub async fn send(self) -> Result<ChannelConnection, ConnectChannelError> {
        let channel = self.channel().await?;
        if !channel.is_usable() {
            return Ok(ChannelConnection::WaitingForChannel { status: channel.status });
        }
        let credentials = match self.kept {
            Some(ref kept) => kept.clone(),
            None => match self.create_key().await {
                Err(ConnectChannelError::Call(Error::Api(refusal)))
                    if matches!(refusal.status(), StatusCode::FORBIDDEN | StatusCode::NOT_FOUND) =>
                {
                    return Ok(ChannelConnection::WaitingForPermission { refusal });
                }
                created => created?,
            },
        };
        match self.set_webhook(&credentials).await {
            Ok(()) => Ok(ChannelConnection::Connected(credentials)),
            Err(error) => Ok(ChannelConnection::WebhookNotSet { credentials, error }),
        }
    }

    /// Reads the channel, and checks whose it is.
    async fn channel(&self) -> Result<Channel, ConnectChannelError> {
        let filter = ChannelFilter::new().id(self.channel_id);
        let mut channels = self.client.list_channels().partner_id(self.partner_id).filters(&filter).items();
        while let Some(channel) = channels.next().await {
            let channel = channel?;
            // A server that ignores the filter lists all channels.
            if channel.id.as_ref() != Some(self.channel_id) {
                continue;
            }
            let embedded = channel.client.as_ref().and_then(|client| client.id.as_ref());
            let mut owners = channel.client_id.as_ref().into_iter().chain(embedded).peekable();
            let is_named = owners.peek().is_some();
            return match is_named && owners.all(|owner| owner == self.client_id) {
                true => Ok(channel),
                false => Err(ConnectChannelError::ForeignChannel),
            };
        }
        Err(ConnectChannelError::UnknownChannel)
    }

    async fn create_key(&self) -> Result<MessagingCredentials, ConnectChannelError> {
        let call = self.client.create_channel_api_key().partner_id(self.partner_id).channel_id(self.channel_id);
        let created = call.send().await.map_err(|error| match error.may_have_taken_effect() {
            true => ConnectChannelError::KeyInDoubt(error),
            false => ConnectChannelError::Call(error),
        })?;
        Ok(MessagingCredentials::from_response(&created)?)
    }

    async fn set_webhook(&self, credentials: &MessagingCredentials) -> Result<(), SetWebhookError> {
        let Some(webhook) = self.webhook else { return Ok(()) };
        let address = self.messaging_url.map(ToOwned::to_owned).or_else(|| credentials.address.clone());
        MessagingCredentials::new(address, credentials.key.clone()).set_webhook(webhook).await
    }
}
