//! Logins and their renewal.

use serde_json::json;

use crate::spec::{Rejection, Reply};
use crate::vendors::zapsign::model::session::{Login, REFRESH_SECONDS, token};
use crate::vendors::zapsign::state::Zapsign;
use crate::vendors::{HandlerContext, ValidRequest};

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
        let refresh = token("refresh", account, REFRESH_SECONDS, context);
        self.logins.refresh.insert(refresh.clone(), Login::of(account, REFRESH_SECONDS, context));
        Ok(Reply::ok(&json!({"refresh": refresh, "access": self.logins.open(account, context)})))
    }

    pub(crate) fn refresh_access_token(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let refresh = request.parameters.text("refresh").unwrap_or_default();
        let login = self.logins.refresh.get(refresh).filter(|login| context.now < login.until);
        let account = login.map(|login| login.account.clone()).ok_or(Rejection::Unauthorized)?;
        Ok(Reply::ok(&json!({"access": self.logins.open(&account, context)})))
    }
}
