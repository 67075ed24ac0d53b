use tenant_onboarding::PostgresJournal;

use crate::fleet_status;
use crate::output::print_line;

/// Prints the numbers of the tenants of all processes. `servers` are those that the journal is asked for.
pub(crate) async fn status(journal: &PostgresJournal, servers: &str, json: bool) -> Result<(), String> {
    let status = journal.status().await.map_err(|error| error.to_string())?;
    match json {
        true => print_line(fleet_status::object(&status))?,
        false => print_line(fleet_status::line(&status))?,
    }
    if fleet_status::tenants(&status) == 0 {
        eprintln!("{}", fleet_status::no_tenants(servers));
    }
    if let Some(text) = fleet_status::without_data(&status) {
        eprintln!("{text}");
    }
    Ok(())
}
