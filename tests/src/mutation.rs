//! Malformed input derived from bytes: a fuzzer changes the bytes, and proptest generates them.

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value};

/// Text that must never be printed. It has neither the form of a trace id nor that of a plain field name.
pub const MARKER: &str = "hidden marker";

/// First character of a placeholder for one of [`unholdable`], which replaces it when the value is encoded.
const PLACEHOLDER: char = '\u{e000}';

/// Nesting depth at which `serde_json` fails.
const RECURSION_LIMIT: usize = 128;

const UNHOLDABLE: usize = 12;

/// Returns JSON, and almost JSON, that a parser meets and a [`Value`] can't hold.
fn unholdable() -> [Vec<u8>; UNHOLDABLE] {
    [
        b"1e999".to_vec(),
        b"-1e999".to_vec(),
        b"0.1e-999999999999".to_vec(),
        [b"1".as_slice(), &[b'0'; 400]].concat(),
        b"18446744073709551616".to_vec(),
        br#""\ud800""#.to_vec(),
        br#""\udc00\ud800""#.to_vec(),
        b"\"\xff\xfe\"".to_vec(),
        b"\"\x01\"".to_vec(),
        br#"{"a":1,"a":null}"#.to_vec(),
        [[b'['; 5000], [b']'; 5000]].concat(),
        br#"{"":"#.repeat(5000),
    ]
}

/// Changes a value in one place: removes, adds, or replaces.
///
/// # Errors
///
/// None for lack of bytes: missing bytes count as zeros.
pub fn mutate(value: &mut Value, bytes: &mut Unstructured<'_>) -> Result<()> {
    let size = value.as_object().map(Map::len).or_else(|| value.as_array().map(Vec::len)).unwrap_or_default();
    // More often than not a value inside is changed.
    if size == 0 || bytes.ratio(1, 8)? {
        *value = odd_value(bytes)?;
        return Ok(());
    }
    let index = bytes.choose_index(size)?;
    let step = bytes.int_in_range(0..=7)?;
    match (value, step) {
        (Value::Object(map), 0) => {
            let name = map.keys().nth(index).cloned().unwrap_or_default();
            map.remove(&name);
        }
        (Value::Object(map), 1) => {
            map.insert(odd_text(bytes)?, odd_value(bytes)?);
        }
        (Value::Object(map), _) => {
            if let Some(inside) = map.values_mut().nth(index) {
                mutate(inside, bytes)?;
            }
        }
        (Value::Array(list), 0) => drop(list.remove(index)),
        (Value::Array(list), 1) => list.insert(index, odd_value(bytes)?),
        (Value::Array(list), 2) => {
            let again = vec![list[index].clone(); bytes.int_in_range(1..=16)?];
            list.extend(again);
        }
        (Value::Array(list), _) => mutate(&mut list[index], bytes)?,
        _ => {}
    }
    Ok(())
}

/// Returns a value of an unexpected type.
///
/// # Errors
///
/// As [`mutate`].
pub fn odd_value(bytes: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match bytes.int_in_range(0..=11)? {
        0 => Value::Null,
        1 => bytes.arbitrary::<bool>()?.into(),
        2 => bytes.arbitrary::<i64>()?.into(),
        3 => bytes.arbitrary::<f64>()?.into(),
        4 => (*bytes.choose(&[i64::MIN, i64::MAX, -1, 0, 1 << 53])?).into(),
        5 => Value::Object(Map::new()),
        6 => Value::Array(Vec::new()),
        7 => nested(bytes.int_in_range(0..=RECURSION_LIMIT + 16)?, bytes.arbitrary()?),
        8 => format!("{PLACEHOLDER}{}", bytes.choose_index(UNHOLDABLE)?).into(),
        // Not lists of any value: three levels of 64 items each exceed the memory of a machine.
        9 => Value::Array(vec![odd_text(bytes)?.into(); bytes.int_in_range(0..=64)?]),
        _ => odd_text(bytes)?.into(),
    })
}

/// Returns nested lists or objects.
fn nested(depth: usize, objects: bool) -> Value {
    (0..depth).fold(Value::Null, |inside, _| {
        if objects { Value::Object(Map::from_iter([("a".to_owned(), inside)])) } else { Value::Array(vec![inside]) }
    })
}

/// Returns an unexpected string.
///
/// # Errors
///
/// As [`mutate`].
pub fn odd_text(bytes: &mut Unstructured<'_>) -> Result<String> {
    const TEXTS: [&str; 16] = [
        "", ".", "..", "/", "%2e%2e", "\u{0}", "\n", "\u{feff}", "\u{202e}", "null", "-1", "1e5", "[", "true", "ß🚢",
        MARKER,
    ];
    Ok(match bytes.int_in_range(0..=3)? {
        0 => (*bytes.choose(&TEXTS)?).to_owned(),
        1 => bytes.choose(&TEXTS)?.repeat(bytes.int_in_range(0..=300)?),
        _ => bytes.arbitrary::<&str>()?.to_owned(),
    })
}

/// Encodes a value, and may break the result.
///
/// # Errors
///
/// As [`mutate`].
pub fn encode(value: &Value, bytes: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut text = value.to_string().into_bytes();
    let mark = PLACEHOLDER.to_string();
    if value.to_string().contains(&mark) {
        for (index, odd) in unholdable().iter().enumerate() {
            text = replace(&text, format!("\"{mark}{index}\"").as_bytes(), odd);
        }
    }
    for _ in 0..bytes.int_in_range(0..=2)? {
        break_text(&mut text, bytes)?;
    }
    Ok(text)
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut done = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        done.extend_from_slice(&rest[..at]);
        done.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    done.extend_from_slice(rest);
    done
}

/// Truncates, overwrites, inserts or repeats.
fn break_text(text: &mut Vec<u8>, bytes: &mut Unstructured<'_>) -> Result<()> {
    let at = bytes.int_in_range(0..=text.len())?;
    match bytes.int_in_range(0..=3)? {
        0 => text.truncate(at),
        1 => {
            if let Some(byte) = text.get_mut(at) {
                *byte = bytes.arbitrary()?;
            }
        }
        2 => {
            let added: Vec<u8> = bytes.arbitrary()?;
            text.splice(at..at, added);
        }
        _ => {
            let again = text[at..].to_vec();
            text.extend(again);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Returns pseudo-random bytes, the same in every run.
    fn noise(seed: u64) -> Vec<u8> {
        let mut state = seed;
        let step = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        (0..64).map(step).collect()
    }

    #[test]
    fn every_kind_of_change_is_made() {
        let original = json!({"a": [1, {"b": "c"}], "d": {"e": null}});
        let (mut lost, mut added, mut nested, mut broken, mut changed) = (0, 0, 0, 0, 0);
        for seed in 0..2000 {
            let noise = noise(seed);
            let mut bytes = Unstructured::new(&noise);
            let mut value = original.clone();
            mutate(&mut value, &mut bytes).expect("bytes never run out");
            let text = encode(&value, &mut bytes).expect("bytes never run out");
            changed += usize::from(value != original);
            lost += usize::from(value.is_object() && value.get("a").is_none());
            added += usize::from(value.as_object().is_some_and(|map| map.len() > 2));
            nested += usize::from(text.windows(RECURSION_LIMIT).any(|window| window.iter().all(|byte| *byte == b'[')));
            broken += usize::from(serde_json::from_slice::<Value>(&text).is_err());
        }
        for (name, count) in [("lost", lost), ("added", added), ("nested", nested), ("broken", broken)] {
            assert!(count > 5, "{name}: {count}");
        }
        assert!(changed > 1900, "changed: {changed}");
    }
}
