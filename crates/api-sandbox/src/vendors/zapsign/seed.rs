//! Loading of a seed.

use serde_json::{Value, json};

use super::model::Account;
use super::model::session::is_jwt;
use super::state::Zapsign;
use crate::spec::Bundle;
use crate::vendors::seed::{SeedError, SeedItem, SeedLoader, SeedSchema, list};
use crate::vendors::vendor::HandlerContext;

/// Fields that the sandbox makes: links to files and pages, and what other fields decide.
const FILLED_IN: [&str; 8] = [
    "original_file",
    "signed_file",
    "template_file",
    "sign_url",
    "signing_link",
    "auto_reminder",
    "deleted_at",
    "status_code",
];

/// Fields of a document that are loaded otherwise than by writing them.
const DOCUMENT_STATE: [&str; 5] = ["token", "status", "signers", "extra_docs", "deleted"];

/// Returns the schema of the part. The statuses are those that the sandbox answers with, of the several names that each has.
fn schema(bundle: &Bundle) -> SeedSchema {
    let schema = SeedSchema::of(bundle);
    let field = |component: &str, field: &str| bundle.components()[component]["properties"][field].clone();
    let account = json!({"type": ["string", "integer"]});
    let accounts = schema.resource(
        &["CreatePartnerAccount"],
        &[],
        json!({
            "id": field("PartnerAccount", "id"),
            "api_token": field("PartnerAccount", "api_token"),
            "payment_status": field("UpdatePaymentStatus", "payment_status"),
        }),
    );
    let mut template_signers = field("Template", "signers");
    template_signers["minItems"] = 1.into();
    let templates = schema.resource(
        &["CreateTemplate", "Template"],
        &FILLED_IN,
        json!({"account": account, "signers": template_signers}),
    );
    let signers = schema.resource(
        &["NewSigner", "Signer"],
        &FILLED_IN,
        json!({"status": {"enum": ["new", "link-opened", "signed", "rejeitou"]}}),
    );
    let extra_docs = schema.resource(&["AddExtraDocument", "ExtraDocument"], &FILLED_IN, json!({}));
    let documents = schema.resource(
        &["CreateDocument", "Document"],
        &FILLED_IN,
        json!({
            "account": account,
            "status": {"enum": ["pending", "signed", "recusado"]},
            "signers": list(signers),
            "extra_docs": list(extra_docs),
        }),
    );
    let webhooks = schema.resource(&["CreateWebhook"], &[], json!({"account": account, "id": {"type": "integer"}}));
    schema
        .list("accounts", accounts)
        .list("templates", templates)
        .list("documents", documents)
        .list("webhooks", webhooks)
}

impl Zapsign {
    /// Loads the accounts first, then what belongs to them.
    pub(super) fn load_seed(&mut self, part: &SeedItem<'_>, loader: &mut SeedLoader<'_, '_>) -> Result<(), SeedError> {
        schema(loader.context.bundle).check(part)?;
        let partner = [("account", &self.credentials.organization_id), ("api_token", &self.credentials.api_token)];
        for (kind, id) in partner {
            loader.reserve_id(kind, id.clone()).map_err(|reason| part.refuse("accounts", reason))?;
        }
        part.items("accounts").iter().try_for_each(|account| self.load_account(account, loader))?;
        part.items("templates").iter().try_for_each(|template| self.load_template(template, loader))?;
        part.items("documents").iter().try_for_each(|document| self.load_document(document, loader))?;
        part.items("webhooks").iter().try_for_each(|webhook| self.load_webhook(webhook, loader))
    }

    fn load_account(&mut self, item: &SeedItem<'_>, loader: &mut SeedLoader<'_, '_>) -> Result<(), SeedError> {
        let partner = self.credentials.organization_id.clone();
        loader.give_number("account", item, "id")?;
        if item.text("api_token").is_some_and(is_jwt) {
            return Err(item.refuse("api_token", "three parts with dots between make an access token: give another"));
        }
        loader.give_id("api_token", item, "api_token")?;
        loader.call(self, "create_partner_account", &partner, &[], (item, item.value.clone()))?;
        let (Some(status), Some(account)) = (item.get("payment_status"), self.accounts.last()) else { return Ok(()) };
        let body = json!({"client_api_token": account.api_token, "payment_status": status});
        loader.call(self, "update_payment_status", &partner, &[], (item, body))
    }

    fn load_template(&mut self, item: &SeedItem<'_>, loader: &mut SeedLoader<'_, '_>) -> Result<(), SeedError> {
        let account = self.account_of(item)?;
        item.require_at_most_one(&loader.context.bundle.components()["CreateTemplate"])?;
        loader.give_id("template", item, "token")?;
        loader.call(self, "create_template", &account, &[], (item, item.value.clone()))?;
        let Some(template) = self.templates.last_mut() else { return Ok(()) };
        item.write_fields(&loader.context.bundle.components()["Template"], &["token"], &mut template.value);
        Ok(())
    }

    fn load_document(&mut self, item: &SeedItem<'_>, loader: &mut SeedLoader<'_, '_>) -> Result<(), SeedError> {
        let account = self.account_of(item)?;
        item.require_at_most_one(&loader.context.bundle.components()["CreateDocument"])?;
        loader.give_id("document", item, "token")?;
        item.items("signers").iter().try_for_each(|signer| loader.give_id("signer", signer, "token"))?;
        loader.call(self, "create_document", &account, &[], (item, item.value.clone()))?;
        let index = self.documents.len() - 1;
        let token = self.documents[index].token().to_owned();
        for (extra, number) in item.items("extra_docs").iter().zip(0..) {
            // A document and an attachment are found by the same parameter.
            let reserved = extra.id("token").map_or(Ok(()), |token| loader.reserve_id("document", token));
            reserved.map_err(|reason| extra.refuse("token", reason))?;
            extra.require_at_most_one(&loader.context.bundle.components()["AddExtraDocument"])?;
            loader.give_id("extra document", extra, "token")?;
            let path = [("doc_token", token.as_str())];
            loader.call(self, "add_extra_document", &account, &path, (extra, extra.value.clone()))?;
            let schema = &loader.context.bundle.components()["ExtraDocument"];
            let attachments = self.documents[index].attachments_mut();
            attachments.get_mut(number).into_iter().for_each(|value| extra.write_fields(schema, &["token"], value));
        }
        self.load_status(index, item, loader.context)?;
        if item.get("deleted") == Some(&Value::Bool(true)) {
            loader.call(self, "delete_document", &account, &[("doc_token", &token)], (item, Value::Null))?;
        }
        let components = loader.context.bundle.components();
        let document = &mut self.documents[index];
        item.write_fields(&components["Document"], &DOCUMENT_STATE, &mut document.value);
        for (signer, item) in document.signers.iter_mut().zip(item.items("signers")) {
            if item.get("signed_at").is_some() && !signer.has_signed() {
                return Err(
                    item.refuse("signed_at", "the signer has not signed: leave it out, or give the `status` `signed`")
                );
            }
            item.write_fields(&components["Signer"], &["token", "status"], &mut signer.value);
        }
        document.created_at = item.text("created_at").and_then(|at| at.parse().ok()).unwrap_or(document.created_at);
        Ok(())
    }

    /// Has the signers open, sign and refuse, or the company cancel, as the statuses say. The signers of a signed document have
    /// signed if they say nothing else.
    fn load_status(
        &mut self,
        index: usize,
        item: &SeedItem<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<(), SeedError> {
        let given = item.text("status");
        let default = if given == Some("signed") { "signed" } else { "new" };
        let document = &mut self.documents[index];
        let mut user = (given == Some("recusado")).then(|| self.credentials.owner.clone());
        for (place, signer) in item.items("signers").iter().enumerate() {
            match signer.text("status").unwrap_or(default) {
                "signed" => document.sign(place, context.now),
                "link-opened" => document.view(place, context.now),
                "rejeitou" if document.signers.iter().any(|signer| signer.text("status") == "rejeitou") => {
                    return Err(signer.refuse("status", "another signer has refused, and a document is refused once"));
                }
                "rejeitou" => {
                    document.view(place, context.now);
                    document.signers[place].refuse();
                    user = Some(document.signers[place].display_name());
                }
                _ => {}
            }
        }
        if let Some(user) = user.filter(|_| document.in_progress()) {
            document.refuse(item.text("rejected_reason").unwrap_or_default(), &user, context.now);
        }
        let made = document.value["status"].as_str().unwrap_or_default();
        if given.is_some_and(|status| status != made) {
            let reason = format!("its signers make it `{made}`: leave it out, or give each signer a fitting `status`");
            return Err(item.refuse("status", &reason));
        }
        Ok(())
    }

    fn load_webhook(&mut self, item: &SeedItem<'_>, loader: &mut SeedLoader<'_, '_>) -> Result<(), SeedError> {
        let account = self.account_of(item)?;
        if let Some(token) = item.text("doc_token").filter(|token| !token.is_empty())
            && self.document_index(&account, token).is_err()
        {
            return Err(item.refuse("doc_token", "the account has no such document"));
        }
        loader.give_number("webhook", item, "id")?;
        loader.call(self, "create_webhook", &account, &[], (item, item.value.clone()))
    }

    /// Returns the number of the account that an item belongs to, which it names by number or by name; by default the partner's.
    fn account_of(&self, item: &SeedItem<'_>) -> Result<String, SeedError> {
        let Some(given) = item.id("account") else { return Ok(self.credentials.organization_id.clone()) };
        let matches = |account: &&Account| account.number == given || account.name == given;
        let mut found = self.accounts.iter().filter(matches);
        match (found.next(), found.next()) {
            (Some(account), None) => Ok(account.number.clone()),
            (Some(_), Some(_)) => Err(item.refuse("account", "several accounts have this name: give the `id` of one")),
            (None, _) => {
                let known = self.accounts.iter().flat_map(|account| [account.name.as_str(), account.number.as_str()]);
                Err(SeedError::unknown(&item.pointer_of("account"), "account", &given, known))
            }
        }
    }
}
