use std::env;
use std::fmt;

use api_runtime::{BuildError, Credential, InvalidCredential, Request, Secret, Transport, TransportBuilder};

use crate::ApiError;
use crate::operations::SERVERS;

const API_TOKEN_VARIABLE: &str = "ZAPSIGN_API_TOKEN";
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Where the API is.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Environment {
    /// The real thing. Documents are binding and calls are billed.
    #[default]
    Production,
    /// For trying out, with an account and a token of its own. Documents have no legal validity.
    Sandbox,
    /// Production on dedicated Brazilian infrastructure, for the plans that include it.
    Brazil,
    /// Another address, for example a sandbox on this machine.
    Url(String),
}

impl Environment {
    fn base_url(&self) -> &str {
        match self {
            Self::Production => SERVERS[0],
            Self::Sandbox => SERVERS[1],
            Self::Brazil => SERVERS[2],
            Self::Url(url) => url,
        }
    }
}

/// Of another address, no more than its scheme, host and port is shown: a user, a password or a path may be a secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Production => f.write_str("Production"),
            Self::Sandbox => f.write_str("Sandbox"),
            Self::Brazil => f.write_str("Brazil"),
            Self::Url(url) => {
                let origin = reqwest::Url::parse(url).ok().map(|url| url.origin().ascii_serialization());
                f.debug_tuple("Url").field(&origin).finish()
            }
        }
    }
}

/// Client of the ZapSign API. Clones are cheap and share their connections.
///
/// It has a method for each operation; see [`calls`](crate::calls) for what they take.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) transport: Transport,
}

impl Client {
    /// Starts a client for [`Environment::Production`].
    pub fn builder() -> ClientBuilder {
        ClientBuilder { transport: TransportBuilder::new(SERVERS[0], USER_AGENT), credential: None }
    }

    /// A client for [`Environment::Production`] with the API token of the environment variable `ZAPSIGN_API_TOKEN`.
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
    /// The API token of an account, sent as `Authorization: Bearer`.
    pub fn api_token(mut self, token: impl Into<Secret>) -> Self {
        self.credential = Some(Credential::bearer(&token.into()));
        self
    }

    /// The API token of the environment variable `ZAPSIGN_API_TOKEN`, if it is set.
    pub fn from_env(self) -> Self {
        match env::var(API_TOKEN_VARIABLE) {
            Ok(token) => self.api_token(token),
            Err(_) => self,
        }
    }

    /// Where the API is. A token is valid in one environment only.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.transport = self.transport.base_url(environment.base_url());
        self
    }

    /// The largest file that the account's plan takes, in bytes: a larger one is refused before it is sent. Unless set,
    /// ZapSign decides. Its page says 10 MB; files of 11 MB have been taken, and there are plans of 20 MB.
    pub fn max_file_bytes(mut self, bytes: usize) -> Self {
        self.transport = self.transport.max_file_bytes(bytes);
        self
    }

    api_runtime::__transport_settings!(crate::schemas::SCHEMAS);

    /// The client.
    ///
    /// # Errors
    ///
    /// If there is no credential or an empty one, a setting can't be used, or TLS can't be set up.
    pub fn build(self) -> Result<Client, BuildError> {
        let remedy = "give the builder an `api_token` or a `login`, or set ZAPSIGN_API_TOKEN";
        let credential = self.credential.ok_or(BuildError::MissingCredential { remedy })??;
        Ok(Client { transport: self.transport.credential(credential).build()? })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("transport", &self.transport).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_no_secret_is_shown() {
        let address = Environment::Url("https://user:canary@sign.example:8443/canary/v1?key=canary".to_owned());
        assert_eq!(format!("{address:?}"), r#"Url(Some("https://sign.example:8443"))"#);
        assert_eq!(format!("{:?}", Environment::Url("canary".to_owned())), "Url(None)");
        assert_eq!(format!("{:?}", Environment::Sandbox), "Sandbox");

        let builder = Client::builder().api_token("token").http_client(reqwest::Client::new());
        let client = builder.environment(Environment::Url("https://sign.example/canary/v1".to_owned()));
        let shown = format!("{:?}", client.build().expect("it builds"));
        assert!(shown.contains("https://sign.example") && !shown.contains("canary"), "{shown}");
    }

    #[test]
    fn each_environment_has_its_host() {
        for (environment, url) in [
            (Environment::Production, "https://api.zapsign.com.br"),
            (Environment::Sandbox, "https://sandbox.api.zapsign.com.br"),
            (Environment::Brazil, "https://br.api.zapsign.com.br"),
            (Environment::Url("http://127.0.0.1:9/".to_owned()), "http://127.0.0.1:9"),
        ] {
            // Plain HTTP needs no TLS, and the others are only asked for their address.
            let builder = Client::builder().api_token("token").http_client(reqwest::Client::new());
            let client = builder.environment(environment).build().expect("it builds");
            assert_eq!(client.transport.base_url(), url);
        }
    }
}
