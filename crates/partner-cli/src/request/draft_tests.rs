//! Requests of operations as a vendor may add them: with what neither bundle has so far.

use api_runtime::Operation;
use clap::Command;
use http::Method;
use serde_json::{Value, json};

use super::check::Violation;
use super::draft::{DraftBody, RequestDraft};
use super::input::Input;
use super::skeleton::Skeleton;
use super::value_error::ValueError;
use crate::command::{OperationFlags, SharedOptions};
use crate::spec::{Api, BodyEncoding, OperationSpec};

/// Returns the operation of a document that has no other.
fn operation(definition: &Value) -> OperationSpec {
    let document = json!({
        "paths": {"/ships/{id}": {"post": definition}},
        "components": {"schemas": {
            "Tree": {"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/Tree"}}},
            "Crew": {"type": "object", "additionalProperties": false, "required": ["kind"], "properties": {
                "kind": {"type": "string", "default": "crew"}, "size": {"type": "integer"},
            }},
            "Cargo": {"type": "object", "required": ["kind", "tons"], "properties": {
                "kind": {"type": "string"}, "tons": {"type": "number"},
            }},
            "Load": {"oneOf": [{"$ref": "#/components/schemas/Crew"}, {"$ref": "#/components/schemas/Cargo"}]},
        }},
    });
    let row = Box::leak(Box::new(Operation {
        tag: "ships",
        ..Operation::new("load_ship", Method::POST, "/ships/{id}", false)
    }));
    let operations = Box::leak(Box::new([&*row]));
    let bundle = document.to_string().leak();
    OperationSpec::read(Box::leak(Box::new(Api::new("ships", "Ships", operations, bundle))), row)
}

/// Makes the request that a line asks for, and checks it.
fn draft(operation: &OperationSpec, line: &str) -> Result<(RequestDraft, Vec<Violation>), ValueError> {
    let command = Command::new("load").args(OperationFlags::of(operation).arguments());
    let words = ["load"].into_iter().chain(line.split_whitespace());
    let matches = command.try_get_matches_from(words).unwrap_or_else(|error| panic!("{line}: {error}"));
    let options = SharedOptions::from_matches(&matches);
    let flags = OperationFlags::of(operation);
    let draft = RequestDraft::read(operation, &flags, &matches, &options, &Input::new(std::io::empty()))?;
    let violations = [draft.path_violations(&flags), draft.violations(operation, &flags)].concat();
    Ok((draft, violations))
}

/// Returns the operation with this body, and a parameter of its path.
fn with_body(content: &Value) -> OperationSpec {
    let id = json!({"in": "path", "name": "id", "required": true, "schema": {"type": "string"}});
    operation(&json!({"parameters": [id], "requestBody": {"required": true, "content": content}}))
}

fn json_body(operation: &OperationSpec, line: &str) -> Value {
    let (draft, violations) = draft(operation, line).expect(line);
    assert_eq!(violations, [], "{line}");
    let Some(DraftBody::Json(body)) = draft.body else { panic!("no JSON: {line}") };
    body
}

#[test]
fn parameters_in_other_places_or_without_a_schema_do_no_harm() {
    let operation = operation(&json!({"parameters": [
        {"in": "path", "name": "id", "required": true},
        {"in": "cookie", "name": "session", "required": true, "schema": {"type": "string"}},
        {"in": "query", "name": "raw", "content": {"text/plain": {}}},
        {"in": "query", "name": "tree", "schema": {"$ref": "#/components/schemas/Tree"}},
        {"in": "query", "name": "yes", "schema": {"type": "boolean"}},
    ]}));
    let (draft, violations) =
        draft(&operation, "--id 7 --raw a,b --tree inner.inner.inner={} --ship-yes").expect("a request");
    assert_eq!(violations, []);
    let pairs: Vec<_> = draft.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(pairs, [("raw", "a,b"), ("tree", r#"{"inner":{"inner":{"inner":{}}}}"#), ("yes", "true")]);
    assert!(
        operation.body.is_none() && operation.response_schema(200).is_none() && operation.secret_answer().is_none()
    );
    assert!(operation.warning(None).is_none() && operation.response_media_types(200).is_empty());
}

#[test]
fn a_body_of_alternatives_has_the_fields_of_all_and_needs_those_of_one() {
    let operation = with_body(&json!({"application/json": {"schema": {"$ref": "#/components/schemas/Load"}}}));
    assert_eq!(json_body(&operation, "--id 7 --kind cargo --tons 2.5"), json!({"kind": "cargo", "tons": 2.5}));
    let (_, violations) = draft(&operation, "--id 7").expect("a request");
    assert_eq!(violations.len(), 1, "nothing of an alternative that was not chosen is sent");
    let skeleton = Skeleton::of(operation.api.schemas(), operation.body.as_ref().expect("a body"));
    assert_eq!(skeleton.body, json!({"kind": "crew", "size": 0, "tons": 0}));
}

#[test]
fn a_body_without_a_schema_and_one_that_is_a_list_are_given_as_a_whole() {
    for content in
        [json!({}), json!({"schema": {}}), json!({"schema": {"type": "array", "items": {"type": "integer"}}})]
    {
        let operation = with_body(&json!({"application/json": content}));
        assert_eq!(json_body(&operation, "--id 7 --body [1,2]"), json!([1, 2]), "{content}");
    }
}

#[test]
fn a_secret_within_a_list_is_taken_from_no_command_line() {
    let schema = json!({"type": "object", "properties": {"keys": {"type": "array", "items": {
        "type": "object", "properties": {"value": {"type": "string", "format": "password"}},
    }}}});
    let operation = with_body(&json!({"application/json": {"schema": schema}}));
    for line in [
        "--id 7 --key value=s3cret",
        "--id 7 --set keys[0].value=s3cret",
        r#"--id 7 --body {"keys":[{"value":"s3cret"}]}"#,
    ] {
        let error = draft(&operation, line).err().expect(line).to_string();
        assert!(error.contains("secret") && !error.contains("s3cret"), "{error}");
    }
}

#[test]
fn a_body_is_sent_as_json_or_a_form_or_not_at_all() {
    let object = json!({"schema": {"type": "object", "properties": {"name": {"type": "string"}}}});
    let both = with_body(&json!({"multipart/form-data": object, "application/json": object}));
    assert_eq!(json_body(&both, "--id 7 --name a"), json!({"name": "a"}));
    let form = with_body(&json!({"multipart/form-data": object, "text/csv": {}}));
    assert_eq!(form.body.as_ref().map(|body| body.encoding), Some(BodyEncoding::Form));
    for media_type in ["text/csv", "application/x-www-form-urlencoded", "application/octet-stream"] {
        let other = with_body(&json!({media_type: object}));
        let error = draft(&other, "--id 7").err().expect(media_type).to_string();
        assert!(error.contains(media_type), "{error}");
    }
    assert!(with_body(&json!({})).body.is_none());
}
