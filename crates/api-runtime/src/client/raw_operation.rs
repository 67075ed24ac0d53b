//! Operations of requests that the spec does not describe: one for each name and path template that a program uses.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use http::Method;

use crate::operation::Operation;

/// Name, path template, and idempotence.
type Key = (&'static str, &'static str, bool);

/// Operations that have been used. They live as long as the program, as its literals do that they are made of.
static OPERATIONS: LazyLock<Mutex<HashMap<Key, &'static Operation>>> = LazyLock::new(Mutex::default);

/// Returns the operation of this name and path template, the same one for each call.
pub(super) fn raw_operation(id: &'static str, path: &'static str, idempotent: bool) -> &'static Operation {
    let mut operations = OPERATIONS.lock().unwrap_or_else(PoisonError::into_inner);
    operations.entry((id, path, idempotent)).or_insert_with(|| {
        let method = if idempotent { Method::GET } else { Method::POST };
        Box::leak(Box::new(Operation { id, path, ..Operation::unmodelled(method, idempotent) }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_made_once() {
        let first = raw_operation("list_fleets", "/fleets", true);
        assert!(std::ptr::eq(first, raw_operation("list_fleets", "/fleets", true)));
        assert!(!raw_operation("list_fleets", "/fleets", false).idempotent);
        assert_eq!((first.id, first.path, first.idempotent), ("list_fleets", "/fleets", true));
    }
}
