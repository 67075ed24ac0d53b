//! Overview of what a vendor has, for a page.

use serde_json::{Map, Value, json};

/// Largest number of items of one kind that are shown.
const MAX_ITEMS: usize = 50;
/// Largest number of characters of a text that are shown.
const MAX_CHARACTERS: usize = 200;

/// Returns the number of the items, and the latest of them as `render` shows them, the latest first.
pub(super) fn latest<'i, T: 'i>(
    items: impl DoubleEndedIterator<Item = &'i T> + Clone,
    render: impl Fn(&'i T) -> Value,
) -> Value {
    json!({"count": items.clone().count(), "latest": items.rev().take(MAX_ITEMS).map(render).collect::<Vec<_>>()})
}

/// Returns these fields of an object alone, so that no secret is among them by accident.
pub(super) fn fields(value: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| ((*name).to_owned(), short(&value[*name]))).collect::<Map<_, _>>().into()
}

/// Shortens a text. Lists and objects are left out.
fn short(value: &Value) -> Value {
    match value {
        Value::String(text) => text.chars().take(MAX_CHARACTERS).collect::<String>().into(),
        Value::Array(_) | Value::Object(_) => Value::Null,
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_come_first_and_long_texts_are_cut() {
        let items: Vec<Value> =
            (0..60).map(|id| json!({"id": id, "name": "n".repeat(300), "key": "k", "more": {"key": "k"}})).collect();
        let shown = latest(items.iter(), |item| fields(item, &["id", "name", "more", "none"]));
        assert_eq!((&shown["count"], shown["latest"].as_array().map(Vec::len)), (&json!(60), Some(MAX_ITEMS)));
        let name = "n".repeat(MAX_CHARACTERS);
        assert_eq!(shown["latest"][0], json!({"id": 59, "name": name, "more": null, "none": null}));
    }
}
