use serde_json::json;

use super::*;
use crate::codegen::ir::ResponsePattern;

fn of(document: &Value) -> Result<String> {
    let servers = document["servers"].as_array().into_iter().flatten();
    let servers = servers.filter_map(|server| text(server, "url").map(ToOwned::to_owned)).collect();
    client(document, &Ir { servers, ..Ir::default() })
}

fn with_schemes(schemes: Value, security: Value) -> Value {
    json!({"info": {"title": "The Ships API"}, "servers": [{"url": "https://ships.example"}], "security": security,
        "components": {"securitySchemes": schemes}})
}

#[test]
fn every_scheme_is_a_setter_and_each_variable_is_tried() {
    let document = with_schemes(
        json!({
            "Key": {"type": "apiKey", "in": "header", "name": "X-Ships", "x-rust-name": "ships_key", "x-env": "SHIPS_KEY"},
            "Token": {"type": "http", "scheme": "Bearer", "x-env": "SHIPS_TOKEN"},
            "timeout": {"type": "http", "scheme": "basic"},
        }),
        json!([{"Key": []}, {"Token": []}]),
    );
    let text = of(&document).expect("a client");
    for part in [
        "/// Client of the Ships API. Clones are cheap",
        "pub fn ships_key(mut self, secret: impl Into<Secret>) -> Self {\n        self.credential = Some(Credential::named_header(\"x-ships\", &secret.into()));",
        "pub fn token(mut self",
        "pub fn timeout_credential(mut self, user: &str, password: impl Into<Secret>)",
        "pub fn with_ships_key(&self, secret: impl Into<Secret>) -> Result<Self, BuildError> {\n        Ok(Self { pipeline: self.pipeline.with_credential(Credential::named_header(\"x-ships\", &secret.into())?) })",
        "pub fn with_timeout_credential(&self, user: &str, password: impl Into<Secret>)",
        "env::var(\"SHIPS_KEY\") {\n            return self.ships_key(secret);",
        "env::var(\"SHIPS_TOKEN\") {\n            return self.token(secret);",
        "\"give the builder a `ships_key`, a `token` or a `timeout_credential`, or set SHIPS_KEY or SHIPS_TOKEN\"",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("enum Environment"));
    let rejected = vec![ResponsePattern { status: 401, pointer: None, value: None }];
    let text = client(&document, &Ir { token_rejected: rejected, ..Ir::default() }).expect("a client");
    assert!(text.contains("a `timeout_credential` or a `login`, or set"), "{text}");
    assert!(text.contains("pub fn builder(base_url: impl Into<String>)"), "there is no address: {text}");
}

#[test]
fn a_credential_that_the_document_does_not_ask_for_may_be_left_out() {
    for security in [Value::Null, json!([]), json!([{}, {"Key": []}])] {
        let text = of(&with_schemes(json!({"Key": {"type": "http", "scheme": "bearer"}}), security)).expect("a client");
        assert!(text.contains("if let Some(credential) = self.credential") && !text.contains("REMEDY"), "{text}");
        assert!(!text.contains("from_env"), "{text}");
    }
}

#[test]
fn servers_with_names_are_environments() {
    let server =
        |name: &str| json!({"url": format!("https://{name}.example"), "description": "Ships.", "x-rust-name": name});
    let text = of(&json!({"servers": [server("Live"), server("Test")]})).expect("a client");
    for part in [
        "/// Ships.\n    #[default]\n    Live,",
        "Self::Test => SERVERS[1],",
        "/// Starts a client for [`Environment::Live`].",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_name_that_is_taken_or_missing_is_refused_with_its_place() {
    let bearer = |name: &str| json!({"type": "http", "scheme": "bearer", "x-rust-name": name});
    for (document, expected) in [
        (
            with_schemes(json!({"A": bearer("build")}), Value::Null),
            "at /components/securitySchemes/A/x-rust-name: `build` is a setter of every client",
        ),
        (
            with_schemes(json!({"A": bearer("key"), "B": bearer("key")}), Value::Null),
            "at /components/securitySchemes/B/x-rust-name: `key` is a setter",
        ),
        (
            with_schemes(json!({"A": {"type": "http", "scheme": "basic", "x-env": "A"}}), Value::Null),
            "at /components/securitySchemes/A/x-env: one variable can't hold a user and a password",
        ),
        (
            with_schemes(json!({"A": {"type": "apiKey", "in": "query", "name": "k"}}), Value::Null),
            "at /components/securitySchemes/A/in: a key in the query would stand in logs",
        ),
        (
            json!({"servers": [{"url": "https://a.example", "x-rust-name": "Live"}, {"url": "https://b.example"}]}),
            "at /servers/1: another server has an `x-rust-name`",
        ),
        (
            json!({"servers": [{"url": "https://a.example", "x-rust-name": "Url"}]}),
            "at /servers/0/x-rust-name: `Url` is taken",
        ),
    ] {
        let error = of(&document).expect_err("it is refused").to_string();
        assert!(error.starts_with(expected), "expected {expected}\nfound    {error}");
    }
}
