//! Value of the command line that can't be used.

use std::fmt;

/// Value that can't be used, with the flag that it was given to. It shows no value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ValueError {
    /// Flag with its dashes; empty if it is not known yet.
    flag: String,
    message: String,
}

impl ValueError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { flag: String::new(), message: message.into() }
    }

    /// Names the flag, unless one within it was named before.
    pub(super) fn of_flag(mut self, flag: &str) -> Self {
        if self.flag.is_empty() {
            self.flag = flag.to_owned();
        }
        self
    }

    /// Puts the name of a field in front of the message.
    pub(super) fn in_field(mut self, field: &str) -> Self {
        self.message = format!("{field}: {}", self.message);
        self
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.flag.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.flag, self.message) }
    }
}

impl std::error::Error for ValueError {}
