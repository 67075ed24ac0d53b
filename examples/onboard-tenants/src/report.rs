use comfy_table::Table;
use comfy_table::presets::UTF8_BORDERS_ONLY;

use crate::state::Progress;
use crate::tenants::Tenant;

/// What became of a tenant.
pub(crate) struct Row<'t> {
    pub(crate) tenant: &'t Tenant,
    pub(crate) progress: Progress,
    pub(crate) outcome: Result<(), String>,
}

/// Prints the table, without secrets, and how many have everything.
pub(crate) fn print(rows: &[Row<'_>]) {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(["tenant", "client", "channel", "key", "account", "outcome"]);
    for Row { tenant, progress, outcome } in rows {
        let account = progress.account.map(|account| account.to_string()).unwrap_or_default();
        table.add_row([
            tenant.name.clone(),
            progress.client.as_ref().map(ToString::to_string).unwrap_or_default(),
            progress.channel.as_ref().map(ToString::to_string).unwrap_or_default(),
            if progress.has_key { "yes" } else { "" }.to_owned(),
            if progress.by_login { format!("{account} (owner's login)") } else { account },
            outcome.as_ref().map_or_else(|fault| fault.clone(), |()| "done".to_owned()),
        ]);
    }
    println!("{table}");
    let done = rows.iter().filter(|row| row.outcome.is_ok()).count();
    println!("{done} of {} tenants have everything", rows.len());
}
