//! Secrets that the answer of an operation may hold.

use std::collections::BTreeSet;

use api_bundle::Schemas;
use serde_json::Value;

use super::operation::OperationSpec;
use super::schema_facts::parts;

/// Possibility to get a secret again that an answer held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretAnswer {
    /// The secret, or another one as good, can be had by a further call that revokes nothing.
    Again,
    /// The secret is in this answer only.
    Once,
}

/// Operations of which an answer with status 2xx holds a secret, as the vendors describe them.
const SECRET_ANSWERS: [(&str, &str, SecretAnswer); 6] = [
    ("dialog360", "create_channel_api_key", SecretAnswer::Once),
    ("dialog360", "create_token", SecretAnswer::Again),
    ("dialog360", "list_channel_api_keys", SecretAnswer::Again),
    ("zapsign", "create_partner_account", SecretAnswer::Once),
    ("zapsign", "obtain_access_token", SecretAnswer::Again),
    ("zapsign", "refresh_access_token", SecretAnswer::Again),
];

impl OperationSpec {
    /// Returns the kind of the secrets that a 2xx answer may hold; `None` if the spec knows none. An operation that the table does
    /// not list yet is taken for one whose secret is shown once, unless it is a read.
    pub(crate) fn secret_answer(&self) -> Option<SecretAnswer> {
        self.listed_secret_answer().or_else(|| {
            let schema = self.response_schema(200)?;
            holds_secret(self.api.schemas(), schema, &mut BTreeSet::new()).then(|| match self.row.method.is_safe() {
                true => SecretAnswer::Again,
                false => SecretAnswer::Once,
            })
        })
    }

    /// Returns a note for help about secrets of the answer.
    pub(crate) fn secret_note(&self) -> Option<&'static str> {
        Some(match self.secret_answer()? {
            SecretAnswer::Again => "Secrets of the answer are masked without --reveal-secrets or --secrets-file.",
            SecretAnswer::Once => {
                "The answer holds a secret that is shown only once: --reveal-secrets or --secrets-file is needed."
            }
        })
    }

    fn listed_secret_answer(&self) -> Option<SecretAnswer> {
        let own = |(api, id, _): &&(&str, &str, SecretAnswer)| *api == self.api.name && *id == self.row.id;
        SECRET_ANSWERS.iter().find(own).map(|(_, _, kind)| *kind)
    }
}

/// Returns `true` if a value of the schema may hold a secret. `seen` are the references that were followed.
fn holds_secret<'s>(schemas: &'s Schemas, schema: &'s Value, seen: &mut BTreeSet<&'s str>) -> bool {
    if let Some(reference) = schema["$ref"].as_str()
        && !seen.insert(reference)
    {
        return false;
    }
    if schemas.is_secret(schema) {
        return true;
    }
    let schema = schemas.resolve(schema);
    let properties = schema["properties"].as_object().into_iter().flat_map(|properties| properties.values());
    let single = ["items", "additionalProperties"].iter().filter_map(|keyword| schema.get(*keyword));
    properties.chain(single).chain(parts(schema)).any(|inner| holds_secret(schemas, inner, seen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Api;

    fn operations() -> impl Iterator<Item = OperationSpec> {
        Api::all().iter().flat_map(|api| api.operations.iter().map(|row| OperationSpec::read(api, row)))
    }

    #[test]
    fn every_operation_whose_answer_holds_a_secret_is_classed() {
        let mut listed = 0;
        for operation in operations() {
            let success = operation.row.statuses.iter().filter(|status| (200..300).contains(*status));
            let holds = success
                .filter_map(|status| operation.response_schema(*status))
                .any(|schema| holds_secret(operation.api.schemas(), schema, &mut BTreeSet::new()));
            let class = operation.listed_secret_answer();
            assert_eq!(class.is_some(), holds, "{}: class it in SECRET_ANSWERS", operation.row.id);
            assert!(class != Some(SecretAnswer::Once) || !operation.row.method.is_safe(), "{}", operation.row.id);
            listed += usize::from(class.is_some());
        }
        assert_eq!(listed, SECRET_ANSWERS.len(), "a row of the table names no operation");
    }

    #[test]
    fn a_schema_in_a_circle_comes_to_an_end() {
        let schemas = Schemas::of(&serde_json::json!({"components": {"schemas": {
            "Tree": {"properties": {"inner": {"$ref": "#/components/schemas/Tree"}, "leaf": {"type": "string"}}},
            "Keys": {"items": {"allOf": [{"properties": {"key": {"type": "string", "format": "password"}}}]}},
        }}}));
        let holds = |name: &str| {
            let schema = serde_json::json!({"$ref": format!("#/components/schemas/{name}")});
            holds_secret(&schemas, &schema, &mut BTreeSet::new())
        };
        assert!(!holds("Tree") && holds("Keys"));
    }
}
