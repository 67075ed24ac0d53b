use std::time::Duration;

use api_runtime::{
    BuildError, Credential, InvalidCredential, Operation, RequestBuilder, ResponsePattern, Secret, TokenProvider,
};
use serde::Deserialize;
use serde_json::Value;

use crate::operations::{CREATE_TOKEN, TOKEN_REJECTED};
use crate::types::CreateToken;
use crate::{Client, ClientBuilder};

/// A partner user's login. The vendor documents no way to renew a token but another login.
struct PasswordLogin {
    username: String,
    password: Secret,
}

impl ClientBuilder {
    /// A partner user's login, for access tokens instead of an API key. A token is got when the first call needs one,
    /// renewed before it runs out and when the server refuses it, once for all calls that wait. A login with an empty
    /// name or password is no credential. One that is refused is tried again after a pause, which grows from a second to
    /// five minutes; calls get the same refusal meanwhile.
    pub fn login(mut self, username: impl Into<String>, password: impl Into<Secret>) -> Self {
        self.credential = Some(PasswordLogin { username: username.into(), password: password.into() }.credential());
        self
    }
}

impl Client {
    /// Returns a client of the account that a partner user logs in to. It has the settings of this one, and shares its
    /// connections, drift monitor and rate limiter, which counts for each login. It has an access token of its own, so keep
    /// the client for as long as its token can be used: one that is made for each request logs in for each request.
    ///
    /// # Errors
    ///
    /// [`BuildError::Credential`] if name or password is empty.
    pub fn with_login(&self, username: impl Into<String>, password: impl Into<Secret>) -> Result<Self, BuildError> {
        let login = PasswordLogin { username: username.into(), password: password.into() };
        Ok(Self { pipeline: self.pipeline.with_credential(login.credential()?) })
    }
}

impl PasswordLogin {
    fn credential(self) -> Result<Credential, InvalidCredential> {
        let (username, password) = (self.username.clone(), self.password.clone());
        Credential::login(&[&username, password.expose()], self)
    }
}

/// Fields of the response to a login. The type of the spec would not decode a lifetime in another form.
#[derive(Deserialize)]
struct Answer {
    access_token: Secret,
    #[serde(default)]
    expires_in: Value,
}

/// Reads a lifetime in seconds: a number, or a text that is one. Anything else says nothing, and the token is used until the
/// server refuses it.
fn lifetime(seconds: &Value) -> Option<Duration> {
    let seconds = match seconds {
        Value::String(text) => text.trim().parse().ok()?,
        other => other.as_f64()?,
    };
    Duration::try_from_secs_f64(seconds).ok().filter(|lifetime| !lifetime.is_zero())
}

impl TokenProvider for PasswordLogin {
    fn token_request(
        &self,
        begin: &dyn Fn(&'static Operation) -> RequestBuilder,
        _: Option<&Secret>,
    ) -> RequestBuilder {
        let body = CreateToken::builder().username(self.username.clone()).password(self.password.clone()).build();
        let mut call = begin(&CREATE_TOKEN);
        call.json(&body);
        call
    }

    fn parse_token(&self, body: &[u8]) -> Option<api_runtime::AccessToken> {
        let answer: Answer = serde_json::from_slice(body).ok()?;
        Some(api_runtime::AccessToken {
            token: answer.access_token,
            refresh_token: None,
            expires_in: lifetime(&answer.expires_in),
        })
    }

    fn rejections(&self) -> &'static [ResponsePattern] {
        &TOKEN_REJECTED
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_lifetime_is_read_in_any_form_and_never_none_at_all() {
        for value in [json!(3600), json!("3600"), json!(" 3600 "), json!(3600.0), json!("3600.0")] {
            assert_eq!(lifetime(&value), Some(Duration::from_secs(3600)), "{value}");
        }
        for value in
            [json!(0), json!("0"), json!(-1), json!(1e300), json!("inf"), json!("NaN"), json!(null), json!([60])]
        {
            assert_eq!(lifetime(&value), None, "{value}");
        }
        assert_eq!(lifetime(&json!(u64::MAX)).map(|_| ()), None);
    }
}
