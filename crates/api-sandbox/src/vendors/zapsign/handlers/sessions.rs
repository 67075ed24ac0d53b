//! Handlers that log in and refresh access tokens.

use serde_json::json;

use crate::spec::{Rejection, Reply};
use crate::vendors::vendor::{HandlerContext, ValidRequest};
use crate::vendors::zapsign::state::Zapsign;

impl Zapsign {
    pub(crate) fn obtain_access_token(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let account = request.parameters.path("organization_id");
        let is_owner = request.parameters.text("username") == Some(&self.credentials.owner)
            && request.parameters.text("password") == Some(&self.credentials.owner_password);
        if !is_owner || self.account(account).is_err() {
            return Err(Rejection::Unauthorized);
        }
        let refresh = self.sessions.issue_refresh_token(account, context);
        Ok(Reply::ok(&json!({"refresh": refresh, "access": self.sessions.issue_access_token(account, context)})))
    }

    pub(crate) fn refresh_access_token(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let refresh = request.parameters.text("refresh").unwrap_or_default();
        let account = self.sessions.account_to_refresh(refresh, context.now).cloned().ok_or(Rejection::Unauthorized)?;
        Ok(Reply::ok(&json!({"access": self.sessions.issue_access_token(&account, context)})))
    }
}
