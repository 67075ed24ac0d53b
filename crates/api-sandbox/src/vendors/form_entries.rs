//! Entries of a form that a browser posts.

/// Names and values of a posted form, in the order of its controls.
#[derive(Debug, Default)]
pub(crate) struct FormEntries(Vec<(String, String)>);

impl FormEntries {
    /// Parses a body of the type `application/x-www-form-urlencoded`.
    pub(crate) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// Returns the first value of a control without blanks around it, empty if there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Returns the values of a control, of which a check list has several.
    pub(crate) fn all<'e>(&'e self, name: &str) -> impl Iterator<Item = &'e str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }
}
