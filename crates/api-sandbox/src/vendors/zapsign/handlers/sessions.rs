//! Handlers that log in and refresh access tokens.

use serde_json::json;

use crate::spec::{Rejection, Reply};
use crate::vendors::vendor::{HandlerContext, ValidRequest};
use crate::vendors::zapsign::model::session::{REFRESH_TOKEN_SECONDS, Session, jwt};
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
        let refresh = jwt("refresh", account, REFRESH_TOKEN_SECONDS, context);
        self.sessions.refresh.insert(refresh.clone(), Session::new(account, REFRESH_TOKEN_SECONDS, context));
        Ok(Reply::ok(&json!({"refresh": refresh, "access": self.sessions.issue_access_token(account, context)})))
    }

    pub(crate) fn refresh_access_token(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let refresh = request.parameters.text("refresh").unwrap_or_default();
        let session = self.sessions.refresh.get(refresh).filter(|session| context.now < session.expires_at);
        let account = session.map(|session| session.account.clone()).ok_or(Rejection::Unauthorized)?;
        Ok(Reply::ok(&json!({"access": self.sessions.issue_access_token(&account, context)})))
    }
}
