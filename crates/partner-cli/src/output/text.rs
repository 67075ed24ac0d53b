//! Text of a value in each format.

use std::io::{self, Write};

use serde_json::Value;

use super::style::OutputStyle;
use super::table;
use crate::command::OutputFormat;
use crate::printable::printable;

/// Prints a value: as a table, as JSON, or a line of JSON for each item of a list.
pub(crate) fn print(value: &Value, style: OutputStyle, stdout: &mut dyn Write) -> io::Result<()> {
    stdout.write_all(of_value(value, style).as_bytes())?;
    stdout.flush()
}

/// Returns the text of a value with its line ends.
pub(super) fn of_value(value: &Value, style: OutputStyle) -> String {
    match (style.format, value) {
        (OutputFormat::Table, _) => table::of_value(value, style.terminal_width, style.cuts),
        (OutputFormat::Json, _) => json(value) + "\n",
        (OutputFormat::Jsonl, Value::Array(items)) => items.iter().map(json_line).collect(),
        (OutputFormat::Jsonl, _) => json_line(value),
    }
}

/// Returns JSON with indentation. Characters that a terminal obeys are escaped in it, which is the same JSON.
pub(super) fn json(value: &Value) -> String {
    printable(&format!("{value:#}"), true)
}

/// Returns JSON on a line, with its end.
pub(super) fn json_line(value: &Value) -> String {
    printable(&value.to_string(), true) + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_keeps_its_meaning_and_sends_a_terminal_nothing() {
        let value = json!({"b": "\u{1b}[2J\u{9b}2J\u{202e}\t\n\"\\", "a": [1.1, null]});
        let text = json(&value);
        assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\t']), "{text:?}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("it is JSON"), value);
        assert!(text.find("\"b\"") < text.find("\"a\""), "keys keep their order");
        assert_eq!(json_line(&value).lines().count(), 1);
    }

    #[test]
    fn a_list_is_a_line_for_each_item() {
        let style = OutputStyle { format: OutputFormat::Jsonl, terminal_width: None, cuts: true };
        assert_eq!(of_value(&json!([{"a": 1}, 2]), style), "{\"a\":1}\n2\n");
        assert_eq!(of_value(&json!({"a": [1]}), style), "{\"a\":[1]}\n");
        assert_eq!(of_value(&json!([]), style), "");
    }
}
