//! Guides of the client crates: they name every operation that they must.
#![allow(missing_docs)]

use std::path::Path;

use api_runtime::{Operation, RetryRule};
use conformance::APIS;
use conformance::case::workspace_file;

/// Returns the operations that the first column of a page's tables names, in backquotes.
fn named(page: &str) -> Vec<&str> {
    let rows = page.lines().filter_map(|line| line.strip_prefix('|')?.split('|').next());
    rows.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

/// Returns `true` if the client itself does not repeat the operation after every failure that may pass.
fn needs_a_look(operation: &Operation) -> bool {
    operation.retry != RetryRule::ByIdempotency || !operation.idempotent
}

#[test]
fn the_page_on_lost_answers_has_every_operation_that_is_not_sent_again() {
    let mut pages = 0;
    for api in APIS {
        // An API begins without guides.
        let path = format!("crates/{}-api/guide/lost_answers.md", api.name);
        if !Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(&path).exists() {
            continue;
        }
        pages += 1;
        let page = workspace_file(&path);
        let mut named = named(&page);
        named.sort_unstable();
        let mut needed: Vec<_> =
            api.operations.iter().filter(|operation| needs_a_look(operation)).map(|operation| operation.id).collect();
        needed.sort_unstable();
        assert_eq!(named, needed, "{path}");
    }
    assert!(pages >= 2, "{pages} pages");
}
