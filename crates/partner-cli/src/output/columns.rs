//! Columns of a table: the fields of a list's items that have one value each, the most useful first.

use serde_json::Value;

/// Names of the columns for items of a list.
pub(super) fn of_items(items: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in items.iter().filter_map(Value::as_object).flat_map(|item| item.keys()) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    // A column that is empty in each row tells nothing.
    names.retain(|name| {
        is_asked_for(name) || is_scalar(items, name) && items.iter().any(|item| !is_blank(&item[*name]))
    });
    names.sort_by_key(|name| rank(name, items));
    names
}

/// Returns `true` for a pointer of a query in the place of a field.
fn is_asked_for(name: &str) -> bool {
    name.is_empty() || name.starts_with('/')
}

fn is_scalar(items: &[Value], name: &str) -> bool {
    !items.iter().any(|item| item[name].is_object() || item[name].is_array())
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value == ""
}

/// Returns the place of a column: what a further command needs, then what a person looks for.
fn rank(name: &str, items: &[Value]) -> u8 {
    let has_links = || items.iter().any(|item| item[name].as_str().is_some_and(|text| text.starts_with("http")));
    match name {
        _ if is_asked_for(name) => 0,
        "id" | "token" => 0,
        "name" | "title" => 1,
        "status" | "state" => 2,
        "email" => 3,
        _ if name.ends_with("_at") || name.ends_with("_date") || name.starts_with("date_") => 4,
        _ if name.ends_with("_id") || name.ends_with("_token") => 5,
        _ if has_links() => 7,
        _ => 6,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn useful_columns_come_first_and_others_keep_their_order() {
        let items = [
            json!({"open_id": 5, "file": "https://a.example/x", "blank": null, "created_at": "2026", "deleted": false,
                   "status": "pending", "signers": [], "mixed": 1, "name": "Lease", "token": "a1"}),
            json!({"mixed": {"a": 1}, "late": 1, "blank": ""}),
        ];
        assert_eq!(of_items(&items), ["token", "name", "status", "created_at", "open_id", "deleted", "late", "file"]);
    }

    #[test]
    fn what_is_asked_for_stays_as_it_is_asked_for() {
        let items = [json!({"/status": null, "/token": "a", "/signers": [1]})];
        assert_eq!(of_items(&items), ["/status", "/token", "/signers"]);
    }
}
