//! Logins and their renewal.

use serde_json::json;

use crate::spec::{Rejection, Reply};
use crate::vendors::zapsign::model::session::{Login, REFRESH_SECONDS, token};
use crate::vendors::zapsign::state::Zapsign;
use crate::vendors::{Call, Desk};

impl Zapsign {
    pub(crate) fn obtain_access_token(&mut self, call: &Call<'_>, desk: &mut Desk<'_>) -> Result<Reply, Rejection> {
        let account = call.parameters.path("organization_id");
        let is_owner = call.parameters.text("username") == Some(&self.credentials.owner)
            && call.parameters.text("password") == Some(&self.credentials.owner_password);
        if !is_owner || self.account(account).is_err() {
            return Err(Rejection::Unauthorized);
        }
        let refresh = token("refresh", account, REFRESH_SECONDS, desk);
        self.logins.refresh.insert(refresh.clone(), Login::of(account, REFRESH_SECONDS, desk));
        Ok(Reply::ok(&json!({"refresh": refresh, "access": self.logins.open(account, desk)})))
    }

    pub(crate) fn refresh_access_token(&mut self, call: &Call<'_>, desk: &mut Desk<'_>) -> Result<Reply, Rejection> {
        let refresh = call.parameters.text("refresh").unwrap_or_default();
        let login = self.logins.refresh.get(refresh).filter(|login| desk.now < login.until);
        let account = login.map(|login| login.account.clone()).ok_or(Rejection::Unauthorized)?;
        Ok(Reply::ok(&json!({"access": self.logins.open(&account, desk)})))
    }
}
