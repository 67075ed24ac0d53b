//! Credential of an account.

use std::fmt;

use api_bundle::credential_headers;
use api_runtime::{Credential, Secret};

use crate::spec::Api;

/// Credential of an account.
#[derive(Clone)]
pub(crate) enum AccountCredential {
    /// API key of 360dialog, or API token of ZapSign.
    Key(Secret),
    /// Access token.
    Bearer(Secret),
    /// Login, which access tokens are got with.
    Login {
        /// Organization of ZapSign.
        organization: Option<String>,
        name: String,
        password: Secret,
    },
    /// No credential: for operations that need none, and for requests that are shown and not sent.
    Absent,
}

/// Returns the environment variables that hold credentials of an API: the first one a key, and the others access tokens.
pub(super) fn variables(api: &Api) -> Vec<String> {
    credential_headers(api.document(), api.name).into_iter().map(|header| header.variable).collect()
}

impl AccountCredential {
    /// Returns the kind in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::Bearer(_) => "bearer token",
            Self::Login { .. } => "login",
            Self::Absent => "none",
        }
    }

    /// Returns the fault of a key or token that no vendor can have given out: copied with what is around it, or by halves.
    pub(crate) fn fault(&self) -> Option<String> {
        let (Self::Key(secret) | Self::Bearer(secret)) = self else { return None };
        if !secret.expose().is_ascii() {
            return Some("the credential holds a character that no key or token has; copy it again".to_owned());
        }
        Credential::bearer(secret).err().map(|fault| fault.to_string())
    }

    /// Returns the text that must not be shown.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Key(secret) | Self::Bearer(secret) | Self::Login { password: secret, .. } => Some(secret),
            Self::Absent => None,
        }
    }
}

/// The kind, and nothing else.
impl fmt::Debug for AccountCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountCredential").field("kind", &self.kind()).finish_non_exhaustive()
    }
}
