//! Logins: tokens that stand for the owner of an account. They have the form of JWT, but are known by being remembered.
//! They run out by the sandbox's clock.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Zapsign;
use crate::spec::{Refusal, Reply};
use crate::vendors::{Call, Desk};

const ACCESS_SECONDS: i64 = 60 * 60;
const REFRESH_SECONDS: i64 = 24 * 60 * 60;

/// Tokens that were given out, with the numbers of their accounts.
#[derive(Default)]
pub(super) struct Logins {
    access: HashMap<String, Login>,
    refresh: HashMap<String, Login>,
}

struct Login {
    account: String,
    until: Timestamp,
}

impl Login {
    fn of(account: &str, seconds: i64, desk: &Desk<'_>) -> Self {
        let until = desk.now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        Self { account: account.to_owned(), until }
    }
}

impl Logins {
    /// The account that an access token opens.
    pub(super) fn account(&self, access: &str, now: Timestamp) -> Option<&String> {
        self.access.get(access).filter(|login| now < login.until).map(|login| &login.account)
    }

    fn open(&mut self, account: &str, desk: &mut Desk<'_>) -> String {
        let token = token("access", account, ACCESS_SECONDS, desk);
        self.access.insert(token.clone(), Login::of(account, ACCESS_SECONDS, desk));
        token
    }
}

impl Zapsign {
    pub(super) fn obtain_access_token(&mut self, call: &Call<'_>, desk: &mut Desk<'_>) -> Result<Reply, Refusal> {
        let account = call.input.path("organization_id");
        let is_owner = call.input.text("username") == Some(&self.credentials.owner)
            && call.input.text("password") == Some(&self.credentials.owner_password);
        if !is_owner || self.account(account).is_err() {
            return Err(Refusal::Unauthorized);
        }
        let refresh = token("refresh", account, REFRESH_SECONDS, desk);
        self.logins.refresh.insert(refresh.clone(), Login::of(account, REFRESH_SECONDS, desk));
        Ok(Reply::ok(&json!({"refresh": refresh, "access": self.logins.open(account, desk)})))
    }

    pub(super) fn refresh_access_token(&mut self, call: &Call<'_>, desk: &mut Desk<'_>) -> Result<Reply, Refusal> {
        let refresh = call.input.text("refresh").unwrap_or_default();
        let login = self.logins.refresh.get(refresh).filter(|login| desk.now < login.until);
        let account = login.map(|login| login.account.clone()).ok_or(Refusal::Unauthorized)?;
        Ok(Reply::ok(&json!({"access": self.logins.open(&account, desk)})))
    }
}

/// Says whether a token has the form of a login's. An API token has no dots.
pub(super) fn is_jwt(token: &str) -> bool {
    token.split('.').count() == 3
}

/// Header, claims and an invented signature.
fn token(kind: &str, account: &str, seconds: i64, desk: &mut Desk<'_>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"typ": "JWT", "alg": "HS256"});
    let claims = json!({
        "token_type": kind,
        "exp": desk.now.as_second() + seconds,
        "jti": desk.ids.uuid("jti", &format!("{kind} {account}")).replace('-', ""),
        "user_id": 1,
        "company_id": account.parse::<i64>().ok(),
    });
    let signature = URL_SAFE_NO_PAD.encode(desk.ids.secret("signature", &format!("{kind} {account}")));
    format!("{}.{}.{signature}", part(&header), part(&claims))
}
