//! Warnings: effects of operations that a person is asked about first.

use serde_json::Value;

use super::operation::OperationSpec;

/// Effect of a request that a person should know before it is sent.
struct Warning {
    api: &'static str,
    operation: &'static str,
    condition: Condition,
    /// Sentence that continues "it".
    effect: &'static str,
}

/// Requests of an operation that a warning is about.
#[derive(Debug, Clone, Copy)]
enum Condition {
    Always,
    /// Those with this text in a field of the body.
    Has(&'static str, &'static str),
    /// Those that do not switch off a field of the body.
    Unless(&'static str),
    /// Those that have a field of the body.
    HasField(&'static str),
    /// Those in whose body a switch `send_automatic...` is on, for one signer at least.
    SendsToSigner,
}

/// Effect of a DELETE that [`WARNINGS`] does not list.
const DELETE: &str = "deletes or revokes what the path names";

const LINK: &str = "sends the signer the link, by e-mail or by WhatsApp, which is charged";

/// Effects that the vendors tell of their operations. A DELETE needs no entry, unless more is to be said.
const WARNINGS: [Warning; 25] = [
    always(
        "dialog360",
        "create_channel_api_key",
        "revokes every earlier key of the number, and drops its webhook address",
    ),
    always(
        "dialog360",
        "delete_channel_api_keys",
        "revokes every key of the number: nothing can be sent until a new one is created",
    ),
    always("dialog360", "delete_flow", "deletes the flow for good"),
    always("dialog360", "delete_template", "deletes the template: messages that use it can be sent no more"),
    always("dialog360", "deprecate_flow", "takes the flow out of use for good"),
    when("dialog360", "create_client", Condition::Unless("send_client_email"), "invites the client's user by e-mail"),
    when(
        "dialog360",
        "request_channel_cancellation",
        Condition::Unless("enabled"),
        "asks for the end of the number's subscription, by which the number can be lost",
    ),
    always("zapsign", "cancel_document", "ends the document as refused, and tells all signers by e-mail"),
    always("zapsign", "delete_document", "deletes the document for good, and its credit is not given back"),
    always("zapsign", "delete_signer_groups", "undoes the groups of signers"),
    always("zapsign", "delete_template", "deletes the template for good"),
    always("zapsign", "delete_user", "takes a person's access to the account"),
    always("zapsign", "delete_webhook", "stops the deliveries of the webhook"),
    always("zapsign", "refuse_document_as_user", "refuses the document in the name of a signer, which ends it"),
    always("zapsign", "remove_signer", "removes the signer for good, which can end the document as signed"),
    always("zapsign", "resend_notifications", "sends a message to every signer who still has to sign"),
    always("zapsign", "sign_documents", "signs in the name of a user"),
    when("zapsign", "add_signer", Condition::SendsToSigner, LINK),
    when("zapsign", "update_signer", Condition::SendsToSigner, LINK),
    when("zapsign", "create_partner_account", Condition::HasField("email"), "invites a person by e-mail"),
    when(
        "zapsign",
        "update_payment_status",
        Condition::Has("payment_status", "inadimplente"),
        "suspends the customer's account",
    ),
    when("zapsign", "create_document", Condition::SendsToSigner, LINK),
    when("zapsign", "create_document_async", Condition::SendsToSigner, LINK),
    when("zapsign", "create_document_from_template", Condition::SendsToSigner, LINK),
    when("zapsign", "create_document_from_template_async", Condition::SendsToSigner, LINK),
];

const fn always(api: &'static str, operation: &'static str, effect: &'static str) -> Warning {
    when(api, operation, Condition::Always, effect)
}

const fn when(api: &'static str, operation: &'static str, condition: Condition, effect: &'static str) -> Warning {
    Warning { api, operation, condition, effect }
}

impl OperationSpec {
    /// Returns the effect to ask about before a request with this body is sent: a phrase that continues "it". `None` if there is
    /// nothing to ask.
    pub(crate) fn warning(&self, body: Option<&Value>) -> Option<&'static str> {
        match self.listed_warning() {
            Some(warning) => warning.condition.holds(body.unwrap_or(&Value::Null)).then_some(warning.effect),
            None => self.deletes().then_some(DELETE),
        }
    }

    /// Returns a note for help about requests that are asked about.
    pub(crate) fn warning_note(&self) -> Option<String> {
        let (effect, when) = match self.listed_warning() {
            Some(warning) => (warning.effect, warning.condition.note()),
            None => (self.deletes().then_some(DELETE)?, String::new()),
        };
        Some(format!("It {effect}{when}. A terminal is asked first; without one, --yes is needed."))
    }

    fn deletes(&self) -> bool {
        self.row.method.as_str() == "DELETE"
    }

    fn listed_warning(&self) -> Option<&'static Warning> {
        WARNINGS.iter().find(|warning| warning.api == self.api.name && warning.operation == self.row.id)
    }
}

impl Condition {
    fn holds(self, body: &Value) -> bool {
        match self {
            Self::Always => true,
            Self::Has(field, text) => body[field] == text,
            Self::Unless(field) => body[field] != false,
            Self::HasField(field) => !matches!(&body[field], Value::Null) && body[field] != "",
            Self::SendsToSigner => sends_to_signer(body),
        }
    }

    /// Returns what is said of the condition behind the effect.
    fn note(self) -> String {
        match self {
            Self::Always => String::new(),
            Self::Has(field, text) => format!(" if `{field}` is `{text}`"),
            Self::Unless(field) => format!(" unless `{field}` is `false`"),
            Self::HasField(field) => format!(" if `{field}` is given"),
            Self::SendsToSigner => ", if a `send_automatic_...` is on".to_owned(),
        }
    }
}

fn sends_to_signer(body: &Value) -> bool {
    let is_on = |(name, value): (&String, &Value)| name.starts_with("send_automatic") && *value == true;
    let signers = body["signers"].as_array().into_iter().flatten();
    std::iter::once(body).chain(signers).filter_map(Value::as_object).flatten().any(is_on)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::Api;

    fn operation(api: &str, id: &str) -> OperationSpec {
        let api = Api::find(api).expect("an API");
        let row = api.operations.iter().find(|row| row.id == id).expect("an operation");
        OperationSpec::read(api, row)
    }

    #[test]
    fn the_table_names_operations_that_exist_once_each() {
        let mut names: Vec<_> = WARNINGS.iter().map(|warning| (warning.api, warning.operation)).collect();
        for (api, id) in &names {
            let _exists = operation(api, id);
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), WARNINGS.len());
    }

    #[test]
    fn every_delete_is_asked_about_and_no_read_is() {
        let rows = Api::all().iter().flat_map(|api| api.operations.iter().map(move |row| (api, *row)));
        for (api, row) in rows {
            let operation = OperationSpec::read(api, row);
            match row.method.as_str() {
                "DELETE" => {
                    assert!(operation.warning(None).is_some() && operation.warning_note().is_some(), "{}", row.id)
                }
                "GET" => assert!(operation.warning(None).is_none() && operation.warning_note().is_none(), "{}", row.id),
                _ => {}
            }
        }
    }

    /// A field that is renamed in a spec would switch its question off.
    #[test]
    fn conditions_name_fields_of_the_body() {
        for warning in &WARNINGS {
            let operation = operation(warning.api, warning.operation);
            let fields = || operation.body.as_ref().expect("a body").fields.iter().map(|field| field.name.as_str());
            match warning.condition {
                Condition::Always => {}
                Condition::Has(name, _) | Condition::Unless(name) | Condition::HasField(name) => {
                    assert!(fields().any(|field| field == name), "{}: {name}", warning.operation);
                }
                Condition::SendsToSigner => {
                    assert!(fields().any(|field| field == "signers" || field.starts_with("send_automatic")));
                }
            }
        }
    }

    #[test]
    fn a_question_depends_on_what_is_sent() {
        for (api, id, body, asks) in [
            ("dialog360", "create_client", json!({"name": "Acme", "email": "it@acme.example"}), true),
            ("dialog360", "create_client", json!({"send_client_email": false}), false),
            ("dialog360", "request_channel_cancellation", json!({}), true),
            ("dialog360", "request_channel_cancellation", json!({"enabled": false}), false),
            ("zapsign", "create_document", json!({"signers": [{"name": "Ana"}]}), false),
            ("zapsign", "create_document", json!({"signers": [{"send_automatic_email": false}]}), false),
            ("zapsign", "create_document", json!({"signers": [{}, {"send_automatic_whatsapp": true}]}), true),
            ("zapsign", "create_document_from_template", json!({"send_automatic_email": true}), true),
            ("zapsign", "add_signer", json!({"name": "Ana"}), false),
            ("zapsign", "update_signer", json!({"send_automatic_email": true}), true),
            ("zapsign", "create_partner_account", json!({"name": "Acme"}), false),
            ("zapsign", "create_partner_account", json!({"email": "it@acme.example"}), true),
            ("zapsign", "update_payment_status", json!({"payment_status": "adimplente"}), false),
            ("zapsign", "update_payment_status", json!({"payment_status": "inadimplente"}), true),
        ] {
            assert_eq!(operation(api, id).warning(Some(&body)).is_some(), asks, "{id} {body}");
        }
    }
}
