//! JSON in one form, so that equal bodies have equal texts.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

/// Part of a JSON value that is left out of its canonical form.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct __Omission {
    /// Returns `true` for a key of the outermost object that is left out with its value.
    pub key: fn(&str) -> bool,
    /// Returns the part of a text that is kept.
    pub text: fn(&str) -> &str,
}

impl __Omission {
    /// Omission of nothing.
    pub const NONE: Self = Self { key: |_| false, text: |text| text };
}

/// Encodes a value as JSON with sorted keys and without white space. Numbers keep the digits that they came with; of
/// equal keys in one object the last one counts.
#[doc(hidden)]
pub fn __canonical_json<T: Serialize + ?Sized>(value: &T, omission: __Omission) -> String {
    // A delivery that was parsed can be encoded and parsed again, so neither fails.
    let json = serde_json::to_string(value).unwrap_or_default();
    let mut canonical = String::with_capacity(json.len());
    match write(&json, Some(omission.key), omission.text, &mut canonical) {
        Ok(()) => canonical,
        Err(_) => json,
    }
}

/// Writes a JSON text. `omits` applies to the keys of the outermost object only.
fn write(
    json: &str,
    omits: Option<fn(&str) -> bool>,
    keep: fn(&str) -> &str,
    canonical: &mut String,
) -> serde_json::Result<()> {
    match json.as_bytes().first() {
        Some(b'{') => {
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(json)?;
            let fields = fields.iter().filter(|(key, _)| !omits.is_some_and(|omits| omits(key)));
            canonical.push('{');
            for (number, (key, value)) in fields.enumerate() {
                if number > 0 {
                    canonical.push(',');
                }
                canonical.push_str(&serde_json::to_string(key)?);
                canonical.push(':');
                write(value.get(), None, keep, canonical)?;
            }
            canonical.push('}');
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json)?;
            canonical.push('[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    canonical.push(',');
                }
                write(item.get(), None, keep, canonical)?;
            }
            canonical.push(']');
        }
        Some(b'"') => {
            let text: String = serde_json::from_str(json)?;
            canonical.push_str(&serde_json::to_string(keep(&text))?);
        }
        _ => canonical.push_str(json),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(json: &str, omission: __Omission) -> String {
        let raw: &RawValue = serde_json::from_str(json).expect("JSON");
        __canonical_json(raw, omission)
    }

    #[test]
    fn order_and_white_space_do_not_count_and_everything_else_does() {
        let one = canonical(r#" {"b": [1.0, {"d":null,"c":"\u0061"}], "a" : {} , "e":[]}"#, __Omission::NONE);
        assert_eq!(one, r#"{"a":{},"b":[1.0,{"c":"a","d":null}],"e":[]}"#);
        for other in
            [r#"{"b":[1.0,{"c":"a","d":null}],"a":{},"e":[],"f":0}"#, r#"{"a":{},"b":[{"c":"a","d":null},1.0],"e":[]}"#]
        {
            assert_ne!(canonical(other, __Omission::NONE), one, "{other}");
        }
        let digits = "12345678901234567890123";
        assert_eq!(canonical(digits, __Omission::NONE), digits);
    }

    #[test]
    fn an_omission_is_of_outer_keys_and_of_any_text() {
        let omission = __Omission { key: |key| key == "at", text: |text| text.split('?').next().unwrap_or(text) };
        let json = r#"{"at":1,"url":"https://h.example/a?b","in":{"at":2,"urls":["https://h.example/c?d"]}}"#;
        assert_eq!(
            canonical(json, omission),
            r#"{"in":{"at":2,"urls":["https://h.example/c"]},"url":"https://h.example/a"}"#
        );
    }
}
