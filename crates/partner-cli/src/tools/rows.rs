//! Rows that a tool prints: a table for people, JSON for programs.

use serde_json::Value;

use crate::command::OutputFormat;
use crate::failure::Failure;
use crate::invocation::Invocation;

/// Prints rows, whose cells are texts, in the format that is asked for.
pub(super) fn print(
    rows: &[Value],
    format: Option<OutputFormat>,
    invocation: &mut Invocation<'_>,
) -> Result<(), Failure> {
    let default = if invocation.stdout_is_terminal { OutputFormat::Table } else { OutputFormat::Json };
    match format.unwrap_or(default) {
        OutputFormat::Json => writeln!(invocation.stdout, "{:#}", Value::from(rows))?,
        OutputFormat::Jsonl => rows.iter().try_for_each(|row| writeln!(invocation.stdout, "{row}"))?,
        OutputFormat::Table => write!(invocation.stdout, "{}", table(rows))?,
    }
    Ok(())
}

/// Returns the rows below their names, in columns that are as wide as their longest cell.
fn table(rows: &[Value]) -> String {
    let fields = |row: &Value| row.as_object().cloned().unwrap_or_default();
    let Some(first) = rows.first() else { return String::new() };
    let mut lines: Vec<Vec<String>> = vec![fields(first).keys().map(|name| name.to_uppercase()).collect()];
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    // A terminal obeys control characters.
    let shown = |text: String| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    lines.extend(rows.iter().map(|row| fields(row).values().map(|value| shown(text(value))).collect()));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    let line = |cells: &Vec<String>| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}
