//! Connection to a shared journal.

use std::time::Duration;

use dialog360_api::Secret;
use tenant_onboarding::{PostgresJournal, PostgresJournalBuilder};

use crate::arguments::Arguments;
use crate::connection_url::{JOURNAL, postgres_has_password};
use crate::credentials::servers_of;
use crate::environment;
use crate::sealing::{CredentialAccess, seal};

/// Returns the URL of the shared journal, if one is asked for.
///
/// # Errors
///
/// A message if it is invalid, or an argument has a password.
pub(crate) fn url(arguments: &Arguments) -> Result<Option<Secret>, String> {
    JOURNAL.url(arguments.journal.journal.as_deref())
}

/// Connects for an operator's command.
///
/// # Errors
///
/// A message without a URL or a partner, or if the journal can't be used.
pub(crate) async fn connect(arguments: &Arguments, access: CredentialAccess) -> Result<PostgresJournal, String> {
    let url = url(arguments)?.ok_or("no shared journal: give --journal URL, or set ONBOARDING_JOURNAL")?;
    let builder = builder(arguments, &url, &servers_of(arguments)?, access)?;
    builder.connect().await.map_err(|error| error.to_string())
}

/// Returns the builder with the settings of the arguments.
///
/// # Errors
///
/// As [`seal`].
pub(crate) fn builder(
    arguments: &Arguments,
    url: &Secret,
    servers: &str,
    access: CredentialAccess,
) -> Result<PostgresJournalBuilder, String> {
    let mut builder = seal(PostgresJournal::builder(url.expose(), servers), &arguments.journal, access)?;
    if postgres_has_password(url.expose()) == Some(false)
        && let Some(password) = environment::secret("PGPASSWORD")
    {
        builder = builder.password(password);
    }
    if let Some(seconds) = arguments.journal.max_outage {
        builder = builder.max_outage(Duration::from_secs(seconds));
    }
    let fleet = &arguments.fleet;
    if let Some(seconds) = fleet.lease {
        builder = builder.lease(Duration::from_secs(seconds));
    }
    if let Some(folder) = &fleet.spool {
        builder = builder.spool(folder);
    }
    if let Some(name) = &fleet.process {
        builder = builder.process(name);
    }
    if let Some(seconds) = fleet.backoff {
        builder = builder.initial_backoff(Duration::from_secs(seconds));
    }
    if let Some(failures) = fleet.max_failures {
        builder = builder.max_failures(failures);
    }
    Ok(builder)
}
