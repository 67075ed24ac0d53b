//! Style rules for specs: summaries, evidence, descriptions, names and examples. Part of `regenerate`.

use std::collections::HashMap;

use api_bundle::Schemas;
use api_bundle::jsonschema::Validator;
use serde_json::Value;

use super::document::{Document, Trust, join, object, operations, rust_name, text};
use super::secrets;
use super::visit::{NodeKind, walk};
use crate::diagnostic::{Diagnostic, Warning};

/// Longest name of a type, in characters.
const MAX_NAME_LENGTH: usize = 50;
/// A violation of one rule.
struct Finding {
    kind: &'static str,
    diagnostic: Diagnostic,
}

/// Violations in the order in which they were found.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, kind: &'static str, pointer: impl Into<String>, message: impl Into<String>) {
        self.0.push(Finding { kind, diagnostic: Diagnostic::at(pointer, message) });
    }
}

/// Checks all rules. Returns the violations in hand-written text; those in published text, and overlay examples and
/// states that no longer fit published schemas, are added to the warnings.
pub fn lint(bundle: &mut Document) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    lint_operations(&bundle.value, &mut findings);
    lint_schemas(&bundle.value, &mut findings);
    lint_examples(&bundle.value, &mut findings);
    let mut diagnostics = Vec::new();
    for Finding { kind, diagnostic } in findings.0 {
        let trust = diagnostic.pointer().map_or(Trust::HandWritten, |pointer| bundle.trust(pointer));
        let diagnostic = bundle.with_origin(diagnostic);
        let outdated = trust == Trust::Overlay && [MISMATCHED_EXAMPLES, UNKNOWN_STATES].contains(&kind);
        if trust == Trust::Published || outdated {
            bundle.warnings.push(Warning { kind, diagnostic });
        } else {
            diagnostics.push(diagnostic);
        }
    }
    diagnostics
}

/// Kinds of violations, by which warnings are counted.
const MISMATCHED_EXAMPLES: &str = "examples that do not fit their schemas";
const MISSING_DESCRIPTIONS: &str = "descriptions that are missing";
const MISSING_NAMES: &str = "names that are missing or long";
const UNMARKED_SECRETS: &str = "properties that may be secrets";
const MISSING_EXAMPLES: &str = "bodies without an example";
const UNKNOWN_STATES: &str = "states of values that are gone";

fn lint_operations(document: &Value, findings: &mut Findings) {
    for (pointer, _, _, operation) in operations(document) {
        for (key, what) in [("summary", "a line that says what it does"), ("x-evidence", "where it is known from")] {
            if operation.get(key).is_none() {
                findings.add(MISSING_DESCRIPTIONS, &pointer, format!("the operation has no `{key}`: write {what}"));
            }
        }
        for (index, parameter) in operation["parameters"].as_array().into_iter().flatten().enumerate() {
            if text(parameter, "description").is_none_or(str::is_empty) && parameter.get("$ref").is_none() {
                let at = format!("{pointer}/parameters/{index}");
                findings.add(
                    MISSING_DESCRIPTIONS,
                    at,
                    "the parameter has no `description`: say what it is, with units and limits",
                );
            }
        }
        let responses =
            object(operation, "responses").map(|(status, response)| (format!("responses/{status}"), response));
        let request = operation.get("requestBody").map(|request| ("requestBody".to_owned(), request));
        for (place, holder) in responses.chain(request) {
            for (media, content) in object(holder, "content") {
                if content.get("example").is_none() && object(content, "examples").next().is_none() {
                    let at = join(&format!("{pointer}/{place}/content"), media);
                    findings.add(MISSING_EXAMPLES, at, "the body has no example: write one, with invented values");
                }
            }
        }
    }
}

fn lint_schemas(document: &Value, findings: &mut Findings) {
    for (name, schema) in object(&document["components"], "schemas") {
        let at = join("/components/schemas", name);
        let rust = rust_name(schema).unwrap_or(name);
        if rust.chars().count() > MAX_NAME_LENGTH {
            findings.add(
                MISSING_NAMES,
                &at,
                format!("the name has more than {MAX_NAME_LENGTH} characters: give it an `x-rust-name`"),
            );
        }
        if rust.ends_with(|c: char| c.is_ascii_digit()) {
            findings.add(
                MISSING_NAMES,
                &at,
                "the name ends in a digit: give it an `x-rust-name` that says how it differs",
            );
        }
        for (index, alternative) in schema["oneOf"].as_array().into_iter().flatten().enumerate() {
            if alternative.get("title").is_none() {
                findings.add(
                    MISSING_NAMES,
                    format!("{at}/oneOf/{index}"),
                    "the alternative has no `title`: it names the variant",
                );
            }
        }
        let mut copy = schema.clone();
        let outcome = walk(&mut copy, &at, NodeKind::Schema, &mut |value, pointer, kind| {
            if kind == NodeKind::Schema {
                lint_properties(value, pointer, findings);
                lint_states(value, pointer, findings);
            }
            Ok(())
        });
        debug_assert!(outcome.is_ok(), "the visitor never fails");
    }
}

fn lint_properties(schema: &Value, pointer: &str, findings: &mut Findings) {
    for (name, property) in object(schema, "properties") {
        let at = join(&join(pointer, "properties"), name);
        let refers = property.get("$ref").is_some() || property.get("allOf").is_some();
        if !refers && text(property, "description").is_none_or(str::is_empty) {
            findings.add(MISSING_DESCRIPTIONS, &at, "the property has no `description`: say what it is");
        }
        if secrets::is_unmarked_secret(name, property) {
            findings.add(
                UNMARKED_SECRETS,
                &at,
                "the property looks like a secret: give it `format: password`, or another name",
            );
        }
    }
}

fn lint_states(schema: &Value, pointer: &str, findings: &mut Findings) {
    let listed = schema["enum"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (state, values) in object(schema, "x-states") {
        for value in values.as_array().into_iter().flatten().filter(|value| !listed.contains(value)) {
            let at = join(&join(pointer, "x-states"), state);
            findings.add(
                UNKNOWN_STATES,
                at,
                format!("{value} is no value of the enum: add it there, or remove it here"),
            );
        }
    }
}

fn lint_examples(document: &Value, findings: &mut Findings) {
    let schemas = Schemas::of(document);
    let mut copy = document["paths"].clone();
    let mut found = Vec::new();
    let outcome = walk(&mut copy, "/paths", NodeKind::Map, &mut |value, pointer, kind| {
        if kind == NodeKind::Object
            && let Some(schema) = value.get("schema")
        {
            let single = value.get("example").map(|example| (join(pointer, "example"), example));
            let several = object(value, "examples").filter_map(|(name, example)| {
                Some((join(&join(&join(pointer, "examples"), name), "value"), example.get("value")?))
            });
            for (at, example) in single.into_iter().chain(several) {
                found.push((at, schema.clone(), example.clone()));
            }
        }
        Ok(())
    });
    debug_assert!(outcome.is_ok(), "the visitor never fails");
    // Many examples share a schema, and compiling one takes longer than using it.
    let mut validators: HashMap<String, std::result::Result<Validator, String>> = HashMap::new();
    for (at, schema, example) in found {
        let validator = validators.entry(schema.to_string()).or_insert_with(|| schemas.validator(&schema));
        let mismatch = match validator {
            Ok(validator) => example_mismatch(validator, &example),
            Err(message) => Some(message.clone()),
        };
        if let Some(mismatch) = mismatch {
            findings.add(MISMATCHED_EXAMPLES, at, mismatch);
        }
    }
}

/// Returns the first error of an example against its schema, with the remedy.
fn example_mismatch(validator: &Validator, example: &Value) -> Option<String> {
    let error = validator.iter_errors(example).next()?;
    let place = error.instance_path().to_string();
    let place = if place.is_empty() { "/" } else { &place };
    Some(format!("the example does not fit its schema at {place}: {error}; change the one that is wrong"))
}

/// Validates an example against a schema of the document, and returns the first error.
pub fn schema_mismatch(schemas: &Schemas, schema: &Value, example: &Value) -> Option<String> {
    match schemas.validator(schema) {
        Ok(validator) => example_mismatch(&validator, example),
        Err(message) => Some(message),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(change: impl Fn(&mut Value)) -> Vec<String> {
        let mut value = json!({
            "paths": {"/a": {"get": {
                "operationId": "get_a", "summary": "Get it", "x-evidence": [],
                "parameters": [{"name": "q", "in": "query", "description": "d", "schema": {"type": "string"}, "example": "x"}],
                "responses": {"200": {"description": "", "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/A"}, "examples": {"one": {"value": {"id": null, "kind": "x"}}}}}}},
            }}},
            "components": {"schemas": {"A": {"type": "object", "properties": {
                "id": {"type": "integer", "nullable": true, "description": "d"},
                "kind": {"type": "string", "enum": ["x", "y"], "description": "d"},
            }, "required": ["kind"]}}},
        });
        change(&mut value);
        lint(&mut Document { value, ..Document::default() }).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_good_spec_has_no_faults() {
        assert_eq!(faults(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn each_fault_has_its_place_and_remedy() {
        let set = |pointer: &'static str, key: &'static str, value: Value| {
            faults(move |document| document.pointer_mut(pointer).expect("it is there")[key] = value.clone())
        };
        let get = "/paths/~1a/get";
        for (found, expected) in [
            (
                set("/components/schemas/A/properties", "token2", json!({"type": "string"})),
                "at /components/schemas/A/properties/token2: the property has no `description`: say what it is",
            ),
            (
                set("/components/schemas/A/properties", "api_key", json!({"type": "string", "description": "d"})),
                "at /components/schemas/A/properties/api_key: the property looks like a secret: give it `format: password`, or another name",
            ),
            (
                set("/components/schemas/A/properties/kind", "x-states", json!({"on": ["x", "z"]})),
                "at /components/schemas/A/properties/kind/x-states/on: \"z\" is no value of the enum: add it there, or remove it here",
            ),
            (
                set("/components/schemas", "Thing2", json!({})),
                "at /components/schemas/Thing2: the name ends in a digit: give it an `x-rust-name` that says how it differs",
            ),
            (
                set("/components/schemas", "T", json!({"oneOf": [{"type": "string"}]})),
                "at /components/schemas/T/oneOf/0: the alternative has no `title`: it names the variant",
            ),
            (
                set("/paths/~1a/get/parameters/0", "description", json!("")),
                "at /paths/~1a/get/parameters/0: the parameter has no `description`: say what it is, with units and limits",
            ),
            (
                set("/paths/~1a/get/responses/200/content/application~1json", "examples", json!({})),
                "at /paths/~1a/get/responses/200/content/application~1json: the body has no example: write one, with invented values",
            ),
            (
                set("/paths/~1a/get/parameters/0", "example", json!(7)),
                "at /paths/~1a/get/parameters/0/example: the example does not fit its schema at /: 7 is not of type \"string\"; change the one that is wrong",
            ),
        ] {
            assert_eq!(found, [expected]);
        }
        let found =
            set("/paths/~1a/get/responses/200/content/application~1json/examples/one", "value", json!({"id": "7"}));
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with(&format!(
                "at {get}/responses/200/content/application~1json/examples/one/value: the example does not fit"
            )),
            "{found:?}"
        );
        let long = faults(|document| document["components"]["schemas"]["A".repeat(51)] = json!({}));
        assert!(long[0].ends_with("the name has more than 50 characters: give it an `x-rust-name`"), "{long:?}");
    }
}
