use std::time::Duration;

use api_runtime::{
    BuildError, Credential, InvalidCredential, Operation, RequestBuilder, ResponsePattern, Secret, TokenProvider,
};

use crate::operations::{OBTAIN_ACCESS_TOKEN, REFRESH_ACCESS_TOKEN, TOKEN_REJECTED};
use crate::types::{AccessToken, ObtainAccessToken, OrganizationId, RefreshAccessToken, TokenPair};
use crate::{Client, ClientBuilder};

/// Lifetime of the vendor's access tokens, which the response does not contain.
const LIFETIME: Duration = Duration::from_secs(3600);

/// A user's login.
struct PasswordLogin {
    organization: OrganizationId,
    username: String,
    password: Secret,
}

impl ClientBuilder {
    /// A user's login, for access tokens (JWT) instead of the account's API token. A token is got when the first call
    /// needs one, renewed before it runs out and when the server refuses it, once for all calls that wait. A login with
    /// an empty name or password is no credential. One that is refused is tried again after a pause, which grows from a
    /// second to five minutes; calls get the same refusal meanwhile.
    pub fn login(
        mut self,
        organization: OrganizationId,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        let login = PasswordLogin { organization, username: username.into(), password: password.into() };
        self.credential = Some(login.credential());
        self
    }
}

impl Client {
    /// Returns a client of the account that a user logs in to. It has the settings of this one, and shares its connections,
    /// drift monitor and rate limiter, which counts for each login. It has an access token of its own, so keep the client
    /// for as long as its token can be used: one that is made for each request logs in for each request.
    ///
    /// # Errors
    ///
    /// [`BuildError::Credential`] if name or password is empty.
    pub fn with_login(
        &self,
        organization: OrganizationId,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Result<Self, BuildError> {
        let login = PasswordLogin { organization, username: username.into(), password: password.into() };
        Ok(Self { pipeline: self.pipeline.with_credential(login.credential()?) })
    }
}

impl PasswordLogin {
    fn credential(self) -> Result<Credential, InvalidCredential> {
        let Self { organization, username, password } = &self;
        let (organization, username, password) = (organization.clone(), username.clone(), password.clone());
        Credential::login(&[organization.as_ref(), &username, password.expose()], self)
    }
}

impl TokenProvider for PasswordLogin {
    fn token_request(
        &self,
        begin: &dyn Fn(&'static Operation) -> RequestBuilder,
        refresh: Option<&Secret>,
    ) -> RequestBuilder {
        match refresh {
            Some(refresh) => {
                let body = RefreshAccessToken::builder().refresh(refresh.clone()).build();
                let mut call = begin(&REFRESH_ACCESS_TOKEN);
                call.json(&body);
                call
            }
            None => {
                let body = ObtainAccessToken::builder()
                    .username(self.username.clone())
                    .password(self.password.clone())
                    .build();
                let mut call = begin(&OBTAIN_ACCESS_TOKEN);
                call.path("organization_id", self.organization.as_ref()).json(&body);
                call
            }
        }
    }

    fn parse_token(&self, body: &[u8]) -> Option<api_runtime::AccessToken> {
        // A login gives both tokens, a renewal the access token only.
        let (token, refresh_token) = match serde_json::from_slice::<TokenPair>(body) {
            Ok(pair) => (pair.access, Some(pair.refresh)),
            Err(_) => (serde_json::from_slice::<AccessToken>(body).ok()?.access, None),
        };
        Some(api_runtime::AccessToken { token, refresh_token, expires_in: Some(LIFETIME) })
    }

    fn rejections(&self) -> &'static [ResponsePattern] {
        &TOKEN_REJECTED
    }
}
