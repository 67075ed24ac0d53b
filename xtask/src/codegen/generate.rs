//! Stage 6: runs progenitor in a child process, so that an abort, stack overflow or endless loop is an error like any
//! other.

use std::collections::BTreeSet;
use std::env;
use std::io::{Read as _, Write as _};
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor_impl::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TypeImpl};
use schemars08::schema::{InstanceType, SchemaObject};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use wait_timeout::ChildExt as _;

use super::ir::Ir;
use super::lower::API_ERROR;
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{REF, object, operations, references};

/// String formats with a type in the runtime.
const CONVERSIONS: [(&str, &str); 4] = [
    ("sort", "::api_runtime::Sort"),
    ("password", "::api_runtime::Secret"),
    ("byte", "::api_runtime::Base64"),
    ("date-time", "::api_runtime::Timestamp"),
];
/// Environment variable with another program to run as the generator.
const PROGRAM: &str = "XTASK_GENERATOR";
/// Timeout of the generator: a base, and more for each operation.
const TIMEOUT: Duration = Duration::from_secs(20);
const TIMEOUT_PER_OPERATION: Duration = Duration::from_millis(100);

/// Input of the generator: a document, and the types that are written elsewhere.
#[derive(Serialize, Deserialize)]
struct Request {
    document: Value,
    replacements: Vec<String>,
}

/// Generates the code of the document.
///
/// # Errors
///
/// `Diagnostic` at the first operation or schema on which the generator fails.
pub fn generate(ir: &Ir) -> Result<TokenStream> {
    let replacements = ir
        .enums
        .iter()
        .map(|e| e.name.clone())
        .chain(ir.ids.iter().map(|id| id.name.clone()))
        .chain(ir.filters.iter().map(|f| f.name.clone()))
        .collect();
    let request = Request { document: ir.document.clone(), replacements };
    match run_in_child(&request) {
        Ok(tokens) => Ok(tokens),
        Err(message) => Err(find_failing_input(&request, ir).unwrap_or_else(|| {
            Diagnostic::at("", format!("the generator failed: {message}; leave out operations until it does not"))
        })),
    }
}

/// Runs the generator in a child process; tests run it in their own.
fn run_in_child(request: &Request) -> std::result::Result<TokenStream, String> {
    let program = match env::var_os(PROGRAM) {
        Some(program) => PathBuf::from(program),
        None if cfg!(test) => return run(request),
        None => env::current_exe().map_err(|error| format!("it can't be started: {error}"))?,
    };
    let failed = |error: std::io::Error| format!("it can't be started: {error}");
    let mut child = Command::new(program)
        .arg("generator")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let input = serde_json::to_vec(request).map_err(|error| error.to_string())?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    // If the child ends early, the pipe is closed; its exit status is reported instead.
    let writer = thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
    let reader = thread::spawn(move || {
        let mut text = String::new();
        stdout.map(|mut stdout| stdout.read_to_string(&mut text).map(|_| text)).transpose().ok().flatten()
    });
    let errors = thread::spawn(move || {
        let mut text = String::new();
        stderr.map(|mut stderr| stderr.read_to_string(&mut text).map(|_| text)).transpose().ok().flatten()
    });
    let count = u32::try_from(operations(&request.document).count()).unwrap_or(u32::MAX);
    let limit = TIMEOUT + TIMEOUT_PER_OPERATION.saturating_mul(count);
    let status = match child.wait_timeout(limit).map_err(failed)? {
        Some(status) => status,
        None => {
            child.kill().and_then(|()| child.wait()).map_err(failed)?;
            return Err(format!("it did not end within {} s", limit.as_secs()));
        }
    };
    let _ = writer.join();
    let text = reader.join().ok().flatten().unwrap_or_default();
    let errors = errors.join().ok().flatten().unwrap_or_default();
    if status.success() {
        text.parse().map_err(|error| format!("it wrote what is no Rust: {error}"))
    } else if status.code() == Some(FAILED) {
        Err(errors.trim().to_owned())
    } else {
        let last = errors.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
        Err(format!("it was aborted ({status}): {}", last.trim()))
    }
}

/// Exit code of a generator that printed the reason of its failure.
const FAILED: i32 = 3;

/// Runs the generator on the request on standard input: the entry point of the child process.
pub fn serve() -> ExitCode {
    let mut text = String::new();
    let request = std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| error.to_string())
        .and_then(|_| serde_json::from_str::<Request>(&text).map_err(|error| error.to_string()));
    match request.and_then(|request| run(&request)) {
        Ok(tokens) => match std::io::stdout().write_all(tokens.to_string().as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(FAILED as u8)
        }
    }
}

fn settings(replacements: &[String]) -> GenerationSettings {
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote::quote!(crate::Pipeline))
        .with_map_type("::std::collections::BTreeMap")
        .with_replacement(API_ERROR, "crate::ApiError", std::iter::empty());
    for name in replacements {
        let path = format!("crate::types::{name}");
        settings.with_replacement(name, path, std::iter::once(TypeImpl::Display));
    }
    for (format, path) in CONVERSIONS {
        let schema = SchemaObject {
            instance_type: Some(InstanceType::String.into()),
            format: Some(format.into()),
            ..SchemaObject::default()
        };
        settings.with_conversion(schema, path, std::iter::empty());
    }
    settings
}

/// Runs the generator, which panics on some documents, and turns a panic into an error.
fn run(request: &Request) -> std::result::Result<TokenStream, String> {
    let settings = settings(&request.replacements);
    let spec: OpenAPI = serde_json::from_value(request.document.clone()).map_err(|e| e.to_string())?;
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| Generator::new(&settings).generate_tokens(&spec)));
    panic::set_hook(hook);
    match outcome {
        Ok(Ok(tokens)) => Ok(tokens),
        Ok(Err(error)) => Err(error.to_string()),
        Err(payload) => Err(payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("panic without a message")
            .to_owned()),
    }
}

/// Finds the first operation on which the generator fails with the components it references, and among these the
/// smallest that fails alone.
fn find_failing_input(request: &Request, ir: &Ir) -> Option<Diagnostic> {
    let document = &request.document;
    let pointer_of = |id: &str| ir.operations.iter().find(|o| o.id == id).map(|o| o.pointer.clone());
    operations(document).find_map(|(pointer, path, method, operation)| {
        let reached = reached(document, operation);
        let message = run_in_child(&restricted_to(request, json!({path: {method: operation}}), &reached)).err()?;
        let id = operation["operationId"].as_str().unwrap_or_default();
        let mut components: Vec<(usize, &String)> = reached
            .iter()
            .map(|name| (self::reached(document, &document["components"]["schemas"][name]).len(), name))
            .collect();
        components.sort();
        for (_, name) in components {
            let Some(location) = ir.types.get(name).and_then(|used| used.pointer.clone()) else { continue };
            let answer = json!({"/component": {"get": {"operationId": "component", "responses": {"200": {"description": "",
                "content": {"application/json": {"schema": {"$ref": format!("{REF}{name}")}}}}}}}});
            let mut inside = self::reached(document, &document["components"]["schemas"][name]);
            inside.insert(name.clone());
            if let Err(message) = run_in_child(&restricted_to(request, answer, &inside)) {
                let message = format!(
                    "the generator failed on the schema, which operation `{id}` uses: {message}; write it otherwise in the \
                     overlay, or remove the operation there"
                );
                return Some(Diagnostic::at(location, message));
            }
        }
        let message = format!(
            "the generator failed on operation `{id}`: {message}; write it otherwise in the overlay, or remove it there"
        );
        Some(Diagnostic::at(pointer_of(id).unwrap_or(pointer), message))
    })
}

fn restricted_to(request: &Request, paths: Value, components: &BTreeSet<String>) -> Request {
    let all = object(&request.document["components"], "schemas");
    let kept: Map<String, Value> = all
        .filter(|(name, _)| components.contains(*name) || *name == API_ERROR)
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect();
    let document = json!({"openapi": request.document["openapi"], "info": request.document["info"], "paths": paths,
        "components": {"schemas": kept}});
    Request { document, replacements: request.replacements.clone() }
}

/// Returns the components that can be reached from a part of the document.
fn reached(document: &Value, part: &Value) -> BTreeSet<String> {
    references(document, part)
        .into_iter()
        .filter_map(|target| target.strip_prefix(REF))
        .map(ToOwned::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_generator_names_the_operation() {
        let success = |schema: Value| json!({"description": "", "content": {"application/json": {"schema": schema}}});
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "paths": {
                "/fine": {"get": {"operationId": "fine", "responses": {"200": success(json!({"type": "string"}))}}},
                // Two types of success: the generator asserts that there is one.
                "/two": {"get": {"operationId": "two", "responses": {
                    "200": success(json!({"type": "string"})), "201": success(json!({"type": "integer"}))}}},
            },
        });
        let ir = Ir { document, ..Ir::default() };
        let diagnostic = generate(&ir).expect_err("the generator panics").to_string();
        assert!(
            diagnostic.starts_with("at /paths/~1two/get: the generator failed on operation `two`: ")
                && diagnostic.contains("response_types.len() <= 1"),
            "{diagnostic}"
        );
    }
}
