use std::fmt;

use serde_path_to_error::{Path, Segment};

/// Path to a field of a body, such as `meta.details[3]`; `$` is the body itself.
///
/// A key of more than 64 bytes, or with other characters than ASCII letters, digits, `_` and `-`, is shown as `*`,
/// because it may be data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath(String);

const LONGEST_NAME: usize = 64;

impl FieldPath {
    pub(crate) fn root() -> Self {
        Self("$".to_owned())
    }

    pub(crate) fn new(path: &Path) -> Self {
        let mut text = String::new();
        for segment in path.iter() {
            match segment {
                Segment::Seq { index } => text.push_str(&format!("[{index}]")),
                Segment::Map { key: name } | Segment::Enum { variant: name } => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(if is_plain(name) { name } else { "*" });
                }
                Segment::Unknown => {}
            }
        }
        if text.is_empty() { Self::root() } else { Self(text) }
    }

    /// Returns the path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_plain(name: &str) -> bool {
    name.len() <= LONGEST_NAME && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
