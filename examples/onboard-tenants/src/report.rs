use comfy_table::Table;
use comfy_table::presets::UTF8_BORDERS_ONLY;
use tenant_onboarding::{TenantReport, printable};

use crate::output::print_line;

/// Prints a table of the tenants without secrets. Returns the number of complete ones.
///
/// # Errors
///
/// As [`print_line`].
pub(crate) fn print<'r>(reports: impl IntoIterator<Item = &'r TenantReport>) -> Result<usize, String> {
    let mut table = Table::new();
    let header = ["tenant", "client", "channel", "key", "webhook", "account", "outcome"];
    table.load_style(UTF8_BORDERS_ONLY).set_header(header);
    let mut done = 0;
    for TenantReport { tenant, progress, result, .. } in reports {
        let account = progress.account.map(|account| account.to_string()).unwrap_or_default();
        let webhook = match (&progress.key, &progress.webhook) {
            (None, _) => "",
            (Some(_), Some(_)) => "set",
            (Some(_), None) => "none: it receives nothing",
        };
        table.add_row([
            printable(&tenant.name),
            progress.client.as_ref().map(ToString::to_string).unwrap_or_default(),
            progress.channel.as_ref().map(ToString::to_string).unwrap_or_default(),
            if progress.key.is_some() { "yes" } else { "" }.to_owned(),
            webhook.to_owned(),
            if progress.by_login { format!("{account} (owner's login)") } else { account },
            result.as_ref().map_or_else(ToString::to_string, |()| "done".to_owned()),
        ]);
        done += usize::from(result.is_ok());
    }
    print_line(table)?;
    Ok(done)
}
