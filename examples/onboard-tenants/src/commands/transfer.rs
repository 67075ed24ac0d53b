//! Tenants from and to the journal of a single process.

use std::path::Path;

use tenant_onboarding::PostgresJournal;

use crate::output::print_line;

/// Takes over the journal of a single process.
pub(crate) async fn import(journal: &PostgresJournal, file: &Path) -> Result<(), String> {
    let tenants = journal.import(file).await.map_err(|error| error.to_string())?;
    let file = file.display();
    print_line(format_args!("{tenants} tenants taken over, with their credentials; the file is now {file}.imported"))?;
    print_line("a file journal has no data of its tenants: start a process with their CSV file to go on")
}

/// Writes all entries into a new journal of a single process.
pub(crate) async fn export(journal: &PostgresJournal, file: &Path) -> Result<(), String> {
    let tenants = journal.export(file).await.map_err(|error| error.to_string())?;
    let file = file.display();
    print_line(format_args!("{tenants} tenants written to {file}, with their credentials in plain text"))
}
