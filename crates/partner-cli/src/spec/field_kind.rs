//! Kind of a field: how its value is written on a command line.

use api_bundle::Schemas;
use serde_json::Value;

use super::schema_facts::{keyword, text, types};

/// Way to write a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// Text, as it is.
    Text,
    /// Whole number.
    Integer,
    /// Number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Text that is the base64 of a file, which can be named.
    Base64,
    /// File of a form.
    File,
    /// Text that must not be on a command line, and is read from a file.
    Secret,
    /// List, whose items are written like this.
    List(Box<Self>),
    /// Object, written as pairs of a name and a value, or as JSON.
    Object,
    /// Value that may have several types: JSON where that fits, or else text.
    Any,
}

impl FieldKind {
    /// Returns the kind of a schema's values.
    pub(crate) fn of(schemas: &Schemas, schema: &Value) -> Self {
        if schemas.is_secret(schema) {
            return Self::Secret;
        }
        match types(schemas, schema)[..] {
            ["string"] => match text(schemas, schema, "format") {
                "byte" => Self::Base64,
                "binary" => Self::File,
                _ => Self::Text,
            },
            ["integer"] => Self::Integer,
            ["number"] => Self::Number,
            ["boolean"] => Self::Boolean,
            ["array"] => {
                let items = keyword(schemas, schema, "items");
                Self::List(Box::new(items.map_or(Self::Any, |items| Self::of(schemas, items))))
            }
            ["object"] => Self::Object,
            _ => Self::Any,
        }
    }

    /// Returns the name of a value in help, such as `NUMBER`.
    pub(crate) fn value_name(&self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Integer | Self::Number => "NUMBER",
            Self::Boolean => "BOOLEAN",
            Self::Base64 => "@FILE|BASE64",
            Self::File => "@FILE",
            Self::Secret => "@FILE",
            Self::List(item) => item.value_name(),
            Self::Object => "NAME=VALUE,...|JSON|@FILE",
            Self::Any => "VALUE",
        }
    }
}
