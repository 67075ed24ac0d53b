//! Tables: a row for each item of a list, or for each field of an object.

use serde_json::{Map, Value};
use unicode_width::UnicodeWidthChar as _;

use super::columns;
use crate::printable::printable;

/// Space between two columns.
const GAP: usize = 2;

/// Width of a cell above which it is cut where other columns need the room.
const MAX_CELL: usize = 40;

/// Width of a column below which it is left out rather than cut.
const MIN_CELL: usize = 12;

/// Column of a table.
struct Column {
    /// Name, and the value of each row.
    cells: Vec<String>,
    /// Width of the longest cell.
    natural: usize,
    width: usize,
}

/// Returns the table of a value, or its text if it is no object and no list. `width` is that of the terminal, on which nothing
/// may be obeyed; `cuts` is `true` if what does not fit may be cut.
pub(super) fn of_value(value: &Value, width: Option<usize>, cuts: bool) -> String {
    let limit = width.filter(|_| cuts);
    match value {
        Value::Array(items) if items.iter().all(Value::is_object) => of_items(items, limit),
        Value::Array(items) => items.iter().map(|item| of_value(&one_line(item), width, cuts)).collect(),
        Value::Object(fields) => of_fields(fields, limit),
        Value::String(text) if width.is_none() => format!("{text}\n"),
        Value::String(text) => printable(text, true) + "\n",
        value => format!("{value}\n"),
    }
}

/// Returns the value, or its JSON as a text if it has several parts.
fn one_line(value: &Value) -> Value {
    if value.is_object() || value.is_array() { value.to_string().into() } else { value.clone() }
}

fn of_fields(fields: &Map<String, Value>, limit: Option<usize>) -> String {
    let names: Vec<String> = fields.keys().map(|name| printable(name, false)).collect();
    let longest = names.iter().map(|name| width_of(name)).max().unwrap_or_default();
    let mut table = String::new();
    for (name, value) in names.iter().zip(fields.values()) {
        let mut cell = cell(value);
        // An address or an id that is cut is of no use; what has parts can be asked for by --query.
        if let (Some(limit), true) = (limit, value.is_object() || value.is_array()) {
            let room = limit.saturating_sub(longest + GAP).max(MIN_CELL);
            if let Some(items) = value.as_array().filter(|_| width_of(&cell) > room) {
                cell = columns::summary(items).map_or(cell, |summary| printable(&summary, false));
            }
            cell = cut(&cell, room);
        }
        table.push_str(&line([(name.as_str(), longest), (cell.as_str(), 0)]));
    }
    table
}

fn of_items(items: &[Value], limit: Option<usize>) -> String {
    let names = columns::of_items(items);
    let mut columns: Vec<Column> = names.iter().map(|name| Column::of(name, items)).collect();
    match limit {
        Some(limit) => fit(&mut columns, limit),
        None => columns.iter_mut().for_each(|column| column.width = column.natural),
    }
    columns.retain(|column| column.width > 0);
    let Some(first) = columns.first() else {
        return items.iter().map(|item| cell(item) + "\n").collect();
    };
    let rows = first.cells.len();
    (0..rows)
        .map(|row| {
            let cells: Vec<String> = columns.iter().map(|column| cut(&column.cells[row], column.width)).collect();
            line(cells.iter().map(String::as_str).zip(columns.iter().map(|column| column.width)))
        })
        .collect()
}

impl Column {
    fn of(name: &str, items: &[Value]) -> Self {
        let mut cells = vec![printable(name, false)];
        cells.extend(items.iter().map(|item| cell(columns::value_of(item, name))));
        let natural = cells.iter().map(|cell| width_of(cell)).max().unwrap_or_default();
        Self { cells, natural, width: 0 }
    }
}

/// Gives the columns their widths, in their order, as long as there is room; one that does not fit keeps the width 0.
fn fit(columns: &mut [Column], limit: usize) {
    let mut room = limit;
    let mut is_first = true;
    for column in columns.iter_mut() {
        let gap = if is_first { 0 } else { GAP };
        let free = room.saturating_sub(gap);
        let wanted = column.natural.min(MAX_CELL);
        column.width = match wanted <= free {
            true => wanted,
            false if free >= MIN_CELL || is_first => free,
            false => continue,
        };
        room = free - column.width;
        is_first = false;
    }
    for column in columns.iter_mut().filter(|column| column.width > 0) {
        let more = room.min(column.natural - column.width);
        column.width += more;
        room -= more;
    }
}

/// Returns the text of a value on one line.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => printable(text, false),
        value => printable(&value.to_string(), false),
    }
}

/// Returns a line of cells with their widths.
fn line<'c>(cells: impl IntoIterator<Item = (&'c str, usize)>) -> String {
    let mut line = String::new();
    for (index, (cell, width)) in cells.into_iter().enumerate() {
        if index > 0 {
            line.push_str(&" ".repeat(GAP));
        }
        line.push_str(cell);
        line.push_str(&" ".repeat(width.saturating_sub(width_of(cell))));
    }
    line.truncate(line.trim_end().len());
    line + "\n"
}

/// Returns the number of a terminal's columns that a text takes.
fn width_of(text: &str) -> usize {
    text.chars().map(|character| character.width().unwrap_or_default()).sum()
}

/// Returns a text of at most this width: a longer one ends with an ellipsis.
fn cut(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let fits = |character: &char| {
        let taken = character.width().unwrap_or_default();
        let fits = taken <= room;
        room = room.saturating_sub(taken);
        fits
    };
    text.chars().take_while(fits).collect::<String>() + "…"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_as_wide_as_the_terminal_at_most() {
        let items = json!([
            {"id": "0f5a3f4c-0000-4000-8000-0000000000a1", "name": "李李李李李李 Lease of the flat with the balcony, 2026",
             "created_at": "2026-11-28T07:00:00Z", "open_id": 7, "deleted": false},
            {"id": "b", "name": "ação", "created_at": null, "open_id": 12, "deleted": true},
        ]);
        for width in 1..140 {
            let table = of_value(&items, Some(width), true);
            assert_eq!(table.lines().count(), 3);
            assert!(table.lines().all(|line| width_of(line) <= width), "{width}:\n{table}");
        }
        assert_eq!(
            of_value(&items, Some(78), true),
            "\
id                                    name\n\
0f5a3f4c-0000-4000-8000-0000000000a1  李李李李李李 Lease of the flat with the…\n\
b                                     ação\n"
        );
        // Room that nobody else needs is not left empty.
        let alone = of_value(&json!([{"id": "a", "name": "x".repeat(60)}]), Some(50), true);
        assert_eq!(alone.lines().last(), Some(format!("a   {}…", "x".repeat(45)).as_str()));
        let whole = of_value(&items, None, true);
        assert!(whole.contains("balcony, 2026  2026-11-28T07:00:00Z  7        false\n"), "{whole}");
        assert_eq!(whole, of_value(&items, Some(20), false));
    }

    #[test]
    fn an_object_has_a_row_for_each_field_and_scalars_are_whole() {
        let link = format!("https://a.example/{}", "x".repeat(100));
        let object =
            json!({"token": "a", "sign_url": link, "none": null, "signers": [{"name": "Ana Prado"}, {"name": "B"}]});
        assert_eq!(
            of_value(&object, Some(40), true),
            format!("token     a\nsign_url  {link}\nnone\nsigners   Ana Prado, B\n")
        );
        let signers: Vec<Value> = ["Ana Prado", "Rui", "Bea", "Isa"]
            .iter()
            .map(|name| json!({"sign_url": link, "name": name, "status": "new"}))
            .collect();
        assert_eq!(
            of_value(&json!({"signers": signers}), Some(40), true),
            "signers  Ana Prado (new), Rui (new), Be…\n"
        );
        let others = of_value(&json!({"usage": [{"period": "2026-01", "quantity": 130, "free": 30}]}), Some(40), true);
        assert_eq!(others, "usage  [{\"period\":\"2026-01\",\"quantity\":…\n");
        assert!(of_value(&object, Some(40), false).ends_with("{\"name\":\"B\"}]\n"));
    }

    #[test]
    fn a_terminal_is_sent_nothing_to_obey() {
        let text = "\u{1b}[2J\u{9b}2J\u{202e}";
        for value in [json!(text), json!([text]), json!({text: text}), json!([{text: text}]), json!([{"a": [text]}])] {
            let table = of_value(&value, Some(80), true);
            assert!(!table.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{table:?}");
        }
        assert_eq!(of_value(&json!("a\nb\u{1b}"), Some(80), true), "a\nb\\u001b\n");
        // A program gets the text itself.
        assert_eq!(of_value(&json!("a\nb\u{1b}"), None, true), "a\nb\u{1b}\n");
    }

    #[test]
    fn other_values_are_a_line_each() {
        assert_eq!(of_value(&json!(["a", 1, {"b": [2]}, null]), Some(80), true), "a\n1\n{\"b\":[2]}\nnull\n");
        assert_eq!(of_value(&json!([]), Some(80), true), "");
        assert_eq!(of_value(&json!({}), Some(80), true), "");
        assert_eq!(of_value(&json!([{"a": [1]}]), Some(80), true), "{\"a\":[1]}\n");
    }
}
