//! Environment of the process, the place of secrets: every user of the machine can see arguments.

use dialog360_api::Secret;

/// Returns the value of a variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the value of a variable that holds a secret.
pub(crate) fn secret(name: &str) -> Option<Secret> {
    variable(name).map(Secret::new)
}
