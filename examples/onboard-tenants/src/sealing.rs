//! Choice of how credentials are sealed in a shared journal.

use tenant_onboarding::{PostgresJournalBuilder, SealingKeys};

use crate::arguments::JournalArguments;
use crate::environment;

const VARIABLE: &str = "ONBOARDING_SEALING_KEYS";

/// Use that a command makes of credentials in the journal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CredentialAccess {
    /// It reads or writes them.
    Used,
    /// It does neither, and so needs no keys.
    Unused,
}

/// Sets the keys, or that there are none.
///
/// # Errors
///
/// A message if nothing or both are asked for, or a key is invalid.
pub(crate) fn seal(
    builder: PostgresJournalBuilder,
    arguments: &JournalArguments,
    access: CredentialAccess,
) -> Result<PostgresJournalBuilder, String> {
    // A command that uses none must not fail for a key that it does not need.
    if access == CredentialAccess::Unused {
        return Ok(builder.unsealed());
    }
    let keys = match (&arguments.sealing_keys, environment::secret(VARIABLE)) {
        (Some(file), _) => SealingKeys::read(file).map_err(|error| format!("--sealing-keys: {error}"))?,
        (None, Some(_)) if arguments.unsealed => {
            return Err(format!("--unsealed, and {VARIABLE} is set: choose one"));
        }
        (None, Some(text)) => SealingKeys::parse(&text).map_err(|error| format!("{VARIABLE}: {error}"))?,
        (None, None) if arguments.unsealed => return Ok(builder.unsealed()),
        (None, None) => {
            return Err(format!(
                "no keys to seal credentials with: make one with `onboard-tenants new-key ID`, and give it to every process as \
                 {VARIABLE} or in the file --sealing-keys; --unsealed writes credentials in plain text"
            ));
        }
    };
    Ok(builder.seal(keys))
}
