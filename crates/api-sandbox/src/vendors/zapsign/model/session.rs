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
const REFRESH_TOKEN_SECONDS: i64 = 24 * 60 * 60;

/// Sessions by access token and by refresh token. Those that have expired are removed when the next token is issued.
#[derive(Clone, Default)]
pub(crate) struct Sessions {
    access: HashMap<String, Session>,
    refresh: HashMap<String, Session>,
}

/// Session of one token.
#[derive(Clone)]
struct Session {
    account: String,
    expires_at: Timestamp,
}

impl Sessions {
    /// Returns the account of an access token, unless it has expired.
    pub(crate) fn account(&self, access: &str, now: Timestamp) -> Option<&String> {
        account(&self.access, access, now)
    }

    /// Returns the account of a refresh token, unless it has expired.
    pub(crate) fn account_to_refresh(&self, refresh: &str, now: Timestamp) -> Option<&String> {
        account(&self.refresh, refresh, now)
    }

    /// Issues an access token for an account.
    pub(crate) fn issue_access_token(&mut self, account: &str, context: &mut HandlerContext<'_>) -> String {
        issue(&mut self.access, "access", account, ACCESS_TOKEN_SECONDS, context)
    }

    /// Issues a refresh token for an account.
    pub(crate) fn issue_refresh_token(&mut self, account: &str, context: &mut HandlerContext<'_>) -> String {
        issue(&mut self.refresh, "refresh", account, REFRESH_TOKEN_SECONDS, context)
    }
}

fn account<'s>(sessions: &'s HashMap<String, Session>, token: &str, now: Timestamp) -> Option<&'s String> {
    sessions.get(token).filter(|session| now < session.expires_at).map(|session| &session.account)
}

/// Issues a token, and removes those that have expired.
fn issue(
    sessions: &mut HashMap<String, Session>,
    kind: &str,
    account: &str,
    seconds: i64,
    context: &mut HandlerContext<'_>,
) -> String {
    sessions.retain(|_, session| context.now < session.expires_at);
    let token = jwt(kind, account, seconds, context);
    let expires_at = context.now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    sessions.insert(token.clone(), Session { account: account.to_owned(), expires_at });
    token
}

/// Returns `true` if a token has the form of a JWT. An API token has no dots.
pub(crate) fn is_jwt(token: &str) -> bool {
    token.split('.').count() == 3
}

/// Returns a token in the form of a JWT, with a made-up signature.
fn jwt(kind: &str, account: &str, seconds: i64, context: &mut HandlerContext<'_>) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::Behaviors;
    use crate::ids::IdGenerator;
    use crate::spec::Bundle;

    #[test]
    fn expired_tokens_are_removed() {
        let (mut ids, behaviors, mut outbox) = (IdGenerator::new(0), Behaviors::new(), Vec::new());
        let bundle = &Bundle::all()[0];
        let mut context = HandlerContext {
            bundle,
            ids: &mut ids,
            now: Timestamp::UNIX_EPOCH,
            url: "",
            behaviors: &behaviors,
            outbox: &mut outbox,
        };
        let mut sessions = Sessions::default();
        let mut tokens = Vec::new();
        for seconds in [0, ACCESS_TOKEN_SECONDS - 1, ACCESS_TOKEN_SECONDS, REFRESH_TOKEN_SECONDS] {
            context.now = Timestamp::from_second(seconds).expect("a time");
            tokens.push((
                sessions.issue_access_token("1", &mut context),
                sessions.issue_refresh_token("1", &mut context),
            ));
        }
        assert_eq!((sessions.access.len(), sessions.refresh.len()), (1, 3), "what has not expired");
        assert_eq!(sessions.account(&tokens[3].0, context.now).map(String::as_str), Some("1"));
        assert_eq!(sessions.account_to_refresh(&tokens[1].1, context.now).map(String::as_str), Some("1"));
        assert_eq!(sessions.account_to_refresh(&tokens[0].1, context.now), None);
    }
}
