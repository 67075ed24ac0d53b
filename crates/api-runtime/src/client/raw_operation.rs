//! Operations of requests that the spec does not describe: one for each name and path template that a program uses.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use http::Method;

use crate::operation::Operation;

/// Name, path template, and method of the row.
type Key = (&'static str, &'static str, Method);

/// Operations that have been used. They live as long as the program, as its literals do that they are made of.
static OPERATIONS: LazyLock<Mutex<HashMap<Key, &'static Operation>>> = LazyLock::new(Mutex::default);

/// Returns the operation of this name and path template that is repeated as `like`, the same one for each call.
pub(super) fn raw_operation(id: &'static str, path: &'static str, like: &Operation) -> &'static Operation {
    let mut operations = OPERATIONS.lock().unwrap_or_else(PoisonError::into_inner);
    operations
        .entry((id, path, like.method.clone()))
        .or_insert_with(|| Box::leak(Box::new(Operation::new(id, like.method.clone(), path, like.idempotent))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_made_once_for_each_way_of_repetition() {
        let like = |method, idempotent| Operation::new("request", method, "", idempotent);
        let (get, put) = (like(Method::GET, true), like(Method::PUT, true));
        let first = raw_operation("list_fleets", "/fleets", &get);
        assert!(std::ptr::eq(first, raw_operation("list_fleets", "/fleets", &get)));
        assert_eq!((first.id, first.path, first.idempotent), ("list_fleets", "/fleets", true));
        let other = raw_operation("list_fleets", "/fleets", &put);
        assert!(first.is_read() && !other.is_read() && other.idempotent);
    }
}
