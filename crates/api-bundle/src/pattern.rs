//! Patterns, which vendors write in the dialect of their own language.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

/// The patterns of a document, each tried once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Patterns(Arc<Mutex<HashMap<String, Option<String>>>>);

impl Patterns {
    /// A pattern as the engine takes it; `None` if it takes it in no form.
    pub(crate) fn usable(&self, pattern: &str) -> Option<String> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(usable) = known.get(pattern) {
            return usable.clone();
        }
        let usable = [pattern.to_owned(), with_plain_end(pattern)].into_iter().find(|pattern| compiles(pattern));
        known.insert(pattern.to_owned(), usable.clone());
        usable
    }
}

/// The validator chooses and sets up its engine itself, so it is asked.
fn compiles(pattern: &str) -> bool {
    jsonschema::options().with_draft(crate::DRAFT).build(&json!({"pattern": pattern})).is_ok()
}

/// Writes the end of the text as `\z`, which Python calls `\Z`.
fn with_plain_end(pattern: &str) -> String {
    let mut plain = String::with_capacity(pattern.len());
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        plain.push(letter);
        if letter == '\\' {
            plain.extend(letters.next().map(|escaped| if escaped == 'Z' { 'z' } else { escaped }));
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_the_text_is_rewritten() {
        for (python, plain) in [(r"a\Z", r"a\z"), (r"a\\Z", r"a\\Z"), (r"\\\Z", r"\\\z"), ("Z", "Z"), ("\\", "\\")] {
            assert_eq!(with_plain_end(python), plain);
        }
    }

    #[test]
    fn a_pattern_is_kept_as_it_is_if_it_can_be() {
        let patterns = Patterns::default();
        for (pattern, usable) in [
            (r"^\d+$", Some(r"^\d+$")),
            (r"^\d+\Z", Some(r"^\d+\z")),
            (r"^(?P<name>a)(?!b)$", Some(r"^(?P<name>a)(?!b)$")),
            ("{{", None),
            ("(", None),
        ] {
            assert_eq!(patterns.usable(pattern).as_deref(), usable, "{pattern}");
            assert_eq!(patterns.usable(pattern).as_deref(), usable, "{pattern}, again");
        }
    }
}
