//! Decoding of values that are one of several types (`oneOf`, `anyOf`), called by generated code.

use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Returns the value of the discriminator property as text; `None` if it is absent, null, an object or a list.
#[doc(hidden)]
pub fn __tag(value: &Value, property: &str) -> Option<String> {
    match value.get(property)? {
        Value::String(text) => Some(text.clone()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        plain => Some(plain.to_string()),
    }
}

/// Decodes a value as the alternative that the discriminator names; `None` if the value does not match its type.
#[doc(hidden)]
pub fn __alternative<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

/// Decoder of a union without a discriminator: each alternative is tried, and the one that keeps most of the value's
/// fields is chosen; of several that keep as many, the first.
#[doc(hidden)]
pub struct __BestFit<U> {
    value: Value,
    best: Option<(usize, U)>,
}

impl<U> __BestFit<U> {
    /// Creates a decoder of one value.
    #[must_use]
    pub fn new(value: Value) -> Self {
        Self { value, best: None }
    }

    /// Tries one alternative.
    #[must_use]
    pub fn or<T: DeserializeOwned + Serialize>(mut self, make: fn(T) -> U) -> Self {
        if let Ok(found) = T::deserialize(&self.value) {
            let kept = serde_json::to_value(&found).map_or(0, |kept| shared(&self.value, &kept));
            if self.best.as_ref().is_none_or(|(most, _)| kept > *most) {
                self.best = Some((kept, make(found)));
            }
        }
        self
    }

    /// Returns the chosen alternative.
    ///
    /// # Errors
    ///
    /// A custom error of the deserializer if no alternative matches.
    pub fn finish<E: serde::de::Error>(self) -> Result<U, E> {
        self.best.map(|(_, found)| found).ok_or_else(|| E::custom("the value fits none of its alternatives"))
    }
}

/// Counts the fields that both values have, and the plain values that are equal at the same path.
fn shared(came: &Value, kept: &Value) -> usize {
    match (came, kept) {
        (Value::Object(came), Value::Object(kept)) => {
            came.iter().filter_map(|(key, value)| Some(1 + shared(value, kept.get(key)?))).sum()
        }
        (Value::Array(came), Value::Array(kept)) => came.iter().zip(kept).map(|(came, kept)| shared(came, kept)).sum(),
        (came, kept) => usize::from(came == kept),
    }
}

/// Decodes an optional field that is present, so that `Some(None)` is a null and `None` an absent field.
///
/// # Errors
///
/// The deserializer's error if the value does not match its type.
#[doc(hidden)]
pub fn __present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq)]
    enum Either {
        Few(BTreeMap<String, String>),
        One(One),
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct One {
        name: String,
    }

    fn best(value: Value) -> Result<Either, serde_json::Error> {
        __BestFit::new(value).or(Either::One).or(Either::Few).finish()
    }

    /// The first alternative matches both values, and would drop a field of the second.
    #[test]
    fn the_alternative_that_keeps_most_is_taken() {
        assert_eq!(best(json!({"name": "a"})).expect("it fits"), Either::One(One { name: "a".into() }));
        let few = BTreeMap::from([("name".to_owned(), "a".to_owned()), ("rank".to_owned(), "b".to_owned())]);
        assert_eq!(best(json!({"name": "a", "rank": "b"})).expect("it fits"), Either::Few(few));
        assert!(best(json!(7)).is_err());
    }

    #[test]
    fn a_property_names_the_alternative() {
        assert_eq!(__tag(&json!({"kind": "text"}), "kind").as_deref(), Some("text"));
        assert_eq!(__tag(&json!({"kind": 3}), "kind").as_deref(), Some("3"));
        assert_eq!(__tag(&json!({"kind": null}), "kind"), None);
        assert_eq!(__tag(&json!([1]), "kind"), None);
    }

    #[test]
    fn an_alternative_of_another_form_is_none() {
        assert_eq!(__alternative::<One>(&json!({"name": "a"})), Some(One { name: "a".into() }));
        assert_eq!(__alternative::<One>(&json!({"name": 1})), None);
    }

    #[test]
    fn null_and_absent_are_told_apart() {
        #[derive(Deserialize, Serialize)]
        struct Change {
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "__present")]
            about: Option<Option<String>>,
        }
        for text in ["{}", r#"{"about":null}"#, r#"{"about":"x"}"#] {
            let change: Change = serde_json::from_str(text).expect("it reads");
            assert_eq!(serde_json::to_string(&change).expect("it writes"), text);
        }
    }
}
