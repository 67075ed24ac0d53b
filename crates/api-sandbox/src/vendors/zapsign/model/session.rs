//! Sessions of logins. Their tokens have the form of a JWT, but are looked up instead of verified. They expire by the sandbox's
//! clock.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::vendors::vendor::HandlerContext;

/// Lifetime of an access token.
const ACCESS_TOKEN_SECONDS: i64 = 60 * 60;
/// Lifetime of a refresh token.
pub(crate) const REFRESH_TOKEN_SECONDS: i64 = 24 * 60 * 60;

/// Sessions by access token and by refresh token.
#[derive(Clone, Default)]
pub(crate) struct Sessions {
    pub(crate) access: HashMap<String, Session>,
    pub(crate) refresh: HashMap<String, Session>,
}

/// Session of one token.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) account: String,
    pub(crate) expires_at: Timestamp,
}

impl Session {
    /// Creates a session that starts now.
    pub(crate) fn new(account: &str, seconds: i64, context: &HandlerContext<'_>) -> Self {
        let expires_at = context.now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        Self { account: account.to_owned(), expires_at }
    }
}

impl Sessions {
    /// Returns the account of an access token, unless it has expired.
    pub(crate) fn account(&self, access: &str, now: Timestamp) -> Option<&String> {
        self.access.get(access).filter(|session| now < session.expires_at).map(|session| &session.account)
    }

    /// Issues an access token for an account.
    pub(crate) fn issue_access_token(&mut self, account: &str, context: &mut HandlerContext<'_>) -> String {
        let token = jwt("access", account, ACCESS_TOKEN_SECONDS, context);
        self.access.insert(token.clone(), Session::new(account, ACCESS_TOKEN_SECONDS, context));
        token
    }
}

/// Returns `true` if a token has the form of a JWT. An API token has no dots.
pub(crate) fn is_jwt(token: &str) -> bool {
    token.split('.').count() == 3
}

/// Returns a token in the form of a JWT, with a made-up signature.
pub(crate) fn jwt(kind: &str, account: &str, seconds: i64, context: &mut HandlerContext<'_>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"typ": "JWT", "alg": "HS256"});
    let claims = json!({
        "token_type": kind,
        "exp": context.now.as_second() + seconds,
        "jti": context.ids.uuid("jti", &format!("{kind} {account}")).replace('-', ""),
        "user_id": 1,
        "company_id": account.parse::<i64>().ok(),
    });
    let signature = URL_SAFE_NO_PAD.encode(context.ids.secret("signature", &format!("{kind} {account}")));
    format!("{}.{}.{signature}", part(&header), part(&claims))
}
