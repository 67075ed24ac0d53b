//! Comparison of a body with its copy after decoding and encoding.

use serde_json::Value;

/// Returns the differences, a line for each JSON pointer: lost, changed or added.
///
/// A property that is `null` equals a missing one, and `1` equals `1.0`, as in the crates.
pub fn losses(original: &Value, recoded: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    compare(original, recoded, "", &mut lines);
    lines
}

fn compare(original: &Value, recoded: &Value, pointer: &str, lines: &mut Vec<String>) {
    let shown = if pointer.is_empty() { "/" } else { pointer };
    match (original, recoded) {
        (Value::Object(original), Value::Object(recoded)) => {
            for (key, value) in original {
                let at = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                match recoded.get(key) {
                    Some(other) => compare(value, other, &at, lines),
                    None if value.is_null() => {}
                    None => lines.push(format!("{at}: lost")),
                }
            }
            for (key, _) in recoded.iter().filter(|(key, value)| !original.contains_key(*key) && !value.is_null()) {
                lines.push(format!("{pointer}/{}: added", key.replace('~', "~0").replace('/', "~1")));
            }
        }
        (Value::Array(original), Value::Array(recoded)) if original.len() == recoded.len() => {
            for (index, (value, other)) in original.iter().zip(recoded).enumerate() {
                compare(value, other, &format!("{pointer}/{index}"), lines);
            }
        }
        (Value::Number(original), Value::Number(recoded))
            if (original.is_f64() || recoded.is_f64()) && original.as_f64() == recoded.as_f64() => {}
        (original, recoded) if original == recoded => {}
        _ => lines.push(format!("{shown}: changed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tells_what_was_lost_changed_and_added() {
        let original =
            json!({"same": 1, "null": null, "lost": "x", "deep": [{"changed": true, "a/b": 1}], "short": [1, 2]});
        let recoded = json!({"same": 1.0, "deep": [{"changed": false}], "short": [1], "new": 1});
        assert_eq!(
            losses(&original, &recoded),
            ["/lost: lost", "/deep/0/changed: changed", "/deep/0/a~1b: lost", "/short: changed", "/new: added"]
        );
        assert_eq!(losses(&original, &original), Vec::<String>::new());
    }
}
