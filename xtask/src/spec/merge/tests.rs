use serde_json::json;

use super::*;

fn fragment(file: &str, value: Value) -> Fragment {
    let trust = if file.starts_with("published") { Trust::Published } else { Trust::HandWritten };
    Fragment { file: file.into(), value, trust }
}

#[test]
fn parts_are_joined_and_equal_ones_are_one() {
    let document = merge(vec![
        fragment(
            "a",
            json!({"openapi": "3.1.0", "paths": {"/x": {"get": {"operationId": "x"}}},
            "components": {"schemas": {"S": {"type": "string"}}}, "tags": [{"name": "t"}]}),
        ),
        fragment(
            "b",
            json!({"openapi": "3.1.0", "paths": {"/x": {"post": {"operationId": "y"}}},
            "components": {"schemas": {"S": {"type": "string"}, "T": {}}}, "tags": [{"name": "t"}, {"name": "u"}]}),
        ),
    ])
    .expect("they agree");
    assert_eq!(document.value["paths"]["/x"].as_object().expect("an object").len(), 2);
    assert_eq!(document.value["tags"], json!([{"name": "t"}, {"name": "u"}]));
    let diagnostic = document.with_origin(Diagnostic::at("/components/schemas/T/type", "m"));
    assert_eq!(diagnostic.to_string(), "b at /components/schemas/T/type: m");
}

#[test]
fn a_component_that_differs_names_both_files() {
    let error = merge(vec![
        fragment("a.json", json!({"components": {"schemas": {"S": {"type": "string"}}}})),
        fragment("b.yaml", json!({"components": {"schemas": {"S": {"type": "integer"}}}})),
    ])
    .expect_err("they disagree");
    assert_eq!(error.to_string(), "b.yaml at /components/schemas/S: a.json defines this otherwise; make them equal");
}

#[test]
fn an_operation_that_is_published_supersedes_the_hand_written_one_by_hand() {
    let error = merge(vec![
        fragment("published/a.json", json!({"paths": {"/x": {"get": {"operationId": "published"}}}})),
        fragment("documented/a.yaml", json!({"paths": {"/x": {"get": {"operationId": "x"}}}})),
    ])
    .expect_err("they disagree");
    assert_eq!(
        error.to_string(),
        "documented/a.yaml at /paths/~1x/get: published/a.json defines this otherwise; delete the hand-written one"
    );
}

/// A vendor renders its pages one at a time.
#[test]
fn the_newer_of_two_published_texts_counts() {
    let text = |version: &str, words: &str, schema: Value| {
        json!({"openapi": "3.1.0", "info": {"title": "t", "version": version}, "tags": [{"name": "t", "description": words}],
            "components": {"schemas": {"S": schema}}})
    };
    let document = merge(vec![
        fragment("published/a.json", text("1", "old", json!({"type": "string"}))),
        fragment("published/b.json", text("2", "new", json!({"type": "integer"}))),
    ])
    .expect("the newer one counts");
    assert_eq!(document.value, text("2", "new", json!({"type": "integer"})));
    let warnings: Vec<String> = document.warnings.iter().map(|warning| warning.diagnostic.to_string()).collect();
    assert!(
        warnings.contains(
            &"published/b.json at /components/schemas/S: published/a.json defines this otherwise; the newer text counts"
                .to_owned()
        ) && warnings.len() == 3,
        "{warnings:?}"
    );
}

fn page(extra: &[(&str, Value)]) -> Fragment {
    let mut value = json!({"openapi": "3.1.0", "servers": [{"url": "https://a.example"}], "security": [{"Key": []}],
        "components": {"securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "X-Key", "description": "d"}}},
        "paths": {"/x": {"get": {"operationId": "x"}}}});
    for (pointer, part) in extra {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        value.pointer_mut(parent).expect("a parent")[key] = part.clone();
    }
    fragment("published/new.json", value)
}

fn trusted(page: Fragment) -> std::result::Result<Document, String> {
    let api = fragment(
        "api.yaml",
        json!({"servers": [{"url": "https://a.example"}], "security": [{"Key": []}],
            "components": {"securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}}),
    );
    let document = merge(vec![page, api]).map_err(|diagnostic| diagnostic.to_string())?;
    check_trust(&document).map_err(|diagnostic| diagnostic.to_string())?;
    Ok(document)
}

#[test]
fn a_page_can_not_move_a_credential_to_another_host() {
    let document = trusted(page(&[])).expect("it brings nothing new");
    assert_eq!(document.value["servers"], json!([{"url": "https://a.example"}]));
    assert_eq!(document.value["paths"]["/x"]["get"].get("servers"), None);
    let elsewhere = json!([{"url": "https://b.example"}]);
    for (pointer, at) in [
        ("/servers", "/servers/0"),
        ("/paths/~1x/get/servers", "/paths/~1x/get/servers/0"),
        ("/paths/~1x/servers", "/paths/~1x/servers/0"),
    ] {
        let error = trusted(page(&[(pointer, elsewhere.clone())])).expect_err("refused");
        assert_eq!(
            error,
            format!(
                "published/new.json at {at}: the page brings the server `https://b.example`, which the API does not list; \
                 to allow it, add to overlay.yaml: {{target: \"$.servers\", update: {{url: \"https://b.example\"}}}}"
            )
        );
    }
}

#[test]
fn a_page_can_not_bring_or_change_a_security_scheme() {
    let scheme = json!({"type": "apiKey", "in": "header", "name": "X-Other"});
    let error = trusted(page(&[("/components/securitySchemes/Other", scheme.clone())])).expect_err("refused");
    assert!(
        error.starts_with(
            "published/new.json at /components/securitySchemes/Other: the page brings the security scheme `Other`"
        ) && error.ends_with("{target: \"$.components.securitySchemes['Other']\", update: {x-allowed: true}}"),
        "{error}"
    );
    let document = trusted(page(&[("/components/securitySchemes/Key", scheme)])).expect("it has no effect");
    assert_eq!(document.value["components"]["securitySchemes"]["Key"]["name"], "X-Key");
    assert_eq!(document.warnings[0].diagnostic.pointer(), Some("/components/securitySchemes/Key"));
    // Another requirement than that of the API is the operation's own.
    let document = trusted(page(&[("/security", json!([]))])).expect("it needs less");
    assert_eq!(document.value["paths"]["/x"]["get"]["security"], json!([]));
    assert_eq!(
        document.with_origin(Diagnostic::at("/paths/~1x/get/security", "m")).to_string(),
        "published/new.json at /security: m"
    );
}
