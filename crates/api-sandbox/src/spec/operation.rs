//! Operation of a bundle: parameters, body, responses and rate limits.

use std::sync::LazyLock;
use std::time::Duration;

use api_bundle::Schemas;
use api_bundle::jsonschema::Validator;
use http::Method;
use serde_json::{Map, Value};

/// Operation Object, with the keys that the sandbox uses.
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: Method,
    /// `true` if a credential is required.
    pub(crate) authenticated: bool,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<RequestBody>,
    pub(crate) responses: Vec<DocumentedResponse>,
    pub(crate) rate_limits: Vec<RateLimitRule>,
}

/// Parameter Object.
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) location: ParameterLocation,
    pub(crate) required: bool,
    /// Type that its text is parsed as.
    pub(crate) value_type: ParameterType,
    pub(crate) validator: Validator,
}

/// Part of a request that a parameter or a violation is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterLocation {
    Path,
    Query,
    Header,
    Body,
}

/// Type of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterType {
    Text,
    Integer,
    Number,
    Boolean,
    /// Array of strings, separated by commas or given repeatedly.
    List,
    Json,
}

/// Request Body Object, with its only media type.
pub(crate) struct RequestBody {
    pub(crate) required: bool,
    pub(crate) media_type: String,
    pub(crate) schema: Value,
    pub(crate) validator: Validator,
}

/// Response Object, with its first example.
pub(crate) struct DocumentedResponse {
    pub(crate) status: u16,
    /// Empty if the response has no body.
    pub(crate) media_type: String,
    pub(crate) example: Value,
}

/// Rate limit from `x-rate-limit`: at most `requests` in any time of the length `per`.
#[derive(Debug, Clone)]
pub(crate) struct RateLimitRule {
    pub(crate) requests: usize,
    pub(crate) per: Duration,
    pub(crate) scope: RateLimitScope,
    /// `true` if the calls of all operations count together.
    pub(crate) shared: bool,
}

/// Value by which calls are counted.
#[derive(Debug, Clone)]
pub(crate) enum RateLimitScope {
    Credential,
    /// Parameter of the path, by name.
    Path(String),
    /// Field of the JSON body, by JSON pointer.
    Body(String),
}

impl Operation {
    /// Parses an operation.
    pub(super) fn parse(document: &Value, schemas: &Schemas, method: Method, operation: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let security = operation.get("security").or_else(|| document.get("security"));
        let own = operation.get("x-rate-limit").map(|rules| rate_limits(rules, false));
        let shared = document.get("x-rate-limit").map(|rules| rate_limits(rules, true));
        Self {
            id: text(&operation["operationId"]),
            method,
            authenticated: security.and_then(Value::as_array).is_some_and(|schemes| !schemes.is_empty()),
            parameters: list(&operation["parameters"]).map(|parameter| Parameter::parse(schemas, parameter)).collect(),
            body: operation.get("requestBody").map(|body| {
                let (media, content) = object(&body["content"]).next().expect("a media type");
                let validator = schemas.validator(&content["schema"]).expect("a schema of the bundle");
                let (media_type, schema) = (media.clone(), content["schema"].clone());
                RequestBody { required: body["required"] == true, media_type, schema, validator }
            }),
            responses: object(&operation["responses"])
                .flat_map(|(status, response)| documented_responses(status, response))
                .collect(),
            rate_limits: own.into_iter().chain(shared).flatten().collect(),
        }
    }

    /// Returns the documented response with this status, in the first of its media types.
    pub(crate) fn response(&self, status: u16) -> Option<&DocumentedResponse> {
        self.responses.iter().find(|response| response.status == status)
    }

    /// Returns the first documented response with a 2xx status.
    pub(crate) fn success(&self) -> Option<&DocumentedResponse> {
        self.responses.iter().find(|response| (200..300).contains(&response.status))
    }
}

impl Parameter {
    fn parse(schemas: &Schemas, parameter: &Value) -> Self {
        let json = parameter["content"].get("application/json");
        let schema = json.map_or(&parameter["schema"], |content| &content["schema"]);
        let resolved = schemas.resolve(schema);
        let location = match parameter["in"].as_str() {
            Some("path") => ParameterLocation::Path,
            Some("query") => ParameterLocation::Query,
            Some("header") => ParameterLocation::Header,
            other => panic!("a parameter of the bundle is in {other:?}"),
        };
        let value_type = match resolved["type"].as_str() {
            _ if json.is_some() => ParameterType::Json,
            Some("integer") => ParameterType::Integer,
            Some("number") => ParameterType::Number,
            Some("boolean") => ParameterType::Boolean,
            Some("array") => ParameterType::List,
            _ => ParameterType::Text,
        };
        Self {
            name: parameter["name"].as_str().expect("a name").to_owned(),
            location,
            required: parameter["required"] == true,
            value_type,
            validator: schemas.validator(schema).expect("a schema of the bundle"),
        }
    }
}

/// Parses the responses with one status, one for each media type.
fn documented_responses(status: &str, response: &Value) -> Vec<DocumentedResponse> {
    // A range or `default` has no status to answer with, and the bundles have none.
    let Ok(status) = status.parse() else { return Vec::new() };
    let bodies: Vec<DocumentedResponse> = object(&response["content"])
        .map(|(media, content)| {
            let example = object(&content["examples"]).next().map(|(_, example)| example["value"].clone());
            let media = if media == "*/*" { "text/plain" } else { media };
            DocumentedResponse { status, media_type: media.to_owned(), example: example.unwrap_or_default() }
        })
        .collect();
    if bodies.is_empty() {
        vec![DocumentedResponse { status, media_type: String::new(), example: Value::Null }]
    } else {
        bodies
    }
}

/// Parses the rate limits that are enforced. Limits by client address are left out, since all clients are on this machine.
fn rate_limits(rules: &Value, shared: bool) -> Vec<RateLimitRule> {
    list(rules)
        .filter(|rule| rule["scope"] != "address")
        .map(|rule| {
            let per = rule["per"].as_str().expect("a time");
            let (number, unit) = per.split_at(per.len() - 1);
            let seconds: u64 = number.parse().expect("a number");
            let scope = rule["scope"].as_str().expect("a scope");
            RateLimitRule {
                requests: usize::try_from(rule["requests"].as_u64().expect("a number")).expect("a small number"),
                per: Duration::from_secs(seconds * if unit == "m" { 60 } else { 1 }),
                scope: match scope.split_once(':') {
                    Some(("path", name)) => RateLimitScope::Path(name.to_owned()),
                    Some(("body", pointer)) => RateLimitScope::Body(pointer.to_owned()),
                    _ => RateLimitScope::Credential,
                },
                shared,
            }
        })
        .collect()
}

/// Returns the entries of a JSON object, or none.
pub(super) fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    value.as_object().unwrap_or(&NONE).iter()
}

/// Returns the items of a JSON array, or none.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
