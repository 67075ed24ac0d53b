use std::env;
use std::fmt;

use api_runtime::{BuildError, Credential, InvalidCredential, Request, Secret, Transport, TransportBuilder};
use reqwest::header::HeaderName;

use crate::ApiError;
use crate::operations::SERVERS;

const API_KEY_VARIABLE: &str = "D360_API_KEY";
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Client of the 360dialog Partner API. Clones are cheap and share their connections.
///
/// It has a method for each operation; see [`calls`](crate::calls) for what they take.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) transport: Transport,
}

impl Client {
    /// Starts a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder { transport: TransportBuilder::new(SERVERS[0], USER_AGENT), credential: None }
    }

    /// A client with the Partner API key of the environment variable `D360_API_KEY`.
    ///
    /// # Errors
    ///
    /// If the variable is not set or holds what a header can't carry.
    pub fn from_env() -> Result<Self, BuildError> {
        Self::builder().from_env().build()
    }

    /// A request for an endpoint that has no method here, with the same credentials, retries and errors. `path` begins
    /// with a slash and is not escaped; its segments are checked as ids are.
    pub fn request(&self, method: reqwest::Method, path: &str) -> Request<'_, ApiError> {
        Request::new(&self.transport, method, path)
    }
}

/// Settings of a [`Client`].
#[must_use]
pub struct ClientBuilder {
    transport: TransportBuilder,
    pub(crate) credential: Option<Result<Credential, InvalidCredential>>,
}

impl ClientBuilder {
    /// A Partner API key, sent as `X-API-Key`. The vendor prefers it to a token. It is made in the Partner Dashboard, and
    /// is not the key of a channel, which is for the messaging API.
    pub fn api_key(mut self, key: impl Into<Secret>) -> Self {
        self.credential = Some(Credential::header(HeaderName::from_static("x-api-key"), &key.into()));
        self
    }

    /// An access token, sent as `Authorization: Bearer`.
    pub fn bearer_token(mut self, token: impl Into<Secret>) -> Self {
        self.credential = Some(Credential::bearer(&token.into()));
        self
    }

    /// The Partner API key of the environment variable `D360_API_KEY`, if it is set.
    pub fn from_env(self) -> Self {
        match env::var(API_KEY_VARIABLE) {
            Ok(key) => self.api_key(key),
            Err(_) => self,
        }
    }

    api_runtime::__transport_settings!(crate::schemas::SCHEMAS);

    /// The client.
    ///
    /// # Errors
    ///
    /// If there is no credential or an empty one, a setting can't be used, or TLS can't be set up.
    pub fn build(self) -> Result<Client, BuildError> {
        let remedy = "give the builder an `api_key`, a `bearer_token` or a `login`, or set D360_API_KEY";
        let credential = self.credential.ok_or(BuildError::MissingCredential { remedy })??;
        Ok(Client { transport: self.transport.credential(credential).build()? })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("transport", &self.transport).finish_non_exhaustive()
    }
}
