//! Specification extensions (`x-` keys), which `specs/README.md` describes.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::exactly_one::{self, EXACTLY_ONE};
use crate::codegen::ir::{
    ErrorAccessor, ErrorExtra, ErrorForm, ErrorValue, Evidence, EvidenceLevel, PageStyle, Pagination, RateLimit,
    RateLimitScope, ResponsePattern, Retry, State, WebhookKeys,
};
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{join, operations, text};
use crate::spec::names::{camel, snake};
use crate::spec::visit::{NodeKind, walk};

/// Extension of the Dropshot server framework for an operation that becomes a WebSocket.
pub const WEBSOCKET: &str = "x-dropshot-websocket";
const SCHEMA: [&str; 7] =
    ["x-rust-name", "x-path-id", "x-accessor", "x-plan-limit", "x-debug", "x-states", EXACTLY_ONE];
const OPERATION: [&str; 9] = [
    "x-evidence",
    "x-idempotent",
    "x-retry",
    "x-result",
    "x-cooldown",
    "x-pagination",
    "x-published-id",
    "x-rate-limit",
    WEBSOCKET,
];
const ROOT: [&str; 5] = ["x-error", "x-rate-limit", "x-token-rejected", "x-webhook", "x-webhooks"];
const PARAMETER: [&str; 1] = ["x-client-default"];
const SERVER: [&str; 1] = ["x-rust-name"];
const SECURITY_SCHEME: [&str; 3] = ["x-allowed", "x-env", "x-rust-name"];
const EVIDENCE: [&str; 4] = ["source", "seen", "level", "disagrees"];
const EXAMPLE: [&str; 1] = ["x-made"];

/// Refuses unknown extensions, and known ones in the wrong object or with an invalid value.
pub fn check(document: &mut Value) -> Result<()> {
    let at_operation: HashSet<String> = operations(document).map(|(pointer, ..)| pointer).collect();
    walk(document, "", NodeKind::Object, &mut |value, pointer, kind| {
        let known: &[&str] = match kind {
            NodeKind::Schema => &SCHEMA,
            NodeKind::Object if pointer.is_empty() => &ROOT,
            NodeKind::Object if pointer.starts_with("/servers/") => &SERVER,
            NodeKind::Object if pointer.starts_with("/components/securitySchemes/") => &SECURITY_SCHEME,
            NodeKind::Object if pointer.contains("/examples/") => &EXAMPLE,
            NodeKind::Object if at_operation.contains(pointer) => &OPERATION,
            NodeKind::Object if pointer.rsplit('/').nth(1) == Some("parameters") => &PARAMETER,
            NodeKind::Object => &[],
            NodeKind::Map | NodeKind::SchemaMap | NodeKind::Data => return Ok(()),
        };
        let Some(map) = value.as_object() else { return Ok(()) };
        for (key, of_key) in map.iter().filter(|(key, _)| key.starts_with("x-")) {
            let at = join(pointer, key);
            if !known.contains(&key.as_str()) {
                return Err(Diagnostic::at(
                    at,
                    format!("unknown extension `{key}`; specs/README.md lists those that exist here"),
                ));
            }
            if key == EXACTLY_ONE {
                exactly_one::check(value, &at)?;
            }
            check_value(key, of_key, &at)?;
            // These two stand beside what they are about.
            match key.as_str() {
                "x-debug" if !may_be_shown(map) => {
                    return Err(Diagnostic::at(
                        at,
                        "`x-debug` is for numbers, ids, and texts that are neither secret nor personal; a text has no format",
                    ));
                }
                "x-states" if !map.contains_key("enum") => {
                    return Err(Diagnostic::at(at, "`x-states` stands in a schema with an `enum`"));
                }
                _ => {}
            }
        }
        Ok(())
    })
}

fn check_value(key: &str, value: &Value, at: &str) -> Result<()> {
    let fault = |expected: &str| Err(Diagnostic::at(at, format!("`{key}` must be {expected}")));
    match key {
        "x-path-id" | "x-idempotent" | "x-allowed" | "x-client-default" | "x-made" | "x-debug" if value != true => {
            fault("`true`, or be left out")
        }
        "x-retry" if value != "never" && value != "rate-limited" => fault("`never` or `rate-limited`, or be left out"),
        "x-result" if !value.as_str().is_some_and(|pointer| pointer.starts_with('/')) => {
            fault("the JSON pointer of a text in the success's body")
        }
        "x-published-id" if !value.is_string() => fault("the vendor's operationId"),
        "x-plan-limit" if value != "file_bytes" => fault("`file_bytes`, or be left out"),
        "x-accessor" if value.as_str().is_none_or(|name| snake(name) != name) => {
            fault("the name of a method, in snake case")
        }
        "x-rust-name" if at.starts_with("/servers/") && value.as_str().is_none_or(|name| camel(name) != name) => {
            fault("the name of a variant, in camel case")
        }
        "x-rust-name" if at.starts_with("/components/securitySchemes/") => {
            if value.as_str().is_some_and(|name| snake(name) == name) {
                Ok(())
            } else {
                fault("the name of a setter, in snake case")
            }
        }
        "x-rust-name" if !value.is_string() && !value["type"].is_string() => {
            fault("a name, or `{type, variants}` for an enum")
        }
        "x-env" if !value.as_str().is_some_and(is_variable) => {
            fault("the name of an environment variable, in upper case")
        }
        "x-pagination" => pagination(value, at).map(|_| ()),
        "x-error" => error_form(value, at).map(|_| ()),
        "x-webhook" => webhook_keys(value, at).map(|_| ()),
        "x-states" => states(value, at).map(|_| ()),
        "x-cooldown" => pattern(value, at).map(|_| ()),
        "x-evidence" => evidence(value, at).map(|_| ()),
        "x-token-rejected" if !value.is_array() => fault("a list of `{status: 401, pointer: /code, value: expired}`"),
        "x-rate-limit" => rate_limits(value, at).map(|_| ()),
        _ => Ok(()),
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// Reads `x-webhook`.
pub fn webhook_keys(value: &Value, at: &str) -> Result<WebhookKeys> {
    let known = value.as_object().into_iter().flatten();
    let mut known = known.map(|(key, value)| ["name", "id"].contains(&key.as_str()) && value.is_string());
    match text(value, "name").filter(|_| known.all(|known| known)) {
        Some(name) => Ok(WebhookKeys { name: name.to_owned(), id: text(value, "id").map(ToOwned::to_owned) }),
        None => Err(Diagnostic::at(
            at,
            "`x-webhook` must be `{name: event, id: id}`: the keys of an event's name and id; the id may be left out",
        )),
    }
}

/// Returns `true` if a schema is a number, or a text of a format that holds neither a secret nor an address.
fn may_be_shown(schema: &Map<String, Value>) -> bool {
    match schema.get("type").and_then(Value::as_str) {
        Some("integer" | "number") => true,
        Some("string") => schema.get("format").is_none_or(|format| format == "uuid" || format == "date"),
        _ => false,
    }
}

/// Reads `x-states`.
pub fn states(value: &Value, at: &str) -> Result<Vec<State>> {
    let fault = || {
        Diagnostic::at(
            at,
            "`x-states` must be `{signed: [signed, assinado]}`: a name in snake case for each state, and the values that mean it",
        )
    };
    let map = value.as_object().filter(|map| !map.is_empty()).ok_or_else(fault)?;
    map.iter()
        .map(|(name, values)| {
            let values = values.as_array().filter(|values| !values.is_empty()).ok_or_else(fault)?;
            let values = values.iter().map(|value| value.as_str().map(ToOwned::to_owned));
            let values = values.collect::<Option<Vec<_>>>().filter(|_| snake(name) == *name).ok_or_else(fault)?;
            Ok(State { name: name.clone(), values })
        })
        .collect()
}

/// Reads `x-error`.
pub fn error_form(value: &Value, at: &str) -> Result<ErrorForm> {
    let mut form = ErrorForm::default();
    for (key, value) in value.as_object().into_iter().flatten() {
        let at = join(at, key);
        let (name, kind) = match key.as_str() {
            "message" => ("message", ErrorValue::Text),
            "code" if value["type"] == "integer" => ("code", ErrorValue::Integer),
            "code" => ("code", ErrorValue::Text),
            "trace_id" => ("trace_id", ErrorValue::Text),
            "details" => ("details", ErrorValue::Any),
            "description" if value.is_string() => {
                form.description = value.as_str().unwrap_or_default().to_owned();
                continue;
            }
            "extras" => {
                form.extras = error_extras(value, &at)?;
                continue;
            }
            _ => {
                return Err(Diagnostic::at(
                    at,
                    "`x-error` has `message`, `code`, `trace_id`, `details`, `description` and `extras`",
                ));
            }
        };
        form.accessors.push(error_accessor(name, kind, value, &at)?);
    }
    if form == ErrorForm::default() {
        return Err(Diagnostic::at(
            at,
            "`x-error` must say where a text of an error body is, for example `{message: /detail}`",
        ));
    }
    Ok(form)
}

fn error_accessor(name: &'static str, kind: ErrorValue, value: &Value, at: &str) -> Result<ErrorAccessor> {
    let known = |map: &Map<String, Value>| {
        map.iter().all(|(key, value)| match key.as_str() {
            "at" => true,
            "type" => name == "code" && value == "integer",
            "description" => value.is_string(),
            _ => false,
        })
    };
    let places = match value {
        Value::Object(map) if known(map) => &value["at"],
        Value::Object(_) => &Value::Null,
        places => places,
    };
    let one = std::slice::from_ref(places);
    let pointers = places.as_array().map_or(one, Vec::as_slice).iter().map(|pointer| {
        let pointer = pointer.as_str().filter(|pointer| pointer.starts_with('/'));
        pointer.map(ToOwned::to_owned).ok_or_else(|| {
            Diagnostic::at(
                at,
                "a place of an error body is a JSON pointer, a list of them, or `{at, description}`; a code may have `type: integer`",
            )
        })
    });
    let pointers = pointers.collect::<Result<Vec<_>>>()?;
    Ok(ErrorAccessor { name, kind, pointers, description: text(value, "description").unwrap_or_default().to_owned() })
}

fn error_extras(value: &Value, at: &str) -> Result<Vec<ErrorExtra>> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .map(|name| match name.as_str() {
            Some("field_errors") => Ok(ErrorExtra::FieldErrors),
            Some("explain") => Ok(ErrorExtra::Explain),
            _ => Err(Diagnostic::at(at, "what is written by hand for an error body is `field_errors` or `explain`")),
        })
        .collect()
}

/// Reads `x-evidence`.
pub fn evidence(value: &Value, at: &str) -> Result<Vec<Evidence>> {
    let fault = || {
        Diagnostic::at(
            at,
            "`x-evidence` must be a list of `{source, seen, level}`, with a date like 2026-01-31 and maybe `disagrees`, a \
             sentence",
        )
    };
    let list = value.as_array().filter(|list| !list.is_empty()).ok_or_else(fault)?;
    list.iter()
        .map(|entry| {
            let map = entry.as_object().ok_or_else(fault)?;
            if map
                .iter()
                .any(|(key, value)| !EVIDENCE.contains(&key.as_str()) || value.as_str().is_none_or(str::is_empty))
            {
                return Err(fault());
            }
            let level = match text(entry, "level") {
                Some("published") => EvidenceLevel::Published,
                Some("documented") => EvidenceLevel::Documented,
                Some("observed") => EvidenceLevel::Observed,
                _ => {
                    return Err(Diagnostic::at(at, "the level of evidence is `published`, `documented` or `observed`"));
                }
            };
            let source = text(entry, "source").ok_or_else(fault)?.to_owned();
            let seen = text(entry, "seen").and_then(|seen| seen.parse().ok()).ok_or_else(fault)?;
            Ok(Evidence { source, seen, level, disagrees: text(entry, "disagrees").map(ToOwned::to_owned) })
        })
        .collect()
}

/// Reads `x-retry`; its value was checked before.
pub fn retry(operation: &Value) -> Retry {
    match text(operation, "x-retry") {
        None => Retry::ByIdempotency,
        Some("rate-limited") => Retry::RateLimited,
        Some(_) => Retry::ConnectErrorsOnly,
    }
}

/// Reads a response pattern: a status and, optionally, a string in the body.
pub fn pattern(value: &Value, at: &str) -> Result<ResponsePattern> {
    let fault = || {
        Diagnostic::at(
            at,
            "an answer is described as `{status: 429, pointer: /code, value: wait}`; the status may stand alone",
        )
    };
    let map = value.as_object().ok_or_else(fault)?;
    let known = map.iter().all(|(key, value)| match key.as_str() {
        "status" => value.as_u64().is_some_and(|status| (100..600).contains(&status)),
        "pointer" => value.as_str().is_some_and(|pointer| pointer.starts_with('/')),
        "value" => value.is_string() && map.contains_key("pointer"),
        _ => false,
    });
    let status = map.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let part = |key: &str| text(value, key).map(ToOwned::to_owned);
    match status {
        Some(status) if known => Ok(ResponsePattern { status, pointer: part("pointer"), value: part("value") }),
        _ => Err(fault()),
    }
}

/// Reads `x-token-rejected` of a document.
pub fn token_rejected(document: &Value) -> Result<Vec<ResponsePattern>> {
    let list = document.get("x-token-rejected").and_then(Value::as_array).into_iter().flatten().enumerate();
    list.map(|(index, value)| pattern(value, &format!("/x-token-rejected/{index}"))).collect()
}

/// Reads `x-pagination`.
pub fn pagination(value: &Value, at: &str) -> Result<Pagination> {
    let fault = |what: &str| Err(Diagnostic::at(at, format!("`x-pagination` {what}")));
    let (style, more, parameter) = match text(value, "style") {
        Some("offset") => (PageStyle::Offset, "total", Some("offset")),
        Some("page") => (PageStyle::Page, "next", Some("page")),
        Some("cursor") => (PageStyle::Cursor, "next", None),
        Some("link") => (PageStyle::Link, "next", None),
        _ => return fault("has a style: `offset`, `page`, `cursor` or `link`"),
    };
    let known = ["style", "items", "parameter", more];
    if let Some((key, _)) = object_of(value).find(|(key, value)| !known.contains(&key.as_str()) || !value.is_string()) {
        return fault(&format!("can't have this `{key}`; it has {known:?}, each a text"));
    }
    let pointer = |key: &str| text(value, key).filter(|pointer| pointer.is_empty() || pointer.starts_with('/'));
    let Some(items) = pointer("items") else { return fault("must say where the items are, as a JSON pointer") };
    let Some(parameter) = text(value, "parameter").or(parameter) else {
        return fault("must name the parameter that takes the cursor");
    };
    let found = pointer(more).map(ToOwned::to_owned);
    if found.is_none() && (parameter_is_text(style) || value.get(more).is_some()) {
        return fault(&format!("must say where `{more}` is, as a JSON pointer"));
    }
    Ok(Pagination { style, items: items.to_owned(), more: found, parameter: parameter.to_owned() })
}

fn parameter_is_text(style: PageStyle) -> bool {
    matches!(style, PageStyle::Cursor | PageStyle::Link)
}

fn object_of(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Reads `x-rate-limit`.
pub fn rate_limits(value: &Value, at: &str) -> Result<Vec<RateLimit>> {
    let fault = || {
        Diagnostic::at(
            at,
            "`x-rate-limit` must be a list of `{requests: 1, per: 5s, scope}` with a scope of `credential`, \
             `address`, `path:<parameter>` or `body:<JSON pointer>`",
        )
    };
    let list = value.as_array().ok_or_else(fault)?;
    list.iter()
        .map(|entry| {
            let requests = entry["requests"].as_u64().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
            let per = text(entry, "per").and_then(seconds).filter(|n| *n > 0);
            let scope = match text(entry, "scope").map(|scope| scope.split_once(':').unwrap_or((scope, ""))) {
                Some(("credential", "")) => RateLimitScope::Credential,
                Some(("address", "")) => RateLimitScope::Address,
                Some(("path", name)) if !name.is_empty() => RateLimitScope::Path(name.to_owned()),
                Some(("body", pointer)) if pointer.starts_with('/') => RateLimitScope::Body(pointer.to_owned()),
                _ => return Err(fault()),
            };
            match (requests, per) {
                (Some(requests), Some(per_seconds)) => Ok(RateLimit { requests, per_seconds, scope }),
                _ => Err(fault()),
            }
        })
        .collect()
}

fn seconds(text: &str) -> Option<u32> {
    let (number, unit) = text.split_at(text.len().checked_sub(1)?);
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    number.parse::<u32>().ok()?.checked_mul(factor)
}
