use tenant_onboarding::PostgresJournal;

use crate::outcome::Outcome;
use crate::output::print_line;

/// Makes dead letters ready again: these tenants', by e-mail address, or all if there are none.
pub(crate) async fn requeue(journal: &PostgresJournal, tenants: &[String]) -> Result<Outcome, String> {
    let chosen = Some(tenants).filter(|tenants| !tenants.is_empty());
    let ready = journal.requeue(chosen).await.map_err(|error| error.to_string())?;
    print_line(format_args!("{ready} ready again; processes that have ended must be started"))?;
    if chosen.is_some_and(|tenants| ready < tenants.len() as u64) {
        eprintln!("{} did not need an operator, or are not in this journal", tenants.len() as u64 - ready);
        return Ok(Outcome::Incomplete);
    }
    Ok(Outcome::Complete)
}
