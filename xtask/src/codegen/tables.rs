//! Generation of code beside progenitor's: operation table, events, open enums, ids, filters.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use heck::ToShoutySnakeCase;

use super::call_examples::Examples;
use super::features;
use super::ir::{
    EvidenceLevel, Filter, Ir, OpenEnum, Operation, PathId, RateLimitScope, ResponsePattern, Retry, State, WebhookKeys,
};
use super::refine::docs;

/// Generates the operation table of a crate, without the comment of the module.
pub fn operations(ir: &Ir) -> String {
    let mut text = String::from(
        "use ::api_runtime::{EvidenceLevel, Method, Operation, RateLimitRule, \
         RateLimitScope, ResponsePattern, RetryRule};\n",
    );
    let servers: Vec<String> = ir.servers.iter().map(|url| format!("{url:?}")).collect();
    let _ = write!(
        text,
        "\n/// Addresses of the API, in the order of the spec.\npub const SERVERS: [&str; {}] = [{}];\n",
        servers.len(),
        servers.join(", ")
    );
    let rejected: Vec<String> = ir.token_rejected.iter().map(pattern).collect();
    let _ = write!(
        text,
        "\n/// Answers by which the API refuses an access token, so that another one may help.\npub const TOKEN_REJECTED: \
         [ResponsePattern; {}] = [{}];\n",
        rejected.len(),
        rejected.join(", ")
    );
    for operation in &ir.operations {
        let _ = write!(text, "\n{}", row(operation));
    }
    text.push_str("\n/// Every operation, by tag.\npub static ALL: &[&Operation] = &[\n");
    for operation in &ir.operations {
        let _ = writeln!(text, "    &{},", operation.id.to_shouty_snake_case());
    }
    text.push_str("];\n");
    text
}

fn row(operation: &Operation) -> String {
    let limits: Vec<String> = operation
        .rate_limits
        .iter()
        .map(|limit| {
            let scope = match &limit.scope {
                RateLimitScope::Credential => "RateLimitScope::Credential".to_owned(),
                RateLimitScope::Address => "RateLimitScope::Address".to_owned(),
                RateLimitScope::Path(name) => format!("RateLimitScope::Path({name:?})"),
                RateLimitScope::Body(pointer) => format!("RateLimitScope::Body({pointer:?})"),
            };
            format!(
                "RateLimitRule {{ requests: {}, per_seconds: {}, scope: {scope} }}",
                limit.requests, limit.per_seconds
            )
        })
        .collect();
    let statuses: Vec<&str> = operation
        .responses
        .iter()
        .map(|response| response.status.as_str())
        .filter(|status| status.parse::<u16>().is_ok())
        .collect();
    let level = match operation.level() {
        Some(EvidenceLevel::Documented) => "Documented",
        Some(EvidenceLevel::Observed) => "Observed",
        Some(EvidenceLevel::Published) | None => "Published",
    };
    let retry = match operation.retry {
        Retry::ByIdempotency => "ByIdempotency",
        Retry::RateLimited => "RateLimited",
        Retry::ConnectErrorsOnly => "ConnectErrorsOnly",
    };
    format!(
        "/// `{id}`.\npub static {constant}: Operation = Operation {{\n    id: {id:?},\n    method: Method::{method},\n    \
         path: {path:?},\n    tag: {tag:?},\n    idempotent: {idempotent},\n    retry: RetryRule::{retry},\n    \
         rate_limits: &[{limits}],\n    authenticated: {authenticated},\n    deprecated: {deprecated},\n    \
         evidence: EvidenceLevel::{level},\n    statuses: &[{statuses}],\n    server: {server:?},\n    redirect: {redirect},\n    \
         result: {result:?},\n    cooldown: {cooldown},\n}};\n",
        id = operation.id,
        constant = operation.id.to_shouty_snake_case(),
        method = operation.method.to_uppercase(),
        path = operation.path,
        tag = operation.tag,
        idempotent = operation.idempotent,
        limits = limits.join(", "),
        authenticated = operation.authenticated,
        deprecated = operation.deprecated,
        statuses = statuses.join(", "),
        server = operation.server,
        redirect = operation.redirect,
        result = operation.result,
        cooldown = operation.cooldown.as_ref().map_or_else(|| "None".to_owned(), |p| format!("Some({})", pattern(p))),
    )
}

fn pattern(pattern: &ResponsePattern) -> String {
    let ResponsePattern { status, pointer, value } = pattern;
    format!("ResponsePattern {{ status: {status}, pointer: {pointer:?}, value: {value:?} }}")
}

/// Generates the event enum; `None` if there are no events.
pub fn events(ir: &Ir, keys: &WebhookKeys, examples: &Examples) -> Option<String> {
    if ir.events.is_empty() {
        return None;
    }
    let mut text = format!(
        "//! What the vendor delivers to a webhook.\n\npub use ::api_runtime::{{InvalidEvent, UnknownEvent}};\n\nuse crate::types;\n\n::api_runtime::webhook_events! {{\n    /// \
         What the vendor delivers to a webhook.\n    pub enum Event by {:?} {{\n",
        keys.name
    );
    for event in &ir.events {
        let name = &event.name;
        let variant = &event.variant;
        let body = event.body.component().unwrap_or("()");
        let _ = writeln!(
            text,
            "        /// `{}`: {}\n{}        {variant}(types::{body}) = {name:?},",
            in_code(name),
            sentence(&event.summary),
            docs::comment_lines("        ", &examples.of_event(name))
        );
    }
    text.push_str("    }\n}\n");
    if let Some(id) = &keys.id {
        text.push_str(&event_id(ir, id));
    }
    Some(text)
}

/// Generates the accessor of an event's id, for each variant that has one.
fn event_id(ir: &Ir, key: &str) -> String {
    let mut text = "\nimpl Event {\n    /// Id of the event, by which a second delivery is known, if it has one.\n    \
                    pub fn id(&self) -> Option<&str> {\n        match self {\n"
        .to_owned();
    for event in &ir.events {
        let body = event.body.component().unwrap_or_default();
        let schema = &ir.document["components"]["schemas"][body];
        let field = ir.fields.iter().find(|((ty, name), field)| ty == body && !name.is_empty() && field.wire == key);
        let value = match field {
            Some(((_, name), field))
                if schema["properties"][name]["type"] == "string"
                    && schema["properties"][name].get("format").is_none() =>
            {
                let required =
                    schema["required"].as_array().is_some_and(|required| required.contains(&name.as_str().into()));
                if required {
                    format!("Some(event.{}.as_str())", field.rust)
                } else {
                    format!("event.{}.as_deref()", field.rust)
                }
            }
            _ => "None".to_owned(),
        };
        let pattern = if value == "None" { "_" } else { "event" };
        let _ = writeln!(text, "            Self::{}({pattern}) => {value},", event.variant);
    }
    let _ = write!(
        text,
        "            Self::Unknown(event) => event.body().get({key:?}).and_then(::serde_json::Value::as_str),\n        }}\n    }}\n}}\n"
    );
    text
}

fn sentence(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let first = text.lines().next().unwrap_or_default();
    if first.is_empty() { "the vendor does not describe it.".to_owned() } else { format!("{first}.") }
}

/// Generates the open enums.
pub fn enums(enums: &[OpenEnum]) -> String {
    let mut text = String::from("//! Strings with known values, open for others.\n");
    for OpenEnum { name, description, variants, states, tags } in enums {
        let (condition, doc) = (features::line(tags), gated_doc(description, name, tags));
        let _ = write!(text, "\n{condition}::api_runtime::open_enum! {{\n{doc}    pub enum {name} {{\n");
        for (variant, value) in variants {
            let shown = if value.is_empty() { "The empty text.".to_owned() } else { format!("`{}`", in_code(value)) };
            let _ = writeln!(text, "        /// {shown}\n        {variant} = {value:?},");
        }
        text.push_str("    }\n}\n");
        if !states.is_empty() {
            let methods: Vec<String> = states.iter().map(|state| predicate(state, variants)).collect();
            let _ = write!(text, "\n{condition}impl {name} {{\n{}}}\n", methods.join("\n"));
        }
    }
    text
}

/// Generates the method that says whether a value of an enum means a state.
fn predicate(state: &State, variants: &[(String, String)]) -> String {
    let values: Vec<String> = state.values.iter().map(|value| format!("`{}`", in_code(value))).collect();
    let meant = variants.iter().filter(|(_, value)| state.values.contains(value));
    let patterns: Vec<String> = meant.map(|(variant, _)| format!("Self::{variant}")).collect();
    let listed = match values.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => values.join(", "),
    };
    format!(
        "{}    pub fn is_{}(&self) -> bool {{\n        matches!(self, {})\n    }}\n",
        docs::comment(
            "    ",
            &format!("Returns `true` for {listed}; `false` for a value that the spec does not list.")
        ),
        state.name,
        patterns.join(" | ")
    )
}

/// Generates the id types.
pub fn ids(ids: &[PathId]) -> String {
    let mut text = String::from("//! Ids that stand in a path.\n");
    for PathId { name, description, shown } in ids {
        let debug = if *shown { ": Debug" } else { "" };
        let _ = write!(
            text,
            "\n::api_runtime::path_id! {{\n{}    pub struct {name}{debug};\n}}\n",
            doc("    ", description, name)
        );
    }
    text
}

/// Generates the filters; `None` if there are none.
pub fn filters(filters: &[Filter]) -> Option<String> {
    if filters.is_empty() {
        return None;
    }
    let mut text = String::from("//! What lists are filtered by.\n");
    for Filter { name, description, fields, tags } in filters {
        let (condition, about) = (features::line(tags), gated_doc(description, name, tags));
        let _ = write!(text, "\n{condition}::api_runtime::json_filter! {{\n{about}    pub struct {name} {{\n");
        for (field, wire, description) in fields {
            let _ = writeln!(text, "{}        {field} = {wire:?},", doc("        ", description, wire));
        }
        text.push_str("    }\n}\n");
    }
    Some(text)
}

fn gated_doc(description: &str, name: &str, tags: &BTreeSet<String>) -> String {
    let text = if description.trim().is_empty() { name } else { description };
    docs::comment("    ", &format!("{text}\n\n{}", features::sentence(tags)))
}

fn doc(indent: &str, description: &str, name: &str) -> String {
    let text = if description.trim().is_empty() { name } else { description };
    docs::comment(indent, text)
}

/// Escapes a value for a code span of a comment.
fn in_code(value: &str) -> String {
    value.chars().filter(|c| docs::is_visible(*c)).map(|c| if c == '`' { '\'' } else { c }).collect()
}
