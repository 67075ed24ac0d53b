//! Changes, and their impact.

/// Impact of a change on users.
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

/// A change, with its impact on the wire and on the Rust API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub place: String,
    pub description: String,
    pub wire: Impact,
    pub rust: Impact,
}

/// List of changes without duplicates.
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
