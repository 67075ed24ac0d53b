use std::time::SystemTime;

use comfy_table::Table;
use comfy_table::presets::UTF8_BORDERS_ONLY;
use serde_json::{Value, json};
use tenant_onboarding::{DeadLetter, PostgresJournal, printable};

use crate::output::print_line;

/// Prints the tenants that need an operator.
pub(crate) async fn dead(journal: &PostgresJournal, as_json: bool) -> Result<(), String> {
    let letters = journal.dead().await.map_err(|error| error.to_string())?;
    if as_json {
        return print_line(Value::from(letters.iter().map(object).collect::<Vec<_>>()));
    }
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(["tenant", "name", "has", "since", "error"]);
    for DeadLetter { tenant, name, error, at, resources, .. } in &letters {
        table.add_row([
            printable(tenant),
            printable(name.as_deref().unwrap_or_default()),
            printable(&resources.join(", ")),
            time(*at),
            printable(error),
        ]);
    }
    print_line(table)?;
    print_line(format_args!("{} need an operator", letters.len()))
}

fn object(letter: &DeadLetter) -> Value {
    let DeadLetter { tenant, name, error, at, resources, .. } = letter;
    json!({ "tenant": tenant, "name": name, "resources": resources, "at": time(*at), "error": error })
}

/// Returns the time as RFC 3339 in UTC, to the second.
fn time(at: SystemTime) -> String {
    let time = jiff::Timestamp::try_from(at).and_then(|time| time.round(jiff::Unit::Second));
    time.map(|time| time.to_string()).unwrap_or_default()
}
