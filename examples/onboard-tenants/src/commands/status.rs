use tenant_onboarding::PostgresJournal;

use crate::fleet_status;

/// Prints the numbers of the tenants of all processes.
pub(crate) async fn status(journal: &PostgresJournal, json: bool) -> Result<(), String> {
    let status = journal.status().await.map_err(|error| error.to_string())?;
    match json {
        true => println!("{}", fleet_status::object(&status)),
        false => println!("{}", fleet_status::line(&status)),
    }
    Ok(())
}
