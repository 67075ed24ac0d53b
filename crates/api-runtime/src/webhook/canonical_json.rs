//! JSON in one form, so that equal bodies have equal texts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Levels of nesting that are put into one form. What is nested deeper is left as it is, for the sake of stack and time.
const MAX_DEPTH: usize = 128;

/// Returns a JSON text with sorted keys and without white space, each text in it as `keep` returns it. Numbers keep the
/// digits that they came with; of equal keys in one object the last one counts. What can't be read is left as it is.
#[doc(hidden)]
pub fn __canonical_json(json: &str, keep: fn(&str) -> Cow<'_, str>) -> String {
    let mut canonical = String::with_capacity(json.len());
    match write(json, MAX_DEPTH, keep, &mut canonical) {
        Ok(()) => canonical,
        Err(_) => json.to_owned(),
    }
}

fn write(json: &str, depth: usize, keep: fn(&str) -> Cow<'_, str>, canonical: &mut String) -> serde_json::Result<()> {
    match json.as_bytes().first() {
        Some(b'{') if depth > 0 => {
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(json)?;
            canonical.push('{');
            for (number, (key, value)) in fields.iter().enumerate() {
                if number > 0 {
                    canonical.push(',');
                }
                canonical.push_str(&serde_json::to_string(key)?);
                canonical.push(':');
                write(value.get(), depth - 1, keep, canonical)?;
            }
            canonical.push('}');
        }
        Some(b'[') if depth > 0 => {
            let items: Vec<&RawValue> = serde_json::from_str(json)?;
            canonical.push('[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    canonical.push(',');
                }
                write(item.get(), depth - 1, keep, canonical)?;
            }
            canonical.push(']');
        }
        Some(b'"') => {
            let text: String = serde_json::from_str(json)?;
            canonical.push_str(&serde_json::to_string(&keep(&text))?);
        }
        _ => canonical.push_str(json),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(json: &str) -> String {
        __canonical_json(json, |text| text.into())
    }

    #[test]
    fn order_and_white_space_do_not_count_and_everything_else_does() {
        let one = canonical(r#"{"b": [1.0, {"d":null,"c":"\u0061"}], "a" : {} , "e":[]}"#);
        assert_eq!(one, r#"{"a":{},"b":[1.0,{"c":"a","d":null}],"e":[]}"#);
        for other in
            [r#"{"b":[1.0,{"c":"a","d":null}],"a":{},"e":[],"f":0}"#, r#"{"a":{},"b":[{"c":"a","d":null},1.0],"e":[]}"#]
        {
            assert_ne!(canonical(other), one, "{other}");
        }
        let digits = "12345678901234567890123";
        assert_eq!(canonical(digits), digits);
    }

    #[test]
    fn every_text_is_kept_in_part() {
        let json = r#"{"at":"a?b","in":{"at":["c?d"]}}"#;
        let canonical = __canonical_json(json, |text| text.split('?').next().unwrap_or(text).into());
        assert_eq!(canonical, r#"{"at":"a","in":{"at":["c"]}}"#);
    }

    #[test]
    fn what_is_nested_too_deeply_or_no_text_is_left_as_it_is() {
        let nested = format!("{}1 , 2{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(canonical(&nested), nested);
        let unpaired = r#"{"b": 1, "a": "\ud800"}"#;
        assert_eq!(canonical(unpaired), unpaired);
    }
}
