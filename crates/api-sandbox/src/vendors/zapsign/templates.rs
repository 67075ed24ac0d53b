//! Templates. Their files are not read, so a new one has no variables until its form is set.

use serde_json::{Value, json};

use super::{Zapsign, files, fill, given, listing, time};
use crate::spec::{Refusal, Reply};
use crate::vendors::{Call, Desk};

const PAGE: usize = 20;

/// What the list leaves out.
const DETAILS: [&str; 6] =
    ["signers", "inputs", "extra_templates", "notify_extra_emails", "custom_intro", "youtube_video_code"];

pub(super) struct Template {
    pub(super) account: String,
    pub(super) value: Value,
    pub(super) deleted: bool,
}

impl Template {
    /// Takes over what a request sets.
    fn change(&mut self, body: &Value, now: String) {
        for field in ["name", "lang", "redirect_link", "folder_path", "custom_intro", "youtube_video_code"] {
            self.value[field] = given(body, field, self.value[field].clone());
        }
        if let Some(observers) = body["observers"].as_array() {
            let addresses: Vec<&str> = observers.iter().filter_map(Value::as_str).collect();
            self.value["notify_extra_emails"] = addresses.join(",").into();
        }
        if let Some(Value::Object(fields)) = body.get("first_signer") {
            let signer = &mut self.value["signers"][0];
            fill(signer, Value::Object(fields.clone()));
            if signer["selfie_validation_type"] == "" {
                signer["selfie_validation_type"] = "none".into();
            }
        }
        for input in body["inputs"].as_array().into_iter().flatten() {
            self.set_input(input);
        }
        self.value["last_update_at"] = now.into();
    }

    /// Changes the question for a variable, or adds it.
    fn set_input(&mut self, input: &Value) {
        let Some(inputs) = self.value["inputs"].as_array_mut() else { return };
        match inputs.iter_mut().find(|known| known["variable"] == input["variable"]) {
            Some(known) => fill(known, input.clone()),
            None => {
                let mut new = json!({
                    "variable": "",
                    "input_type": "input",
                    "label": "",
                    "help_text": "",
                    "options": "",
                    "required": true,
                    "order": inputs.len() + 1,
                });
                fill(&mut new, input.clone());
                inputs.push(new);
            }
        }
    }
}

impl Zapsign {
    pub(super) fn create_template(&mut self, call: &Call<'_>, desk: &mut Desk<'_>) -> Result<Reply, Refusal> {
        let body = &call.input.body;
        files::check(body)?;
        let name = call.input.text("name").unwrap_or_default();
        let token = desk.ids.uuid("template", &format!("{} {name}", call.caller));
        let value = json!({
            "token": token,
            "template_type": "docx",
            "name": name,
            "active": true,
            "template_file": files::address(desk, &token, "template.docx"),
            "created_at": time(desk.now),
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
        let mut template = Template { account: call.caller.to_owned(), value, deleted: false };
        template.change(body, time(desk.now));
        let reply = Reply::ok(&template.value);
        self.templates.push(template);
        Ok(reply)
    }

    pub(super) fn list_templates(&self, call: &Call<'_>, desk: &Desk<'_>) -> Reply {
        let mine = self.templates.iter().filter(|template| template.account == call.caller && !template.deleted);
        let listed: Vec<Value> = mine.map(|template| without(&template.value, &DETAILS)).collect();
        listing::page(&listed, PAGE, "/api/v1/templates/", call, desk)
    }

    pub(super) fn get_template(&self, call: &Call<'_>) -> Result<Reply, Refusal> {
        Ok(Reply::ok(&self.template(call.caller, call.input.path("template_token"))?.value))
    }

    pub(super) fn update_template(&mut self, call: &Call<'_>, desk: &Desk<'_>) -> Result<Reply, Refusal> {
        self.change_template(call, call.input.path("template_token"), desk)
    }

    pub(super) fn update_template_form(&mut self, call: &Call<'_>, desk: &Desk<'_>) -> Result<Reply, Refusal> {
        self.change_template(call, call.input.text("template_id").unwrap_or_default(), desk)
    }

    fn change_template(&mut self, call: &Call<'_>, token: &str, desk: &Desk<'_>) -> Result<Reply, Refusal> {
        let template = self.template_mut(call.caller, token)?;
        template.change(&call.input.body, time(desk.now));
        Ok(Reply::ok(&template.value))
    }

    pub(super) fn delete_template(&mut self, call: &Call<'_>, desk: &Desk<'_>) -> Result<Reply, Refusal> {
        self.template_mut(call.caller, call.input.path("template_token"))?.deleted = true;
        Ok(desk.example(call.operation))
    }

    pub(super) fn template(&self, account: &str, token: &str) -> Result<&Template, Refusal> {
        let is_it =
            |template: &&Template| template.account == account && template.value["token"] == token && !template.deleted;
        self.templates.iter().find(is_it).ok_or(Refusal::NotFound)
    }

    fn template_mut(&mut self, account: &str, token: &str) -> Result<&mut Template, Refusal> {
        let is_it = |template: &&mut Template| {
            template.account == account && template.value["token"] == token && !template.deleted
        };
        self.templates.iter_mut().find(is_it).ok_or(Refusal::NotFound)
    }
}

fn without(value: &Value, fields: &[&str]) -> Value {
    let object = value.as_object().into_iter().flatten();
    let kept = object.filter(|(name, _)| !fields.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}
