//! Columns of a table: the fields of a list's items that have one value each, the most useful first.

use serde_json::Value;

/// Fields of objects in an item that a person looks for, such as the number of a channel. Their column is named by a pointer.
const NESTED: [&str; 2] = ["name", "phone_number"];

/// Names of the columns for items of a list.
pub(super) fn of_items(items: &[Value]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, value) in items.iter().filter_map(Value::as_object).flatten() {
        let nested = NESTED.iter().filter(|_| !is_asked_for(name)).filter(|field| value.get(field).is_some());
        let nested = nested.map(|field| format!("/{}/{field}", name.replace('~', "~0").replace('/', "~1")));
        for name in std::iter::once(name.clone()).chain(nested) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    // A column that is empty in each row tells nothing.
    names.retain(|name| {
        let is_field = items.iter().any(|item| item.get(name).is_some());
        is_field && is_asked_for(name)
            || is_scalar(items, name) && items.iter().any(|item| !is_blank(value_of(item, name)))
    });
    names.sort_by_key(|name| rank(name, items));
    names
}

/// Returns what an item has in a column.
pub(super) fn value_of<'i>(item: &'i Value, column: &str) -> &'i Value {
    item.get(column).or_else(|| item.pointer(column)).unwrap_or(&Value::Null)
}

/// Returns a word for each item of a list, such as a signer's name and status; `None` if the items have none.
pub(super) fn summary(items: &[Value]) -> Option<String> {
    let text = |item: &Value, names: [&str; 3]| {
        names.iter().find_map(|name| item[*name].as_str().filter(|text| !text.is_empty()).map(str::to_owned))
    };
    let words = items.iter().map(|item| {
        let name = text(item, ["name", "title", "email"])?;
        let status = text(item, ["status", "state", ""]).map(|status| format!(" ({status})")).unwrap_or_default();
        Some(name + &status)
    });
    words.collect::<Option<Vec<_>>>().map(|words| words.join(", "))
}

/// Returns `true` for a pointer of a query in the place of a field.
fn is_asked_for(name: &str) -> bool {
    name.is_empty() || name.starts_with('/')
}

fn is_scalar(items: &[Value], name: &str) -> bool {
    !items.iter().map(|item| value_of(item, name)).any(|value| value.is_object() || value.is_array())
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value == ""
}

/// Returns the place of a column: what a further command needs, then what a person looks for.
fn rank(name: &str, items: &[Value]) -> u8 {
    let has_links = || items.iter().any(|item| item[name].as_str().is_some_and(|text| text.starts_with("http")));
    match name {
        _ if is_asked_for(name) && items.iter().any(|item| item.get(name).is_some()) => 0,
        _ if is_asked_for(name) => 3,
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
    fn the_number_of_a_channel_and_the_name_of_its_client_have_columns() {
        let items = [
            json!({"billed_at": "2026", "client": {"id": "c", "name": "Acme"}, "a/b": {"name": null},
                   "setup_info": {"phone_number": "4930", "was_in_use": false}, "status": "running", "id": "x"}),
            json!({"id": "y", "client": null, "integration": {"name": {"no": "text"}}}),
        ];
        let columns = of_items(&items);
        assert_eq!(columns, ["id", "status", "/client/name", "/setup_info/phone_number", "billed_at"]);
        assert_eq!(value_of(&items[0], &columns[3]), "4930");
        assert_eq!(*value_of(&items[1], &columns[3]), Value::Null);
    }

    #[test]
    fn what_is_asked_for_stays_as_it_is_asked_for() {
        let items = [json!({"/status": null, "/token": "a", "/signers": [1]})];
        assert_eq!(of_items(&items), ["/status", "/token", "/signers"]);
    }
}
