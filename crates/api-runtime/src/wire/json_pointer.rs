//! Lookup of one value in an encoded body without decoding the rest, since a body may be a document of many megabytes.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Returns the string, integer or boolean at a JSON pointer (RFC 6901) as text. `None` if there is another value or
/// none; the pointer does not go through lists.
///
/// # Errors
///
/// [`serde_json::Error`] if the body is not JSON, or has a number with a fraction at the pointer.
pub(crate) fn body_value(body: &[u8], pointer: &str) -> serde_json::Result<Option<String>> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    PointerSeed(pointer.strip_prefix('/')).deserialize(&mut deserializer)
}

/// Rest of the pointer; `None` at its end.
#[derive(Clone, Copy)]
struct PointerSeed<'p>(Option<&'p str>);

impl<'de> DeserializeSeed<'de> for PointerSeed<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PointerSeed<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, or the value itself")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (name, rest) = match self.0 {
            Some(path) => path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest))),
            None => ("", None),
        };
        let mut found = None;
        while let Some(is_next) = map.next_key_seed(KeyIs(name))? {
            if self.0.is_some() && is_next {
                found = map.next_value_seed(PointerSeed(rest))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(self.0.is_none().then(|| value.to_owned()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(self.0.is_none().then(|| value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(self.0.is_none().then(|| value.to_string()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(self.0.is_none().then(|| value.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// Seed that compares a key without copying it.
struct KeyIs<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for KeyIs<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyIs<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_a_pointer_through_objects() {
        let body = br#"{"name":"n","email":"a@b","deep":{"er":{"id":7}},"list":[1],"none":null,"\u0065\"scaped":8}"#;
        for (pointer, expected) in [
            ("/email", Some("a@b")),
            ("/deep/er/id", Some("7")),
            ("/deep", None),
            ("/missing", None),
            ("/email/more", None),
            ("/none", None),
            ("/list", None),
            ("/list/0", None),
            ("/e\"scaped", Some("8")),
        ] {
            assert_eq!(body_value(body, pointer).expect("it is JSON").as_deref(), expected, "{pointer}");
        }
        assert!(body_value(b"not json", "/email").is_err());
    }
}
