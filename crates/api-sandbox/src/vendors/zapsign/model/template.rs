//! Templates.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::vendors::vendor::HandlerContext;
use crate::vendors::zapsign::json::{field_or, set_fields};
use crate::vendors::zapsign::storage::{FileKind, url};

/// Template of documents.
#[derive(Clone)]
pub(crate) struct Template {
    pub(crate) account: String,
    /// JSON of the API, without the link to the file.
    pub(crate) value: Value,
    pub(crate) created_at: Timestamp,
    pub(crate) deleted: bool,
}

impl Template {
    /// Returns the JSON for a response, with a link to the file that is valid from now on.
    pub(crate) fn response_body(&self, context: &HandlerContext<'_>) -> Value {
        let mut value = self.value.clone();
        let token = value["token"].as_str().unwrap_or_default();
        value["template_file"] = url(FileKind::Template, token, self.created_at, context).into();
        value
    }

    /// Returns the line that names the template as the source of a document.
    pub(crate) fn source(&self) -> String {
        let text = |field: &str| self.value[field].as_str().unwrap_or_default();
        format!("Source: template {} ({})", text("name"), text("token"))
    }

    /// Applies the fields of a request.
    pub(crate) fn update(&mut self, body: &Value, now: String) {
        for field in ["name", "lang", "redirect_link", "folder_path", "custom_intro", "youtube_video_code"] {
            self.value[field] = field_or(body, field, self.value[field].clone());
        }
        if let Some(observers) = body["observers"].as_array() {
            let addresses: Vec<&str> = observers.iter().filter_map(Value::as_str).collect();
            self.value["notify_extra_emails"] = addresses.join(",").into();
        }
        let signer = self.value["signers"].as_array_mut().and_then(|signers| signers.first_mut());
        if let (Some(signer), Some(Value::Object(fields))) = (signer, body.get("first_signer")) {
            set_fields(signer, Value::Object(fields.clone()));
            if signer["selfie_validation_type"] == "" {
                signer["selfie_validation_type"] = "none".into();
            }
        }
        for input in body["inputs"].as_array().into_iter().flatten() {
            self.set_input(input);
        }
        self.value["last_update_at"] = now.into();
    }

    /// Changes the form field of a variable, or adds it.
    fn set_input(&mut self, input: &Value) {
        let Some(inputs) = self.value["inputs"].as_array_mut() else { return };
        match inputs.iter_mut().find(|known| known["variable"] == input["variable"]) {
            Some(known) => set_fields(known, input.clone()),
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
                set_fields(&mut new, input.clone());
                inputs.push(new);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signer_is_changed_if_there_is_one() {
        for (signers, changed) in [
            (json!([{"name": "Tenant", "lock_name": true}, {"name": "Landlord"}]), json!("Lessee")),
            (json!([]), Value::Null),
        ] {
            let value = json!({"token": "t", "signers": signers, "inputs": []});
            let created_at = Timestamp::UNIX_EPOCH;
            let mut template = Template { account: "1".to_owned(), value, created_at, deleted: false };
            template.update(&json!({"first_signer": {"name": "Lessee"}}), String::new());
            assert_eq!(template.value["signers"][0]["name"], changed);
            assert_eq!(template.value["signers"].as_array().map(Vec::len), signers.as_array().map(Vec::len));
        }
    }
}
