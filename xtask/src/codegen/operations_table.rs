//! The README's table of operations, between two comments.

use std::fmt::Write as _;

use super::ir::{EvidenceLevel as Level, Ir, Operation, RateLimitScope as Scope, Retry};
use crate::diagnostic::{Diagnostic, Result};
use crate::workspace::api::Api;

/// Puts the table of an API between its markers.
pub fn splice(readme: &str, api: Api, ir: &Ir) -> Result<String> {
    let start = format!("<!-- coverage: {} -->", api.name());
    let end = format!("<!-- end of coverage: {} -->", api.name());
    crate::workspace::splice::splice(readme, &start, &table(ir), &end)
        .ok_or_else(|| Diagnostic::new(format!("there is no place for the table: write `{start}` and `{end}`")))
}

/// The table itself, with what all operations have in common below it.
pub fn table(ir: &Ir) -> String {
    let mut text = String::from(
        "| operation | method and path | tag | known from | limit | sent again | tests |\n|---|---|---|---|---|---|---|\n",
    );
    for operation in &ir.operations {
        let _ = writeln!(
            text,
            "| `{}` | `{} {}` | {} | {} | {} | {} | {} bodies |",
            operation.id,
            operation.method.to_uppercase(),
            operation.path,
            operation.tag.replace('_', " "),
            known_from(operation),
            limits(operation, false),
            retries(operation),
            bodies(operation),
        );
    }
    let wide = ir.operations.first().map(|operation| limits(operation, true)).unwrap_or_default();
    if !wide.is_empty() {
        let _ = writeln!(text, "\nAll operations together: {wide}.");
    }
    if !ir.events.is_empty() {
        let names: Vec<String> = ir.events.iter().map(|event| format!("`{}`", event.name)).collect();
        let _ = writeln!(text, "\n{} events: {}.", names.len(), names.join(", "));
    }
    text
}

/// The best evidence, and the day of the newest.
fn known_from(operation: &Operation) -> String {
    let level = match operation.level() {
        Some(Level::Published) | None => "vendor's OpenAPI text",
        Some(Level::Documented) => "vendor's prose",
        Some(Level::Observed) => "clients",
    };
    operation.last_seen().map_or_else(|| level.to_owned(), |seen| format!("{level}, {seen}"))
}

/// The limits that an operation shares with all others, or those of its own.
fn limits(operation: &Operation, shared: bool) -> String {
    let of_kind = operation
        .rate_limits
        .iter()
        .filter(|limit| matches!(limit.scope, Scope::Credential | Scope::Address) == shared);
    let limits: Vec<String> = of_kind
        .map(|limit| {
            let scope = match &limit.scope {
                Scope::Credential => "credential",
                Scope::Address => "address",
                Scope::Path(name) => name,
                Scope::Body(pointer) => pointer.trim_start_matches('/'),
            };
            format!("{} in {} s per `{scope}`", limit.requests, limit.per_seconds)
        })
        .collect();
    limits.join(", ")
}

/// How many bodies are decoded and encoded for it; its request is compared byte for byte too.
fn bodies(operation: &Operation) -> usize {
    let responses = operation.responses.iter().filter_map(|response| response.body.as_ref());
    operation.body.iter().chain(responses).map(|body| body.examples.len()).sum()
}

fn retries(operation: &Operation) -> &'static str {
    match (operation.retry, operation.idempotent) {
        (Retry::Never, _) => "if not connected",
        (Retry::RateLimited, _) => "after 429",
        (Retry::Standard, true) => "yes",
        (Retry::Standard, false) => "after 429, 503",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_markers_is_replaced() {
        let readme = "a\n<!-- coverage: zapsign -->\nold\n<!-- end of coverage: zapsign -->\nb\n";
        let new = splice(readme, Api::Zapsign, &Ir::default()).expect("there are markers");
        assert!(new.starts_with("a\n<!-- coverage: zapsign -->\n| operation |"), "{new}");
        assert!(new.ends_with("|\n<!-- end of coverage: zapsign -->\nb\n") && !new.contains("old"), "{new}");
        assert_eq!(splice(&new, Api::Zapsign, &Ir::default()).expect("there are markers"), new);
        let error = splice(readme, Api::Dialog360, &Ir::default()).expect_err("no markers");
        assert_eq!(
            error.to_string(),
            "there is no place for the table: write `<!-- coverage: dialog360 -->` and `<!-- end of coverage: dialog360 -->`"
        );
    }
}
