//! Changes, and their classes.

/// How much a change asks of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    Documentation,
    Additive,
    Breaking,
}

impl Impact {
    pub fn name(self) -> &'static str {
        match self {
            Self::Documentation => "documentation",
            Self::Additive => "additive",
            Self::Breaking => "breaking",
        }
    }
}

/// One change, for what is sent and received and for the Rust API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub place: String,
    pub description: String,
    pub wire: Impact,
    pub rust: Impact,
}

/// Collects changes.
#[derive(Default)]
pub struct Changes(pub Vec<Change>);

impl Changes {
    pub fn add(&mut self, place: &str, description: impl Into<String>, wire: Impact, rust: Impact) {
        let change = Change { place: place.to_owned(), description: description.into(), wire, rust };
        if !self.0.contains(&change) {
            self.0.push(change);
        }
    }
}
