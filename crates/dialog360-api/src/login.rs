use std::time::Duration;

use api_runtime::{Call, Credential, ResponsePattern, Secret, TokenSource, Transport};

use crate::ClientBuilder;
use crate::operations::{CREATE_TOKEN, TOKEN_REJECTED};
use crate::types::{CreateToken, Token};

/// A partner user's login. The vendor documents no way to renew a token but another login.
struct PasswordLogin {
    username: String,
    password: Secret,
}

impl ClientBuilder {
    /// A partner user's login, for access tokens instead of an API key. A token is got when the first call needs one,
    /// renewed before it runs out and when the server refuses it, once for all calls that wait. A login with an empty
    /// name or password is no credential.
    pub fn login(mut self, username: impl Into<String>, password: impl Into<Secret>) -> Self {
        let (username, password) = (username.into(), password.into());
        let source = PasswordLogin { username: username.clone(), password: password.clone() };
        self.credential = Some(Credential::login(&username, &password, source));
        self
    }
}

impl TokenSource for PasswordLogin {
    fn call<'t>(&self, transport: &'t Transport, _: Option<&Secret>) -> Call<'t> {
        let body = CreateToken::builder().username(self.username.clone()).password(self.password.clone()).build();
        let mut call = transport.call(&CREATE_TOKEN);
        call.json(&body);
        call
    }

    fn read(&self, body: &[u8]) -> Option<api_runtime::Token> {
        let token: Token = serde_json::from_slice(body).ok()?;
        let lifetime = token.expires_in.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
        Some(api_runtime::Token { access: token.access_token?, refresh: None, lifetime })
    }

    fn rejections(&self) -> &'static [ResponsePattern] {
        &TOKEN_REJECTED
    }
}
