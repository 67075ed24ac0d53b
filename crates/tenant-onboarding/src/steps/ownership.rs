//! Decisions on the owner of a resource that exists.

use std::collections::BTreeSet;

use crate::error::{ErrorKind, OnboardingError};
use crate::tenant::Tenant;

/// Returns the one resource that appeared; of several, the one that the operator adopted.
pub(super) fn only<T>(
    adopt: &BTreeSet<String>,
    mut found: Vec<T>,
    id: impl Fn(&T) -> String,
) -> Result<Option<T>, OnboardingError> {
    if found.len() > 1 {
        let ids: Vec<String> = found.iter().map(&id).collect();
        found.retain(|thing| adopt.contains(&id(thing)));
        if found.len() != 1 {
            let ids = ids.join(" and ");
            let message =
                format!("{ids} appeared where one was to be created: choose one with --adopt, remove the others");
            return Err(OnboardingError::new(ErrorKind::Taken, message));
        }
    }
    Ok(found.pop())
}

/// Returns the error of an existing resource that may be somebody else's, with a description of both sides.
pub(super) fn taken<T>(tenant: &Tenant, what: &str, there: &str) -> Result<T, OnboardingError> {
    let message =
        format!("taken: {there}; {}; name the {what} with --adopt if it is the tenant's", tenant.description());
    Err(OnboardingError::new(ErrorKind::Taken, message))
}

pub(super) fn conflict<T>(message: String) -> Result<T, OnboardingError> {
    Err(OnboardingError::new(ErrorKind::Conflict, message))
}

/// Rejects another resource than the recorded one, unless the operator has chosen that one. Both are named.
pub(super) fn same(
    adopt: &BTreeSet<String>,
    what: &str,
    recorded: &str,
    others: impl IntoIterator<Item = String>,
) -> Result<(), OnboardingError> {
    match others.into_iter().find(|other| other != recorded) {
        None => Ok(()),
        Some(_) if adopt.contains(recorded) => Ok(()),
        Some(other) => {
            let message = format!(
                "{recorded} and {other} appeared where one {what} was to be created, and the journal has {recorded}: remove \
                 the other, requeue the tenant, and run with --adopt {recorded}"
            );
            Err(OnboardingError::new(ErrorKind::Taken, message))
        }
    }
}
