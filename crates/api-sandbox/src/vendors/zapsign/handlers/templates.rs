//! Handlers of templates. Their files are not parsed, so a new template has no variables until its form is set.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::spec::{Rejection, Reply};
use crate::vendors::vendor::{HandlerContext, ValidRequest};
use crate::vendors::zapsign::json::format_time;
use crate::vendors::zapsign::model::{Template, file};
use crate::vendors::zapsign::paging;
use crate::vendors::zapsign::state::Zapsign;
use crate::vendors::zapsign::storage::FileKind;

/// Templates per page.
const PAGE_SIZE: usize = 20;

/// Fields that the list leaves out.
const DETAIL_FIELDS: [&str; 6] =
    ["signers", "inputs", "extra_templates", "notify_extra_emails", "custom_intro", "youtube_video_code"];

impl Zapsign {
    pub(crate) fn create_template(
        &mut self,
        request: &ValidRequest<'_>,
        upload: Option<Bytes>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let body = &request.parameters.body;
        let name = request.parameters.text("name").unwrap_or_default();
        let token = context.ids.uuid("template", &format!("{} {name}", request.caller));
        let value = json!({
            "token": token,
            "template_type": "docx",
            "name": name,
            "active": true,
            "template_file": null,
            "created_at": format_time(context.now),
            "last_update_at": null,
            "redirect_link": "",
            "folder_path": "/",
            "lang": "pt-br",
            "signers": [{
                "name": "Primeiro signatário",
                "auth_mode": "assinaturaTela",
                "email": "",
                "phone_country": "55",
                "phone_number": "",
                "lock_name": true,
                "lock_phone": false,
                "lock_email": false,
                "hide_phone": false,
                "blank_phone": false,
                "hide_email": false,
                "blank_email": false,
                "require_selfie_photo": false,
                "require_document_photo": false,
                "selfie_validation_type": "none",
                "qualification": "",
            }],
            "inputs": [],
            "extra_templates": [],
            "notify_extra_emails": "",
            "custom_intro": "",
            "youtube_video_code": "",
        });
        let original = file::template_file(body, name, upload, context.now);
        self.store_file(FileKind::Template, &token, original, context.ids);
        let mut template =
            Template { account: request.caller.to_owned(), value, created_at: context.now, deleted: false };
        template.update(body, format_time(context.now));
        let reply = Reply::ok(&template.response_body(context));
        self.templates.push(template);
        Ok(reply)
    }

    pub(crate) fn list_templates(&self, request: &ValidRequest<'_>, context: &HandlerContext<'_>) -> Reply {
        let is_listed = |template: &&Template| template.account == request.caller && !template.deleted;
        let listed: Vec<&Template> = self.templates.iter().filter(is_listed).collect();
        let row = |template: &&Template| without(&template.response_body(context), &DETAIL_FIELDS);
        paging::page(&listed, row, PAGE_SIZE, "/api/v1/templates/", request, context)
    }

    pub(crate) fn get_template(
        &self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let template = self.template(request.caller, request.parameters.path("template_token"))?;
        Ok(Reply::ok(&template.response_body(context)))
    }

    pub(crate) fn update_template(
        &mut self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        self.apply_template_update(request, request.parameters.path("template_token"), context)
    }

    pub(crate) fn update_template_form(
        &mut self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        self.apply_template_update(request, request.parameters.text("template_id").unwrap_or_default(), context)
    }

    /// Updates a template and returns it.
    fn apply_template_update(
        &mut self,
        request: &ValidRequest<'_>,
        token: &str,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let template = self.template_mut(request.caller, token)?;
        template.update(&request.parameters.body, format_time(context.now));
        Ok(Reply::ok(&template.response_body(context)))
    }

    pub(crate) fn delete_template(
        &mut self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        self.template_mut(request.caller, request.parameters.path("template_token"))?.deleted = true;
        Ok(context.example(request.operation))
    }

    /// Returns the template with this token, unless it is deleted.
    pub(crate) fn template(&self, account: &str, token: &str) -> Result<&Template, Rejection> {
        let matches =
            |template: &&Template| template.account == account && template.value["token"] == token && !template.deleted;
        self.templates.iter().find(matches).ok_or(Rejection::NotFound)
    }

    /// Returns the template with this token, to change it, unless it is deleted.
    fn template_mut(&mut self, account: &str, token: &str) -> Result<&mut Template, Rejection> {
        let matches = |template: &&mut Template| {
            template.account == account && template.value["token"] == token && !template.deleted
        };
        self.templates.iter_mut().find(matches).ok_or(Rejection::NotFound)
    }
}

/// Returns an object without these fields.
fn without(value: &Value, fields: &[&str]) -> Value {
    let object = value.as_object().into_iter().flatten();
    let kept = object.filter(|(name, _)| !fields.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}
