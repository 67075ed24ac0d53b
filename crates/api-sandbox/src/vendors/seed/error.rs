use std::fmt;

use api_bundle::escape_token;

use crate::similar_name::{hint, most_similar};
use crate::spec::Rejection;

/// Reasons why a seed cannot be loaded, each with the JSON pointer of its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedError {
    reasons: Vec<String>,
}

impl SeedError {
    /// Creates the error of one place; the empty pointer is the whole seed.
    pub(crate) fn at(pointer: &str, reason: impl fmt::Display) -> Self {
        let reason = if pointer.is_empty() { reason.to_string() } else { format!("{pointer}: {reason}") };
        Self { reasons: vec![reason] }
    }

    /// Creates the error of a name that does not exist, with the most similar one that does.
    pub(crate) fn unknown<'n>(pointer: &str, thing: &str, name: &str, known: impl Iterator<Item = &'n str>) -> Self {
        Self::at(pointer, format!("there is no {thing} `{name}`{}", hint(most_similar(name, known))))
    }

    /// Creates the error of an item that the vendor would reject.
    pub(super) fn rejected(pointer: &str, rejection: &Rejection) -> Self {
        match rejection {
            Rejection::Invalid(violations) => violations
                .iter()
                .map(|violation| {
                    let field = violation.field.split('.').filter(|name| !name.is_empty());
                    let place =
                        field.fold(pointer.to_owned(), |pointer, name| format!("{pointer}/{}", escape_token(name)));
                    Self::at(&place, clause(&violation.message))
                })
                .collect(),
            Rejection::PaymentRequired(reason) | Rejection::Forbidden(reason) | Rejection::BusinessRule(reason) => {
                Self::at(pointer, clause(reason))
            }
            other => Self::at(pointer, format!("the vendor would answer {}", other.status())),
        }
    }
}

/// Takes the reasons of several errors together.
impl FromIterator<Self> for SeedError {
    fn from_iter<I: IntoIterator<Item = Self>>(errors: I) -> Self {
        Self { reasons: errors.into_iter().flat_map(|error| error.reasons).collect() }
    }
}

/// Shows a reason on each line.
impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reasons.join("\n"))
    }
}

impl std::error::Error for SeedError {}

/// Returns a vendor's sentence in lower case without its full stop.
fn clause(sentence: &str) -> String {
    let mut letters = sentence.trim_end_matches('.').chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{ParameterLocation, Violation};

    #[test]
    fn the_place_of_a_violation_is_a_pointer() {
        let (location, message) = (ParameterLocation::Body, "Not valid.".to_owned());
        let violation = Violation { location, field: "papers.0.in/out".to_owned(), message };
        let error = SeedError::rejected("/ships/1", &Rejection::Invalid(vec![violation]));
        assert_eq!(error.to_string(), "/ships/1/papers/0/in~1out: not valid");
    }
}
