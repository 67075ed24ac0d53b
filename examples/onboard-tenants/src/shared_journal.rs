//! Connection to a shared journal.

use std::time::Duration;

use dialog360_api::Secret;
use tenant_onboarding::{JournalError, PostgresJournal, PostgresJournalBuilder};

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

/// Connects for an operator's command, and brings the schema up to date.
///
/// # Errors
///
/// A message without a URL or a partner, or if the journal can't be used.
pub(crate) async fn connect(arguments: &Arguments, access: CredentialAccess) -> Result<PostgresJournal, String> {
    operator_builder(arguments, access)?.connect().await.map_err(|error| error.to_string())
}

/// Connects for an operator's command that only reads, and so leaves the schema as it is.
///
/// # Errors
///
/// As [`connect`], and if the schema is missing or older.
pub(crate) async fn connect_to_read(arguments: &Arguments) -> Result<PostgresJournal, String> {
    let connected = operator_builder(arguments, CredentialAccess::Unused)?.migrate(false).connect().await;
    connected.map_err(|error| schema_fault(&error).unwrap_or_else(|| error.to_string()))
}

fn operator_builder(arguments: &Arguments, access: CredentialAccess) -> Result<PostgresJournalBuilder, String> {
    let url = url(arguments)?.ok_or("no shared journal: give --journal URL, or set ONBOARDING_JOURNAL")?;
    builder(arguments, &url, &servers_of(arguments)?, access)
}

/// Returns the message of a schema that lacks scripts, which the error names. Its remedy is one for a program.
fn schema_fault(error: &JournalError) -> Option<String> {
    let error = error.to_string();
    let names = PostgresJournal::migrations().iter().map(|(name, _)| *name);
    let missing: Vec<&str> = names.filter(|name| error.contains(name)).collect();
    (!missing.is_empty()).then(|| {
        format!(
            "the schema of the journal is missing or older, and this command only reads (it lacks {}): name the database of the \
             processes, or start one, which brings the schema up to date, or let an administrator apply the output of \
             `onboard-tenants migrations`",
            missing.join(", ")
        )
    })
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
