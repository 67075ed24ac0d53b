//! Pairs of an object, such as `name=Ana,email=ana@signers.example`.

use super::value_error::ValueError;

/// Splits pairs at their commas. A value with a comma is quoted as JSON is: `name="Prado, Ana"`. What a part means is left to
/// [`assignment`](super::assignment).
pub(super) fn split(text: &str) -> Result<Vec<String>, ValueError> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, after) = next(rest)?;
        parts.push(part);
        match after {
            Some(after) => rest = after,
            None => return Ok(parts),
        }
    }
}

/// Returns the first part, and what comes after its comma.
fn next(text: &str) -> Result<(String, Option<&str>), ValueError> {
    let start = text.find('=').map_or(0, |equals| equals + 1);
    if !text[start..].starts_with('"') || text[..start].contains(',') {
        return Ok(match text.split_once(',') {
            Some((part, after)) => (part.to_owned(), Some(after)),
            None => (text.to_owned(), None),
        });
    }
    let mut strings = serde_json::Deserializer::from_str(&text[start..]).into_iter::<String>();
    let value = strings.next().and_then(Result::ok);
    let end = start + strings.byte_offset();
    let fault = || ValueError::new("a quoted value has no end; write `\\\"` for a quotation mark within it");
    let part = format!("{}{}", &text[..start], value.ok_or_else(fault)?);
    match text[end..].strip_prefix(',') {
        Some(after) => Ok((part, Some(after))),
        None if end == text.len() => Ok((part, None)),
        None => Err(ValueError::new("a quoted value goes on behind its end; put a comma there")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_part_pairs_but_not_within_quotes() {
        for (text, parts) in [
            ("name=Ana", &["name=Ana"][..]),
            ("name=Ana,email=a=b", &["name=Ana", "email=a=b"]),
            ("name=\"Prado, Ana\",a=\"\",b=c", &["name=Prado, Ana", "a=", "b=c"]),
            ("name=\"a \\\"b\\\" c\"", &["name=a \"b\" c"]),
            ("name=a\"b,c=d", &["name=a\"b", "c=d"]),
            ("a,b=\"c\"", &["a", "b=c"]),
            ("a=1,", &["a=1", ""]),
        ] {
            assert_eq!(split(text).expect(text), parts, "{text}");
        }
        assert!(split("a=\"b").is_err() && split("a=\"b\"c").is_err());
    }
}
