//! JSON pointers (RFC 6901).

use api_bundle::{array_index, escape_token, unescape_token};
use serde_json::{Map, Value};

use super::override_error::OverrideError;

/// Largest number of tokens of a pointer. Each is a value within another one, and what writes a value calls itself for those in it.
const MAX_TOKENS: usize = 32;

/// Returns the unescaped tokens of a pointer to a field.
pub(crate) fn tokens(pointer: &str) -> Result<Vec<String>, OverrideError> {
    let tokens = pointer.strip_prefix('/').ok_or_else(|| OverrideError::no_pointer(pointer))?;
    let count = tokens.split('/').count();
    if count > MAX_TOKENS {
        return Err(OverrideError::too_deep(count, MAX_TOKENS));
    }
    Ok(tokens.split('/').map(unescape_token).collect())
}

/// Returns the members of an object or list with their tokens, unescaped.
pub(super) fn members(value: &Value) -> impl Iterator<Item = (String, &Value)> {
    let named = value.as_object().into_iter().flatten().map(|(name, member)| (name.clone(), member));
    let items = value.as_array().into_iter().flatten().enumerate().map(|(index, item)| (index.to_string(), item));
    named.chain(items)
}

/// Sets the value at a pointer. Objects that are absent or `null` on the way are created.
///
/// # Errors
///
/// Returns an error if the pointer is none, leads beyond the end of a list, or into a value that has no members.
pub(crate) fn set(body: &mut Value, pointer: &str, value: Value) -> Result<(), OverrideError> {
    let mut place = body;
    let mut at = String::new();
    for token in tokens(pointer)? {
        let before = at.clone();
        at = format!("{at}/{}", escape_token(&token));
        if place.is_null() {
            *place = Map::new().into();
        }
        place = match place {
            Value::Object(object) => object.entry(token).or_insert(Value::Null),
            Value::Array(items) => {
                let count = items.len();
                let item = array_index(&token).and_then(|index| items.get_mut(index));
                item.ok_or_else(|| OverrideError::no_item(&at, &before, count))?
            }
            _ => return Err(OverrideError::no_members(&at, &before)),
        };
    }
    *place = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_set_where_the_pointer_leads() {
        let mut body = json!({"list": [{"name": "a"}], "null": null});
        for (pointer, value) in
            [("/list/0/name", "b"), ("/null/new/deep", "c"), ("/a~1b/~0", "d"), ("/", "e"), ("/list/0/more", "f")]
        {
            set(&mut body, pointer, value.into()).expect("it leads somewhere");
            assert_eq!(body.pointer(pointer).and_then(Value::as_str), Some(value), "{pointer}");
        }
        for (pointer, message) in [
            ("list", "`list` is no JSON pointer: it begins with `/`, as in `/list`"),
            ("", "`` is no JSON pointer: it begins with `/`, as in `/`"),
            ("/list/1/name", "there is no `/list/1`: the list has 1 item; set `/list` as a whole"),
            ("/list/00", "there is no `/list/00`: the list has 1 item; set `/list` as a whole"),
            ("/list/-", "there is no `/list/-`: the list has 1 item; set `/list` as a whole"),
            ("/list/0/name/x", "there is no `/list/0/name/x`: `/list/0/name` is neither an object nor a list"),
        ] {
            assert_eq!(set(&mut body, pointer, Value::Null).expect_err("it leads nowhere").to_string(), message);
        }
    }
}
