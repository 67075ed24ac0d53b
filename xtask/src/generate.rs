//! Stage 6: the generator itself.

use std::panic::{self, AssertUnwindSafe};

use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor_impl::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TypeImpl};
use schemars08::schema::{InstanceType, SchemaObject};
use serde_json::{Value, json};

use crate::document::operations;
use crate::lower::API_ERROR;
use crate::model::Lowered;
use crate::problem::{Problem, Result};

/// The formats that have a type in the runtime.
const CONVERSIONS: [(&str, &str); 4] = [
    ("sort", "::api_runtime::Sort"),
    ("password", "::api_runtime::Secret"),
    ("byte", "::api_runtime::Base64"),
    ("date-time", "::api_runtime::Timestamp"),
];

/// Runs the generator.
pub fn generate(lowered: &Lowered) -> Result<TokenStream> {
    let settings = settings(lowered);
    match run(&settings, &lowered.document) {
        Ok(tokens) => Ok(tokens),
        Err(message) => Err(culprit(&settings, &lowered.document)
            .unwrap_or_else(|| Problem::new(format!("the generator failed: {message}")))),
    }
}

fn settings(lowered: &Lowered) -> GenerationSettings {
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote::quote!(crate::Transport))
        .with_map_type("::std::collections::BTreeMap")
        .with_replacement(API_ERROR, "crate::ApiError", std::iter::empty());
    let strings = lowered
        .enums
        .iter()
        .map(|e| &e.name)
        .chain(lowered.ids.iter().map(|id| &id.name))
        .chain(lowered.filters.iter().map(|f| &f.name));
    for name in strings {
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

/// The generator panics on some documents, so a panic is an error like any other.
fn run(settings: &GenerationSettings, document: &Value) -> std::result::Result<TokenStream, String> {
    let spec: OpenAPI = serde_json::from_value(document.clone()).map_err(|e| e.to_string())?;
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| Generator::new(settings).generate_tokens(&spec)));
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

/// Finds the operation that the generator fails on by running it on each one alone.
fn culprit(settings: &GenerationSettings, document: &Value) -> Option<Problem> {
    operations(document).find_map(|(pointer, path, method, operation)| {
        let mut alone = document.clone();
        alone["paths"] = json!({path: {method: operation}});
        let message = run(settings, &alone).err()?;
        let id = operation["operationId"].as_str().unwrap_or_default();
        Some(Problem::at(pointer, format!("the generator failed on operation `{id}`: {message}")))
    })
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
        let lowered = Lowered { document, ..Lowered::default() };
        let problem = generate(&lowered).expect_err("the generator panics").to_string();
        assert!(
            problem.starts_with("at /paths/~1two/get: the generator failed on operation `two`: ")
                && problem.contains("response_types.len() <= 1"),
            "{problem}"
        );
    }
}
