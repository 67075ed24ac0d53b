//! Handlers of the users of an account.

use serde_json::Value;

use crate::spec::{Rejection, Reply};
use crate::vendors::vendor::{HandlerContext, ValidRequest};
use crate::vendors::zapsign::error_response::field_error;
use crate::vendors::zapsign::model::new_user;
use crate::vendors::zapsign::paging;
use crate::vendors::zapsign::state::Zapsign;

/// Users per page.
const PAGE_SIZE: usize = 25;

impl Zapsign {
    pub(crate) fn list_users(
        &self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        Ok(paging::page(
            &self.account(request.caller)?.users,
            Value::clone,
            PAGE_SIZE,
            "/api/v1/users/",
            request,
            context,
        ))
    }

    pub(crate) fn create_user(
        &mut self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let email = request.parameters.text("email").unwrap_or_default();
        let role = request.parameters.text("role").unwrap_or("self_docs_limited");
        if role == "owner" {
            return Err(field_error("role", "An account has one owner."));
        }
        let users = &mut self.account_mut(request.caller)?.users;
        if users.iter().any(|user| user["email"] == email) {
            return Err(field_error("email", "The account has a user of this address."));
        }
        users.push(new_user(email, role, &request.parameters.body));
        Ok(context.example(request.operation))
    }

    pub(crate) fn delete_user(
        &mut self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let email = request.parameters.path("user_email");
        let users = &mut self.account_mut(request.caller)?.users;
        let index = users.iter().position(|user| user["email"] == email).ok_or(Rejection::NotFound)?;
        if users[index]["user_group"]["name"] == "owner" {
            return Err(Rejection::BusinessRule("The owner can't be removed.".to_owned()));
        }
        users.remove(index);
        Ok(context.example(request.operation))
    }
}
