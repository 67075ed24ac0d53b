//! Users of an account.

use crate::spec::{Rejection, Reply};
use crate::vendors::zapsign::error_response::wrong;
use crate::vendors::zapsign::model::user;
use crate::vendors::zapsign::paging;
use crate::vendors::zapsign::state::Zapsign;
use crate::vendors::{HandlerContext, ValidRequest};

const PAGE: usize = 25;

impl Zapsign {
    pub(crate) fn list_users(
        &self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        Ok(paging::page(&self.account(request.caller)?.users, PAGE, "/api/v1/users/", request, context))
    }

    pub(crate) fn create_user(
        &mut self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let email = request.parameters.text("email").unwrap_or_default();
        let role = request.parameters.text("role").unwrap_or("self_docs_limited");
        if role == "owner" {
            return Err(wrong("role", "An account has one owner."));
        }
        let users = &mut self.account_mut(request.caller)?.users;
        if users.iter().any(|user| user["email"] == email) {
            return Err(wrong("email", "The account has a user of this address."));
        }
        users.push(user(email, role, &request.parameters.body));
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
