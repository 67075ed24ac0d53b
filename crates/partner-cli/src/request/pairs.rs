//! Pairs of an object, such as `name=Ana,email=ana@signers.example`.

use serde_json::Value;

use super::assignment::{AssignedValue, Assignment};
use super::value_error::ValueError;

/// Reads pairs with commas between them. A value with a comma is quoted as JSON is, `name="Prado, Ana"`, and behind `:=` is JSON.
pub(super) fn split(text: &str) -> Result<Vec<Assignment>, ValueError> {
    let mut pairs: Vec<Assignment> = Vec::new();
    let mut rest = text;
    loop {
        let number = pairs.len() + 1;
        let (pair, after) = next(rest).map_err(|error| error.in_field(&format!("pair {number}")))?;
        if let Some(earlier) = pairs.iter().position(|earlier| earlier.path == pair.path) {
            let message = format!("pair {number} sets the same field as pair {}", earlier + 1);
            return Err(ValueError::new(format!("{message}; a value with a comma is written as `name=\"a, b\"`")));
        }
        pairs.push(pair);
        match after {
            Some(after) => rest = after,
            None => return Ok(pairs),
        }
    }
}

/// Returns the first pair, and what comes after its comma.
fn next(text: &str) -> Result<(Assignment, Option<&str>), ValueError> {
    let name_end = text.find(['=', ',']).filter(|end| text[*end..].starts_with('='));
    let fault = "it is no pair; write it as `name=value`, and a value with a comma as `name=\"a, b\"`";
    let (path, value) = text.split_at(name_end.ok_or_else(|| ValueError::new(fault))?);
    let value = &value[1..];
    let (value, after) = match path.strip_suffix(':') {
        Some(path) => {
            let (json, after) = json(value)?;
            return Ok((Assignment::new(path.trim(), AssignedValue::Json(json)), after));
        }
        None if value.starts_with('"') => match json(value)? {
            (Value::String(text), after) => (AssignedValue::QuotedText(text), after),
            (other, after) => (AssignedValue::Json(other), after),
        },
        None => match value.split_once(',') {
            Some((value, after)) => (AssignedValue::Text(value.to_owned()), Some(after)),
            None => (AssignedValue::Text(value.to_owned()), None),
        },
    };
    Ok((Assignment::new(path.trim(), value), after))
}

/// Reads a JSON value, up to the comma behind it or the end.
fn json(text: &str) -> Result<(Value, Option<&str>), ValueError> {
    let fault = "a value that is quoted, or comes behind `:=`, is no JSON; `\\\"` is a quotation mark in a text";
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    let value = values.next().and_then(Result::ok).ok_or_else(|| ValueError::new(fault))?;
    let rest = text[values.byte_offset()..].trim_start();
    match rest.strip_prefix(',') {
        Some(after) => Ok((value, Some(after))),
        None if rest.is_empty() => Ok((value, None)),
        None => Err(ValueError::new("a value goes on behind its end; put a comma there")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn commas_part_pairs_but_not_within_quotes_and_json() {
        let text = |value: &str| AssignedValue::Text(value.to_owned());
        let quoted = |value: &str| AssignedValue::QuotedText(value.to_owned());
        for (written, pairs) in [
            ("name=Ana", vec![("name", text("Ana"))]),
            ("name=Ana, email=a=b", vec![("name", text("Ana")), ("email", text("a=b"))]),
            ("a=\"Prado, Ana\",b=\"\",c=d", vec![("a", quoted("Prado, Ana")), ("b", quoted("")), ("c", text("d"))]),
            ("a=\"a \\\"b\\\" c\"", vec![("a", quoted("a \"b\" c"))]),
            ("a=x\"y,b=d", vec![("a", text("x\"y")), ("b", text("d"))]),
            ("a=,b=1", vec![("a", text("")), ("b", text("1"))]),
            (
                "a:=[1, \"x,y\"],b:=null",
                vec![("a", AssignedValue::Json(json!([1, "x,y"]))), ("b", AssignedValue::Json(Value::Null))],
            ),
            ("a:=\"x\" ,b=ç\n", vec![("a", AssignedValue::Json(json!("x"))), ("b", text("ç\n"))]),
        ] {
            let pairs: Vec<_> = pairs.into_iter().map(|(path, value)| Assignment::new(path, value)).collect();
            assert_eq!(split(written).expect(written), pairs, "{written}");
        }
    }

    #[test]
    fn what_is_no_pair_is_refused_without_being_shown() {
        for (written, place) in [
            ("", "pair 1"),
            ("s3cret", "pair 1"),
            ("a=1,s3cret", "pair 2"),
            ("a=1,", "pair 2"),
            ("a=1,s3cret,b=2", "pair 2"),
            ("a=\"s3cret", "pair 1"),
            ("a=\"b\"s3cret", "pair 1"),
            ("a:=s3cret", "pair 1"),
            ("a=s3cret,a=b", "pair 2"),
        ] {
            let error = split(written).expect_err(written).to_string();
            assert!(error.contains(place) && !error.contains("s3cret"), "{written}: {error}");
        }
    }
}
