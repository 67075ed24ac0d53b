//! Texts that must not be shown: the secrets of a call, which a server may send back anywhere.

use std::borrow::Cow;
use std::cell::RefCell;

use api_bundle::MASK;
use api_runtime::Secret;
use serde_json::Value;

/// Mark of a text that was cut.
const CUT: char = '…';

/// Smallest part of a secret that is hidden at the end of a text that was cut, in bytes.
const MIN_PART: usize = 4;

/// Texts that must not be shown.
#[derive(Default)]
pub(crate) struct HiddenTexts {
    /// Longest first, so that none is hidden by halves if another is a part of it.
    texts: RefCell<Vec<Secret>>,
}

impl HiddenTexts {
    /// Creates a list of secrets.
    pub(crate) fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let hidden = Self::default();
        hidden.add(secrets);
        hidden
    }

    /// Adds secrets, each of them also as it is written in JSON and in a URL.
    pub(crate) fn add(&self, secrets: impl IntoIterator<Item = Secret>) {
        let mut texts = self.texts.borrow_mut();
        for secret in secrets {
            let quoted = Value::from(secret.expose()).to_string();
            let in_json = quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned();
            let in_url: String = url::form_urlencoded::byte_serialize(secret.expose().as_bytes()).collect();
            texts.extend([Secret::new(in_json), Secret::new(in_url.replace('+', "%20")), Secret::new(in_url), secret]);
        }
        texts.retain(|text| !text.expose().is_empty());
        texts.sort_by_key(|text| std::cmp::Reverse(text.expose().len()));
        texts.dedup();
    }

    /// Replaces the secrets in a text, and the beginning of one where the text was cut.
    pub(crate) fn hide(&self, text: &mut String) {
        for secret in self.texts.borrow().iter().map(Secret::expose) {
            if text.contains(secret) {
                *text = text.replace(secret, MASK);
            }
            let lengths = (MIN_PART..secret.len()).rev().filter(|length| secret.is_char_boundary(*length));
            for part in lengths.map(|length| format!("{}{CUT}", &secret[..length])) {
                if text.contains(&part) {
                    *text = text.replace(&part, &format!("{MASK}{CUT}"));
                }
            }
        }
    }

    /// Replaces the secrets in every text of a value, and in the names of its fields.
    pub(crate) fn hide_within(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.hide(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_within(item)),
            Value::Object(fields) => {
                if fields.keys().any(|name| self.is_in(name)) {
                    *fields =
                        std::mem::take(fields).into_iter().map(|(name, field)| (self.hidden(&name), field)).collect();
                }
                fields.values_mut().for_each(|field| self.hide_within(field));
            }
            _ => {}
        }
    }

    /// Returns a body without the secrets. One that is no text is left as it is: it is a file.
    pub(crate) fn without<'b>(&self, body: &'b [u8]) -> Cow<'b, [u8]> {
        match std::str::from_utf8(body) {
            Ok(text) if self.is_in(text) => self.hidden(text).into_bytes().into(),
            _ => body.into(),
        }
    }

    fn hidden(&self, text: &str) -> String {
        let mut text = text.to_owned();
        self.hide(&mut text);
        text
    }

    fn is_in(&self, text: &str) -> bool {
        self.texts.borrow().iter().any(|secret| text.contains(secret.expose()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_hidden_in_every_form() {
        let hidden = HiddenTexts::new(["s3cret", "s3cret-0001", "pass \"w\\rd", ""].map(Secret::from));
        for (text, expected) in [
            ("a s3cret, s3cret-0001", "a ***, ***"),
            ("pass \"w\\rd", "***"),
            ("{\"a\": \"pass \\\"w\\\\rd", "{\"a\": \"***"),
            ("?a=pass+%22w%5Crd&b=pass%20%22w%5Crd", "?a=***&b=***"),
            ("key s3cret-00…; code", "key ***…; code"),
            ("key s3cr…", "key ***…"),
            ("a s3c… and s3cr", "a s3c… and s3cr"),
        ] {
            assert_eq!(hidden.hidden(text), expected);
        }
        let mut value = json!({"s3cret": [{"a": "is s3cret"}], "b": 7});
        hidden.hide_within(&mut value);
        assert_eq!(value, json!({"***": [{"a": "is ***"}], "b": 7}));
        assert_eq!(hidden.without(b"a s3cret").as_ref(), b"a ***");
        assert_eq!(hidden.without(b"\xff s3cret").as_ref(), b"\xff s3cret");
        assert_eq!(HiddenTexts::default().hidden("a…"), "a…");
    }
}
