//! Checks of evidence: old sources, and contradictions. Part of `lint` only, since the output of `regenerate` must not
//! depend on the day.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::codegen::ir::Operation;
use crate::diagnostic::Diagnostic;
use crate::spec::document::{Document, join};

/// Adds a warning for each operation whose newest evidence is over a year old.
pub fn warn_of_old_evidence(bundle: &mut Document, operations: &[Operation], today: Date) {
    let year_ago = today.saturating_sub(1.year());
    for operation in operations {
        if let Some(seen) = operation.last_seen().filter(|seen| *seen < year_ago) {
            let id = &operation.id;
            let message = format!("`{id}` was last read of on {seen}, over a year ago: read its sources again");
            bundle.warn("operations whose evidence is over a year old", &location(operation), message);
        }
    }
}

/// Returns a diagnostic for each piece of evidence that contradicts the rest.
pub fn contradictions(bundle: &Document, operations: &[Operation]) -> Vec<Diagnostic> {
    let pieces = operations.iter().flat_map(|operation| operation.evidence.iter().map(move |piece| (operation, piece)));
    let disagree = pieces.filter_map(|(operation, piece)| {
        let message =
            format!("evidence of `{}` disagrees ({}): {}", operation.id, piece.source, piece.disagrees.as_ref()?);
        Some(bundle.with_origin(Diagnostic::at(location(operation), message)))
    });
    disagree.collect()
}

fn location(operation: &Operation) -> String {
    join(&operation.pointer, "x-evidence")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::codegen::lower;

    fn warnings_of(evidence: &serde_json::Value, today: &str) -> Vec<String> {
        let value = json!({
            "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
            "paths": {"/a": {"get": {"operationId": "get_a", "tags": ["a"], "x-evidence": evidence,
                "responses": {"200": {"description": ""}}}}},
        });
        let mut document = Document { value, ..Document::default() };
        let ir = lower::lower(&mut document, &[]).expect("it lowers");
        let today = today.parse().expect("a date");
        warn_of_old_evidence(&mut document, &ir.operations, today);
        let aged = document.warnings.iter().map(|warning| warning.diagnostic.to_string());
        aged.chain(contradictions(&document, &ir.operations).iter().map(ToString::to_string)).collect()
    }

    #[test]
    fn the_newest_evidence_of_an_operation_ages() {
        let evidence = json!([
            {"source": "page", "seen": "2024-02-29", "level": "documented"},
            {"source": "client", "seen": "2025-03-01", "level": "observed"}]);
        for today in ["2024-01-01", "2025-03-01", "2026-03-01"] {
            assert_eq!(warnings_of(&evidence, today), Vec::<String>::new(), "{today}");
        }
        assert_eq!(
            warnings_of(&evidence, "2026-03-02"),
            [
                "at /paths/~1a/get/x-evidence: `get_a` was last read of on 2025-03-01, over a year ago: read its sources again"
            ]
        );
    }

    #[test]
    fn evidence_that_disagrees_is_named_whatever_its_age() {
        let evidence = json!([
            {"source": "page", "seen": "2026-01-01", "level": "documented"},
            {"source": "a log", "seen": "2026-01-02", "level": "observed", "disagrees": "the limit is 9"}]);
        assert_eq!(
            warnings_of(&evidence, "2026-01-03"),
            ["at /paths/~1a/get/x-evidence: evidence of `get_a` disagrees (a log): the limit is 9"]
        );
    }
}
