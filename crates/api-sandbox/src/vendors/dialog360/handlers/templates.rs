//! Handlers of message templates. Without a review by Meta they keep the status `submitted`.

use serde_json::{Value, json};

use crate::clock::format_seconds;
use crate::spec::{Rejection, Reply};
use crate::vendors::dialog360::json::{acknowledgement, system_user};
use crate::vendors::dialog360::paging;
use crate::vendors::dialog360::state::Dialog360;
use crate::vendors::vendor::{HandlerContext, ValidRequest};

impl Dialog360 {
    pub(crate) fn list_templates(&self, request: &ValidRequest<'_>) -> Result<Reply, Rejection> {
        let account = self.waba_account(request)?;
        let templates = self.templates.iter().filter(|template| template["waba_account_id"] == account["id"]);
        let templates: Vec<Value> = templates.cloned().collect();
        paging::page(&templates, "waba_templates", &request.parameters)
    }

    pub(crate) fn create_template(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let account = self.waba_account(request)?;
        let body = &request.parameters.body;
        let (name, language) = (&body["name"], &body["language"]);
        let same = |template: &&Value| {
            template["waba_account_id"] == account["id"]
                && template["name"] == *name
                && template["language"] == *language
        };
        if self.templates.iter().any(|template| same(&template)) {
            return Err(Rejection::BusinessRule("There is a template of this name and language.".to_owned()));
        }
        let now = format_seconds(context.now);
        let template = json!({
            "id": context.ids.dialog360_id("WT", &format!("{} {name} {language}", account["id"])),
            "external_id": null,
            "partner_id": self.credentials.partner_id,
            "waba_account_id": account["id"],
            "name": name,
            "namespace": account["namespace"],
            "language": language,
            "category": body["category"],
            "status": "submitted",
            "rejected_reason": null,
            "quality_score": null,
            "components": body.get("components").cloned().unwrap_or_else(|| json!([])),
            "updated_external": false,
            "created_at": now,
            "created_by": system_user(),
            "modified_at": now,
            "modified_by": system_user(),
        });
        self.templates.push(template.clone());
        Ok(Reply::ok(&template))
    }

    pub(crate) fn delete_template(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let account = self.waba_account(request)?["id"].clone();
        let id = request.parameters.path("template_id");
        let index = self
            .templates
            .iter()
            .position(|template| template["waba_account_id"] == account && template["id"] == id)
            .ok_or(Rejection::NotFound)?;
        self.templates.remove(index);
        Ok(acknowledgement("Template deleted", context))
    }
}
