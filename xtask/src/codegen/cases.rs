//! Conformance table: a call of every operation, and every body.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::ir::{Body, BodyKind, Ir, Operation, Parameter, ParameterStyle, Success};
use super::refine::{Argument, Refined, Signature, Source};

/// Generates the table of one API.
pub fn cases(name: &str, bundle: &Path, ir: &Ir, refined: &Refined) -> String {
    let mut calls = String::new();
    let mut bodies = String::new();
    for operation in &ir.operations {
        let signature = refined.signatures.get(&operation.id);
        if let Some(signature) = signature {
            call_cases(operation, signature, &mut calls);
        }
        body_cases(operation, signature, &mut bodies);
    }
    for event in &ir.events {
        let recode = format!("recode_event::<types::{}>", event.body.component().unwrap_or("()"));
        body_case(&event.name, "POST", "", "Kind::Event", "None", &recode, Some(&event.body), &mut bodies);
    }
    let types = ir.types.iter().filter_map(|(name, used)| Some((name, used.pointer.clone()?)));
    let filters = ir.filters.iter().map(|filter| (&filter.name, format!("/components/schemas/{}", filter.name)));
    let schemas: String = types
        .chain(filters)
        .map(|(name, pointer)| {
            format!("    SchemaCase {{ name: {name:?}, pointer: {pointer:?}, schema: schema::<types::{name}> }},\n")
        })
        .collect();
    format!(
        "//! Every call and every body of the API.\n\nuse conformance::case::{{ApiCases, BodyCase, CallCase, Example, Kind, SchemaCase}};\n\
         use conformance::case::{{decode, file, recode, recode_error, recode_event, recode_raw, recode_text, schema}};\n\
         use {name}::{{ApiError, Client, types}};\n\n\
         /// Every operation and every body of the API.\n\
         pub static CASES: ApiCases<Client> = ApiCases {{\n    bundle: {bundle:?},\n    calls: CALLS,\n    bodies: BODIES,\n    \
         schemas: SCHEMAS,\n}};\n\n\
         static CALLS: &[CallCase<Client>] = &[\n{calls}];\n\nstatic BODIES: &[BodyCase] = &[\n{bodies}];\n\n\
         static SCHEMAS: &[SchemaCase] = &[\n{schemas}];\n",
        bundle = bundle.display().to_string(),
    )
}

/// Generates a call for each example of the body with all parameters, and one with the required parameters only.
fn call_cases(operation: &Operation, signature: &Signature, text: &mut String) {
    let optional = signature.arguments.iter().any(|argument| argument.optional);
    let coded = operation.body.as_ref().filter(|body| matches!(body.kind, BodyKind::Json | BodyKind::UrlEncoded));
    let bodies = coded.map(|body| body.examples.as_slice()).unwrap_or_default();
    let first = bodies.first();
    match first {
        None => call_case(operation, signature, "every_parameter", None, true, text),
        Some(_) => {
            for example in bodies {
                call_case(operation, signature, &example.name, Some(&example.pointer), true, text);
            }
        }
    }
    if optional {
        call_case(operation, signature, "required_parameters", first.map(|e| e.pointer.as_str()), false, text);
    }
}

fn call_case(
    operation: &Operation,
    signature: &Signature,
    name: &str,
    body: Option<&str>,
    all: bool,
    text: &mut String,
) {
    let mut setters = String::new();
    let mut decoded = String::new();
    for argument in &signature.arguments {
        let parameter = match &argument.source {
            Source::Parameter(rust) => operation.parameters.iter().find(|parameter| parameter.rust == *rust),
            Source::Part(_) | Source::Body => None,
        };
        match parameter {
            None if matches!(argument.source, Source::Part(_)) => {
                let part = operation.parts().find(|part| part.rust == argument.ident);
                let example = part.map(|part| part.example.as_str()).unwrap_or_default();
                let value = match argument.ty.as_str() {
                    "FilePart" => format!("&file({example:?})"),
                    "str" => format!("{example:?}"),
                    ty => format!("&{ty}::from({example:?})"),
                };
                let _ = write!(setters, ".{}({value})", argument.ident);
            }
            None if argument.optional && !all => {}
            None if argument.ty == "Bytes" => setters.push_str(".body(&b\"example\"[..])"),
            // A body that has no example can't be shown.
            None if body.is_none() && argument.optional => {}
            None => {
                let _ = write!(decoded, "let body: {} = decode(body)?;\n            ", argument.ty);
                setters.push_str(".body(&body)");
            }
            Some(_) if argument.optional && !all => {}
            Some(parameter) => {
                let _ = write!(setters, ".{}({})", argument.ident, literal(argument, parameter));
            }
        }
    }
    let success = operation.success_response();
    let answer = success.map_or("None".to_owned(), |response| {
        let status = status_of(&response.status);
        let example = response.body.as_ref().and_then(|body| Some((body.media.as_str(), body.examples.first()?)));
        match example {
            Some((media, example)) => format!("Some(({status}, {media:?}, {:?}))", example.pointer),
            None => format!("Some(({status}, \"\", \"\"))"),
        }
    });
    let body_argument = if decoded.is_empty() { "_" } else { "body" };
    let _ = write!(
        text,
        "    CallCase {{\n        operation: {:?},\n        name: {name:?},\n        body: {body:?},\n        answer: {answer},\n        \
         send: |client, {body_argument}| Box::pin(async move {{\n            {decoded}let answer = client.{}(){setters}.send().await?;\n            \
         Ok(answer.headers().clone())\n        }}),\n    }},\n",
        operation.id, operation.id,
    );
}

/// Returns the example of a parameter as the argument of its setter.
fn literal(argument: &Argument, parameter: &Parameter) -> String {
    let fallback = Value::from("example");
    let example = parameter.example.as_ref().unwrap_or(&fallback);
    if parameter.style.is_object() || parameter.style == ParameterStyle::Json {
        return format!("&decode::<{}>(&serde_json::json!({example}))?", argument.ty);
    }
    match argument.ty.strip_prefix("Vec<").and_then(|rest| rest.strip_suffix('>')) {
        Some(item) => {
            let one = std::slice::from_ref(example);
            let values = example.as_array().map_or(one, Vec::as_slice);
            let values: Vec<String> = values.iter().map(|value| owned(item, value)).collect();
            format!("&vec![{}]", values.join(", "))
        }
        None if argument.ty == "str" => format!("{:?}", plain(example)),
        None => {
            let value = owned(&argument.ty, example);
            if argument.by_reference { format!("&{value}") } else { value }
        }
    }
}

/// Returns a concrete status for a response: its own, or the first of its range.
fn status_of(status: &str) -> u16 {
    match status.parse() {
        Ok(status) => status,
        Err(_) if status.starts_with('3') => 302,
        Err(_) => 200,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn owned(ty: &str, value: &Value) -> String {
    let text = plain(value);
    match ty {
        "String" => format!("{text:?}.to_owned()"),
        "f64" | "f32" => format!("{:?}{ty}", value.as_f64().unwrap_or(1.5)),
        "bool" => value.as_bool().unwrap_or(true).to_string(),
        "i64" | "i32" | "u64" | "u32" => {
            value.as_i64().map_or_else(|| value.as_u64().unwrap_or(1).to_string(), |n| n.to_string())
        }
        "Sort" | "Timestamp" | "Secret" => format!("api_runtime::{ty}::from({text:?})"),
        "Base64" => format!("api_runtime::Base64::from_encoded({text:?})"),
        ty => format!("{ty}::try_from({text:?})?"),
    }
}

fn body_cases(operation: &Operation, signature: Option<&Signature>, text: &mut String) {
    let (method, path) = (operation.method.to_uppercase(), operation.path.as_str());
    let mut case = |kind: &str, status: &str, recode: &str, body: Option<&Body>| {
        body_case(&operation.id, &method, path, kind, status, recode, body, text);
    };
    if let Some(body) = operation.body.as_ref().filter(|body| body.kind == BodyKind::Json) {
        let ty = signature.and_then(|s| s.arguments.iter().find(|a| a.source == Source::Body)).map(|a| a.ty.as_str());
        case("Kind::Request", "None", &format!("recode::<{}>", ty.unwrap_or("()")), Some(body));
    }
    for response in &operation.responses {
        // A range has no status of its own.
        let Ok(number) = response.status.parse::<u16>() else { continue };
        let status = format!("Some({number})");
        let recode = match (&response.body, signature) {
            _ if !response.is_success => "recode_error::<ApiError>".to_owned(),
            (None, _) | (_, None) => continue,
            (Some(_), Some(signature)) => match operation.success {
                Success::Json | Success::JsonOrEmpty => format!("recode::<{}>", signature.success),
                Success::Text => "recode_text".to_owned(),
                Success::Raw => "recode_raw".to_owned(),
                Success::Empty => continue,
            },
        };
        case("Kind::Response", &status, &recode, response.body.as_ref());
    }
}

#[allow(clippy::too_many_arguments, reason = "one per column of the table")]
fn body_case(
    operation: &str,
    method: &str,
    path: &str,
    kind: &str,
    status: &str,
    recode: &str,
    body: Option<&Body>,
    text: &mut String,
) {
    let examples: String = body
        .into_iter()
        .flat_map(|body| &body.examples)
        .map(|e| format!("            Example {{ name: {:?}, pointer: {:?} }},\n", e.name, e.pointer))
        .collect();
    let examples = if examples.is_empty() { "&[]".to_owned() } else { format!("&[\n{examples}        ]") };
    let media = body.map_or("", |body| body.media.as_str());
    let _ = write!(
        text,
        "    BodyCase {{\n        operation: {operation:?},\n        method: {method:?},\n        path: {path:?},\n        \
         kind: {kind},\n        status: {status},\n        media: {media:?},\n        recode: {recode},\n        \
         examples: {examples},\n    }},\n",
    );
}
