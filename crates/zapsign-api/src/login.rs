use std::time::Duration;

use api_runtime::{Call, Secret, Token, TokenSource, Transport};

use crate::operations::{OBTAIN_ACCESS_TOKEN, REFRESH_ACCESS_TOKEN};
use crate::types::{AccessToken, ObtainAccessToken, OrganizationId, RefreshAccessToken, TokenPair};

/// How long the vendor's access tokens are valid; the answer does not say.
const LIFETIME: Duration = Duration::from_secs(3600);

/// A user's login.
pub(crate) struct PasswordLogin {
    pub(crate) organization: OrganizationId,
    pub(crate) username: String,
    pub(crate) password: Secret,
}

impl TokenSource for PasswordLogin {
    fn call<'t>(&self, transport: &'t Transport, refresh: Option<&Secret>) -> Call<'t> {
        match refresh {
            Some(refresh) => {
                let body = RefreshAccessToken::builder().refresh(refresh.clone()).build();
                transport.call(&REFRESH_ACCESS_TOKEN).json(&body)
            }
            None => {
                let body = ObtainAccessToken::builder()
                    .username(self.username.clone())
                    .password(self.password.clone())
                    .build();
                let call = transport.call(&OBTAIN_ACCESS_TOKEN);
                call.path("organization_id", self.organization.as_ref()).json(&body)
            }
        }
    }

    fn read(&self, body: &[u8]) -> Option<Token> {
        // A login gives both tokens, a renewal the access token only.
        let (access, refresh) = match serde_json::from_slice::<TokenPair>(body) {
            Ok(pair) => (pair.access, Some(pair.refresh)),
            Err(_) => (serde_json::from_slice::<AccessToken>(body).ok()?.access, None),
        };
        Some(Token { access, refresh, lifetime: Some(LIFETIME) })
    }
}
