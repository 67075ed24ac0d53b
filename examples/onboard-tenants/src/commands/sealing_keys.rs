//! Keys that seal credentials.

use tenant_onboarding::{PostgresJournal, SealingKeys};

use crate::output::print_line;

/// Prints a new key.
pub(crate) fn new_key(id: &str) -> Result<(), String> {
    let key = SealingKeys::generate(id).map_err(|error| error.to_string())?;
    print_line(key.expose())
}

/// Seals again what was not sealed with the current key.
pub(crate) async fn reseal(journal: &PostgresJournal) -> Result<(), String> {
    let secrets = journal.reseal().await.map_err(|error| error.to_string())?;
    print_line(format_args!("{secrets} secrets sealed with the current key; no secret needs an older one"))
}
