//! Handlers of accounts.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::spec::{Rejection, Reply};
use crate::vendors::vendor::{HandlerContext, ValidRequest};
use crate::vendors::zapsign::error_response::documented_response;
use crate::vendors::zapsign::json::format_time;
use crate::vendors::zapsign::model::{Account, new_user, owner_user};
use crate::vendors::zapsign::state::Zapsign;

/// Number of digits of an account number.
const ID_DIGITS: u32 = 12;

impl Zapsign {
    /// Opens an account for a customer. A second one with the same name is accepted, as nothing the vendor says rules it out.
    pub(crate) fn create_partner_account(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        if self.account(request.caller)?.opened_by.is_some() {
            return Err(Rejection::Forbidden("Action not allowed for partner company.".to_owned()));
        }
        let body = &request.parameters.body;
        let name = request.parameters.text("company_name").unwrap_or_default();
        let number = context.ids.number("account", name, ID_DIGITS);
        let api_token = context.ids.api_token(name);
        let mut users = vec![owner_user(&self.credentials)];
        if let Some(email) = request.parameters.text("email") {
            users.push(new_user(email, "member", &Value::Null));
        }
        self.accounts.push(Account {
            number: number.to_string(),
            name: name.to_owned(),
            api_token: api_token.clone(),
            opened_by: Some(request.caller.to_owned()),
            payment_current: true,
            users,
        });
        Ok(Reply::ok(&json!({
            "id": number,
            "name": name,
            "api_token": api_token,
            "created_at": format_time(context.now),
            "credits_balance": 0,
            "lang": body["lang"],
            "timezone": if body["country"] == "br" { "America/Sao_Paulo" } else { "America/Bogota" },
        })))
    }

    pub(crate) fn update_payment_status(
        &mut self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let token = request.parameters.text("client_api_token").unwrap_or_default();
        let account = self.accounts.iter_mut().find(|account| account.api_token == token).ok_or(Rejection::NotFound)?;
        if account.opened_by.as_deref() != Some(request.caller) {
            return Ok(documented_response(request, 403));
        }
        account.payment_current = request.parameters.text("payment_status") == Some("adimplente");
        Ok(context.example(request.operation))
    }

    /// Returns the account with this number.
    pub(crate) fn account(&self, number: &str) -> Result<&Account, Rejection> {
        self.accounts.iter().find(|account| account.number == number).ok_or(Rejection::Unauthorized)
    }

    /// Returns the account with this number, to change it.
    pub(crate) fn account_mut(&mut self, number: &str) -> Result<&mut Account, Rejection> {
        self.accounts.iter_mut().find(|account| account.number == number).ok_or(Rejection::Unauthorized)
    }

    /// Returns the number of documents, attachments included, that the account created between two days, both inclusive, and
    /// the number of envelopes among them: documents with attachments.
    pub(crate) fn usage(&self, account: &Account, from: Date, to: Date) -> (usize, usize) {
        let days = from.to_string()..=to.to_string();
        let documents = self.documents.iter().filter(|document| document.account == account.number);
        let documents = documents.filter(|document| days.contains(&document.day().to_owned()));
        documents.fold((0, 0), |(files, envelopes), document| {
            let attachments = document.attachments().count();
            (files + 1 + attachments, envelopes + usize::from(attachments > 0))
        })
    }
}
