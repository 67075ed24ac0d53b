//! The table by which the conformance package calls every operation and reads every body.

use std::fmt::Write as _;

use heck::ToSnakeCase;
use serde_json::Value;

use crate::api::Api;
use crate::model::{Body, Lowered, Operation, Parameter, Success};
use crate::refine::{Argument, Refined, Signature};

/// Writes the table of one API.
pub fn cases(api: Api, lowered: &Lowered, refined: &Refined) -> String {
    let name = api.crate_name();
    let mut calls = String::new();
    let mut bodies = String::new();
    for operation in &lowered.operations {
        let signature = refined.signatures.get(&operation.id);
        if let Some(signature) = signature {
            call_cases(operation, signature, &mut calls);
        }
        body_cases(operation, signature, &mut bodies);
    }
    for event in &lowered.events {
        let recode = format!("recode_event::<types::{}>", event.body.component.as_deref().unwrap_or("()"));
        body_case(&event.name, "POST", "", "Kind::Event", "None", &recode, Some(&event.body), &mut bodies);
    }
    let types = lowered.types.iter().filter_map(|(name, used)| Some((name, used.pointer.clone()?)));
    let filters = lowered.filters.iter().map(|filter| (&filter.name, format!("/components/schemas/{}", filter.name)));
    let schemas: String = types
        .chain(filters)
        .map(|(name, pointer)| {
            format!("    SchemaCase {{ name: {name:?}, pointer: {pointer:?}, schema: schema::<types::{name}> }},\n")
        })
        .collect();
    format!(
        "//! Every call and every body of the API.\n\nuse conformance::case::{{ApiCases, BodyCase, CallCase, Example, Kind, SchemaCase}};\n\
         use conformance::case::{{decode, file, recode, recode_error, recode_event, recode_raw, recode_text, schema}};\n\
         use {name}::{{ApiError, Client, Sort, types}};\n\n\
         /// Every operation and every body of the API.\n\
         pub static CASES: ApiCases<Client> = ApiCases {{\n    bundle: {bundle:?},\n    calls: CALLS,\n    bodies: BODIES,\n    \
         schemas: SCHEMAS,\n}};\n\n\
         static CALLS: &[CallCase<Client>] = &[\n{calls}];\n\nstatic BODIES: &[BodyCase] = &[\n{bodies}];\n\n\
         static SCHEMAS: &[SchemaCase] = &[\n{schemas}];\n",
        bundle = api.bundle().display().to_string(),
    )
}

/// One call for each example of the body, with every parameter; and one with the required parameters only.
fn call_cases(operation: &Operation, signature: &Signature, text: &mut String) {
    let optional = signature.arguments.iter().any(|argument| argument.optional);
    let json = operation.body.as_ref().filter(|_| operation.generated());
    let bodies = json.map(|body| body.examples.as_slice()).unwrap_or_default();
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
        let parameter = operation.parameters.iter().find(|p| Some(&p.name) == argument.parameter.as_ref());
        match parameter {
            None if argument.part => {
                let part = operation.parts().find(|part| part.name.to_snake_case() == argument.ident);
                let example = part.map(|part| part.example.as_str()).unwrap_or_default();
                let value = match argument.ty.as_str() {
                    "FilePart" => format!("&file({example:?})"),
                    "str" => format!("{example:?}"),
                    ty => format!("&{ty}::from({example:?})"),
                };
                let _ = write!(setters, ".{}({value})", argument.ident);
            }
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
        let example = response.body.as_ref().and_then(|body| Some((body.media.as_str(), body.examples.first()?)));
        match example {
            Some((media, example)) => format!("Some(({}, {media:?}, {:?}))", response.status, example.pointer),
            None => format!("Some(({}, \"\", \"\"))", response.status),
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

fn literal(argument: &Argument, parameter: &Parameter) -> String {
    let example = &parameter.example;
    let plain = match example {
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    match argument.ty.as_str() {
        "str" => plain,
        "Vec<String>" => {
            let values: Vec<String> =
                example.as_array().into_iter().flatten().map(|value| format!("{value}.to_owned()")).collect();
            format!("&vec![{}]", values.join(", "))
        }
        "f64" => format!("{plain}f64"),
        "Sort" => format!("&Sort::from({plain})"),
        ty if parameter.json => format!("&decode::<{ty}>(&serde_json::json!({plain}))?"),
        ty if ty.starts_with("types::") => format!("&{ty}::try_from({plain})?"),
        _ => plain,
    }
}

fn body_cases(operation: &Operation, signature: Option<&Signature>, text: &mut String) {
    let (method, path) = (operation.method.to_uppercase(), operation.path.as_str());
    let mut case = |kind: &str, status: &str, recode: &str, body: Option<&Body>| {
        body_case(&operation.id, &method, path, kind, status, recode, body, text);
    };
    if let Some(body) = operation.body.as_ref().filter(|body| body.media == "application/json") {
        let ty = signature.and_then(|s| s.arguments.iter().find(|a| a.parameter.is_none())).map(|a| a.ty.as_str());
        case("Kind::Request", "None", &format!("recode::<{}>", ty.unwrap_or("()")), Some(body));
    }
    for response in &operation.responses {
        let status = format!("Some({})", response.status);
        let recode = match (&response.body, signature) {
            _ if !response.status.starts_with('2') => "recode_error::<ApiError>".to_owned(),
            (None, _) => continue,
            (Some(body), None) => format!("recode::<types::{}>", body.component.as_deref().unwrap_or("()")),
            (Some(_), Some(signature)) => match operation.success {
                Success::Json => format!("recode::<{}>", signature.success),
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
