//! Logins and their renewal.

use serde_json::json;

use crate::spec::{Refusal, Reply};
use crate::vendors::zapsign::model::session::{Login, REFRESH_SECONDS, token};
use crate::vendors::zapsign::state::Zapsign;
use crate::vendors::{Call, Desk};

impl Zapsign {
    pub(crate) fn obtain_access_token(&mut self, call: &Call<'_>, desk: &mut Desk<'_>) -> Result<Reply, Refusal> {
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

    pub(crate) fn refresh_access_token(&mut self, call: &Call<'_>, desk: &mut Desk<'_>) -> Result<Reply, Refusal> {
        let refresh = call.input.text("refresh").unwrap_or_default();
        let login = self.logins.refresh.get(refresh).filter(|login| desk.now < login.until);
        let account = login.map(|login| login.account.clone()).ok_or(Refusal::Unauthorized)?;
        Ok(Reply::ok(&json!({"access": self.logins.open(&account, desk)})))
    }
}
