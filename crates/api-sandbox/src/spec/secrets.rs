//! Secrets: where a bundle says that they are, by `format: password` and its credentials.

use api_bundle::Schemas;
use serde_json::{Value, json};

use super::bundle::Bundle;
use super::operation::{Operation, object};
use super::pointer;

/// Text in place of a secret.
const MASK: &str = "***";
/// Parts of the names of fields that no schema knows, and that are taken for secrets.
const SECRET_NAMES: [&str; 5] = ["password", "secret", "token", "api_key", "apikey"];

/// Header of a request that carries a credential.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CredentialHeader {
    pub(crate) name: String,
    /// Text before the credential, such as `Bearer `.
    pub(crate) prefix: &'static str,
    /// Environment variable that holds the credential, such as `ZAPSIGN_API_TOKEN`.
    pub(crate) variable: String,
}

impl Bundle {
    /// Returns the headers that carry credentials, with the environment variables of `x-env`.
    pub(crate) fn credential_headers(&self) -> Vec<CredentialHeader> {
        let schemes = object(&self.document()["components"]["securitySchemes"]);
        let headers = schemes.filter_map(|(id, scheme)| {
            let (name, prefix) = match (scheme["type"].as_str()?, scheme["scheme"].as_str()) {
                ("apiKey", _) if scheme["in"] == "header" => (scheme["name"].as_str()?, ""),
                ("http", Some("basic")) => ("Authorization", "Basic "),
                ("http", Some("bearer")) | ("oauth2" | "openIdConnect", _) => ("Authorization", "Bearer "),
                _ => return None,
            };
            let named = || {
                let credential = scheme["x-rust-name"].as_str().unwrap_or(id);
                format!("{}_{credential}", self.name).to_uppercase()
            };
            let variable = scheme["x-env"].as_str().map_or_else(named, str::to_owned);
            Some(CredentialHeader { name: name.to_owned(), prefix, variable })
        });
        headers.collect()
    }

    /// Masks the secrets in the JSON body of a request for an operation. Returns `true` if there were any.
    pub(crate) fn mask_secrets(&self, operation: Option<&Operation>, body: &mut Value) -> bool {
        let schema = operation.and_then(|operation| operation.body.as_ref()).map(|body| &body.schema);
        mask_members(&self.schemas, schema.unwrap_or(&json!({})), body)
    }
}

fn mask_members(schemas: &Schemas, schema: &Value, value: &mut Value) -> bool {
    let mut masked = false;
    let names: Vec<String> = pointer::members(value).map(|(name, _)| name).collect();
    for name in names {
        let known = schemas.member(schema, &name);
        let member = match &mut *value {
            Value::Array(items) => name.parse::<usize>().ok().and_then(|index| items.get_mut(index)),
            fields => fields.get_mut(&name),
        };
        let Some(member) = member else { continue };
        // A schema that says nothing knows no field either.
        let is_secret = match known.as_ref().filter(|known| known.as_object().is_some_and(|known| !known.is_empty())) {
            Some(known) => is_secret(schemas, known),
            None => SECRET_NAMES.iter().any(|secret| name.to_lowercase().contains(secret)),
        };
        if is_secret && !member.is_null() {
            *member = MASK.into();
            masked = true;
        } else {
            masked |= mask_members(schemas, &known.unwrap_or_else(|| json!({})), member);
        }
    }
    masked
}

/// Returns `true` if a schema, or one that it is composed of, is of a secret.
fn is_secret(schemas: &Schemas, schema: &Value) -> bool {
    let schema = schemas.resolve(schema);
    let composed = ["allOf", "anyOf", "oneOf"].iter().filter_map(|keyword| schema[*keyword].as_array()).flatten();
    schema["format"] == "password" || composed.into_iter().any(|part| is_secret(schemas, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(name: &str) -> &'static Bundle {
        Bundle::all().iter().find(|bundle| bundle.name == name).expect("a bundle")
    }

    #[test]
    fn credentials_have_the_variables_of_the_spec() {
        let header = |name: &str, prefix, variable: &str| CredentialHeader {
            name: name.to_owned(),
            prefix,
            variable: variable.to_owned(),
        };
        assert_eq!(bundle("zapsign").credential_headers(), [header("Authorization", "Bearer ", "ZAPSIGN_API_TOKEN")]);
        assert_eq!(
            bundle("dialog360").credential_headers(),
            [header("X-API-Key", "", "D360_API_KEY"), header("Authorization", "Bearer ", "DIALOG360_BEARER_TOKEN")]
        );
    }

    #[test]
    fn what_the_spec_calls_a_password_is_masked_and_nothing_else() {
        for (api, operation, body, masked) in [
            (
                "zapsign",
                "add_webhook_headers",
                json!({"id": 1, "headers": [{"name": "X-A", "value": "s3cret"}]}),
                json!({"id": 1, "headers": [{"name": "X-A", "value": "***"}]}),
            ),
            (
                "zapsign",
                "obtain_access_token",
                json!({"username": "a", "password": "s3cret", "my_token": "s3cret", "more": {"secret": 7, "value": 1}}),
                json!({"username": "a", "password": "***", "my_token": "***", "more": {"secret": "***", "value": 1}}),
            ),
            (
                "dialog360",
                "set_messaging_webhook",
                json!({"url": "http://localhost/", "headers": {"X-A": "s3cret"}}),
                json!({"url": "http://localhost/", "headers": {"X-A": "***"}}),
            ),
        ] {
            let mut shown = body.clone();
            let bundle = bundle(api);
            let operation = bundle.operation(operation);
            assert!(operation.is_some() && bundle.mask_secrets(operation, &mut shown));
            assert_eq!(shown, masked);
        }
        let zapsign = bundle("zapsign");
        let mut document = json!({"name": "Lease", "metadata": [{"key": "a", "value": "b"}]});
        assert!(!zapsign.mask_secrets(zapsign.operation("create_document"), &mut document), "{document}");
        let mut unknown = json!({"api_token": "s3cret"});
        assert!(zapsign.mask_secrets(None, &mut unknown));
        assert_eq!(unknown, json!({"api_token": "***"}));
    }
}
