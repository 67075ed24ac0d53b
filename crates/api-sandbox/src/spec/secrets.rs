//! Secrets: where a bundle says that they are, by `format: password` and its credentials.

use api_bundle::{CredentialHeader, MASK, credential_headers};
use serde_json::Value;

use super::bundle::Bundle;
use super::operation::Operation;

impl Bundle {
    /// Returns the headers that carry credentials, with the environment variables of `x-env`.
    pub(crate) fn credential_headers(&self) -> Vec<CredentialHeader> {
        credential_headers(self.document(), &self.name)
    }

    /// Masks the secrets in the JSON body of a request for an operation. Returns `true` if there were any.
    pub(crate) fn mask_secrets(&self, operation: Option<&Operation>, body: &mut Value) -> bool {
        let schema = operation.and_then(|operation| operation.body.as_ref()).map(|body| &body.schema);
        let mut masked = false;
        self.schemas.visit_secrets(schema.unwrap_or(&Value::Null), body, &mut |_, secret| {
            *secret = MASK.into();
            masked = true;
        });
        masked
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
