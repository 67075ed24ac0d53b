//! Form of a template's public link.

use serde_json::{Value, json};

use super::form_field::{Control, FormField};
use super::signing_form::{CodeChannel, contact_fields, name_field};
use super::signing_link::template_path;
use super::template::Template;
use crate::vendors::form_entries::FormEntries;

/// Fields that the signer of a new document has from the signer of the template.
const SIGNER_FIELDS: [&str; 12] = [
    "auth_mode",
    "phone_country",
    "lock_name",
    "lock_email",
    "lock_phone",
    "hide_email",
    "hide_phone",
    "blank_email",
    "blank_phone",
    "require_selfie_photo",
    "require_document_photo",
    "selfie_validation_type",
];

/// Form in which a visitor fills in a template, with what was entered and the errors of that.
#[derive(Debug, Clone)]
pub(crate) struct TemplateForm {
    /// Path of the page.
    pub(crate) path: String,
    /// Name of the account that the template belongs to.
    pub(crate) account: String,
    pub(crate) template: String,
    pub(crate) intro: String,
    /// Fields of the first signer.
    pub(crate) signer: Vec<FormField>,
    /// Fields of the template's variables, in their order.
    pub(crate) inputs: Vec<FormField>,
    /// Variables of `inputs`.
    variables: Vec<String>,
}

impl TemplateForm {
    /// Creates the empty form of a template.
    pub(crate) fn new(template: &Template, account: &str) -> Self {
        let text = |field: &str| template.value[field].as_str().unwrap_or_default().to_owned();
        let mut inputs: Vec<&Value> = template.value["inputs"].as_array().into_iter().flatten().collect();
        inputs.sort_by_key(|input| input["order"].as_i64());
        let asks_name = !inputs.iter().any(|input| input["input_type"] == SIGNER_NAME);
        let of_template = &template.value["signers"][0];
        let channel = CodeChannel::of(of_template["auth_mode"].as_str().unwrap_or_default());
        let name = asks_name.then(name_field);
        Self {
            path: template_path(template.value["token"].as_str().unwrap_or_default()),
            account: account.to_owned(),
            template: text("name"),
            intro: text("custom_intro"),
            signer: name.into_iter().chain(contact_fields(of_template, channel)).collect(),
            variables: inputs.iter().map(|input| input["variable"].as_str().unwrap_or_default().to_owned()).collect(),
            inputs: inputs.into_iter().enumerate().map(|(index, input)| input_field(index, input)).collect(),
        }
    }

    /// Reads what was entered, and checks it.
    pub(crate) fn read(&mut self, entries: &FormEntries) {
        let mut has_error = false;
        for field in self.signer.iter_mut().chain(&mut self.inputs) {
            field.read(entries);
            if !field.error.is_empty() && !has_error {
                (field.has_focus, has_error) = (true, true);
            }
        }
    }

    /// Returns `true` if an entry has an error.
    pub(crate) fn has_errors(&self) -> bool {
        self.signer.iter().chain(&self.inputs).any(|field| !field.error.is_empty())
    }

    /// Returns the body of the request that creates the document.
    pub(crate) fn request_body(&self, template: &Template) -> Value {
        let of_template = &template.value["signers"][0];
        let mut body = json!({
            "template_id": template.value["token"],
            "redirect_link": template.value["redirect_link"],
            "folder_path": template.value["folder_path"],
            "qualification": of_template["qualification"],
        });
        for field in SIGNER_FIELDS {
            body[field] = of_template[field].clone();
        }
        body["signer_phone_country"] = of_template["phone_country"].clone();
        for field in &self.signer {
            body[format!("signer_{}", field.name)] = field.value.clone().into();
        }
        let answers = self.variables.iter().zip(&self.inputs);
        body["data"] = answers.map(|(variable, input)| json!({"de": variable, "para": input.value})).collect();
        let typed_name = self.inputs.iter().find(|input| input.autocomplete == "name");
        if let Some(name) = typed_name.filter(|_| !self.signer.iter().any(|field| field.name == "name")) {
            body["signer_name"] = name.value.clone().into();
        }
        body
    }
}

/// Type of an input that holds the name of the signer.
const SIGNER_NAME: &str = "signer_fullname";

/// Returns the field of an input.
fn input_field(index: usize, input: &Value) -> FormField {
    let text = |field: &str| input[field].as_str().unwrap_or_default().to_owned();
    let options = || {
        let options = input["options"].as_str().unwrap_or_default();
        options.split(';').map(|option| option.trim().to_owned()).filter(|option| !option.is_empty()).collect()
    };
    let (control, autocomplete) = match input["input_type"].as_str().unwrap_or_default() {
        SIGNER_NAME => (Control::Text, "name"),
        "email" => (Control::Email, "email"),
        "phone_br" => (Control::Phone, "tel-national"),
        "radio" => (Control::Radio(options()), ""),
        // The vendor's own spelling, and the right one.
        "dopdown-list" | "dropdown-list" => (Control::Select(options()), ""),
        "checklist" => (Control::Checklist(options()), ""),
        "date" | "ext-date" | "date-signature" => (Control::Date, ""),
        "cpf" | "cnpj" => (Control::Digits, ""),
        _ => (Control::Text, ""),
    };
    let label = text("label");
    FormField {
        name: format!("input-{index}"),
        label: if label.is_empty() { text("variable").trim_matches(['{', '}']).to_owned() } else { label },
        hint: text("help_text"),
        control,
        autocomplete,
        // A signer without a name could not be created.
        required: input["required"] != false || input["input_type"] == SIGNER_NAME,
        ..FormField::default()
    }
}
