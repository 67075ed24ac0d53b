//! Handlers of the partner's settings and of tokens for its users.

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::later;
use crate::spec::{Rejection, Reply};
use crate::vendors::dialog360::state::Dialog360;
use crate::vendors::vendor::{HandlerContext, ValidRequest};

/// Lifetime of an access token.
const TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

impl Dialog360 {
    pub(crate) fn create_token(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let known = request.parameters.text("username") == Some(&self.credentials.partner_user)
            && request.parameters.text("password") == Some(&self.credentials.partner_password);
        if !known {
            return Err(Rejection::Unauthorized);
        }
        let token = context.ids.secret("access_token", &self.credentials.partner_user);
        self.tokens.retain(|_, expires_at| context.now < *expires_at);
        self.tokens.insert(token.clone(), later(context.now, TOKEN_LIFETIME));
        let seconds = TOKEN_LIFETIME.as_secs();
        Ok(Reply::ok(&json!({"access_token": token, "token_type": "bearer", "expires_in": seconds})))
    }

    pub(crate) fn update_partner(&mut self, request: &ValidRequest<'_>) -> Reply {
        for field in ["webhook_url", "partner_redirect_url"] {
            if let Some(value) = request.parameters.body.get(field) {
                self.partner[field] = value.clone();
            }
        }
        Reply::ok(&self.partner)
    }

    pub(crate) fn update_partner_change_request(&mut self, request: &ValidRequest<'_>) -> Reply {
        // A string in requests, a boolean in responses.
        let approve =
            request.parameters.body.get("auto_approve").is_some_and(|value| *value == "true" || *value == true);
        self.partner["settings"] = json!({"auto_approve": approve});
        Reply::ok(&json!({"auto_approve": Value::Bool(approve)}))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::behavior::Behaviors;
    use crate::credentials::Credentials;
    use crate::ids::IdGenerator;
    use crate::spec::{Bundle, Parameters};

    #[test]
    fn expired_tokens_are_removed() {
        let bundle = Bundle::all().iter().find(|bundle| bundle.name == "dialog360").expect("the bundle");
        let credentials = Credentials::default();
        let (mut ids, behaviors, mut outbox) = (IdGenerator::new(0), Behaviors::new(), Vec::new());
        let mut context = HandlerContext {
            bundle,
            ids: &mut ids,
            now: Timestamp::UNIX_EPOCH,
            url: "",
            behaviors: &behaviors,
            outbox: &mut outbox,
        };
        let body = json!({"username": credentials.partner_user, "password": credentials.partner_password});
        let operation = bundle.operation("create_token").expect("an operation");
        let request = ValidRequest { operation, caller: "", parameters: Parameters::new(&[], body) };
        let mut dialog360 = Dialog360::new(&credentials);
        for (hours, left) in [(0, 1), (23, 2), (24, 2), (48, 1)] {
            context.now = later(Timestamp::UNIX_EPOCH, Duration::from_secs(60 * 60 * hours));
            dialog360.create_token(&request, &mut context).expect("a token");
            assert_eq!(dialog360.tokens.len(), left, "after {hours} hours");
        }
    }
}
