use std::fmt;

use http::StatusCode;

/// Table of what the spec says of answers and deliveries: keys, types, listed values. The generator writes it.
#[derive(Debug)]
pub struct SchemaTable {
    /// Name of the crate.
    pub crate_name: &'static str,
    /// Version of the crate.
    pub crate_version: &'static str,
    /// First twelve hexadecimal digits of the SHA-256 of the bundle, the one OpenAPI document that the spec becomes.
    pub spec_revision: &'static str,
    /// Answers of each operation.
    pub operations: &'static [OperationRow],
    /// Key of an event's name in a delivery.
    pub event_key: &'static str,
    /// Events that are delivered to a webhook.
    pub events: &'static [EventRow],
}

/// Answers of one operation.
#[derive(Debug)]
pub struct OperationRow {
    /// Name of the operation.
    pub id: &'static str,
    /// Answers that the spec lists.
    pub answers: &'static [AnswerRow],
}

/// One answer that the spec lists.
#[derive(Debug)]
pub struct AnswerRow {
    /// First status that it is for.
    pub first: u16,
    /// Last status that it is for: another one than the first for `4XX` and `default`.
    pub last: u16,
    /// Schema of the body; `None` if it has none or is not JSON.
    pub body: Option<&'static SchemaRow>,
}

/// One event.
#[derive(Debug)]
pub struct EventRow {
    /// Name of the event.
    pub name: &'static str,
    /// Schema of the delivery.
    pub body: &'static SchemaRow,
}

/// What the spec says of a JSON value. It may contain itself, so printing it shows nothing.
pub enum SchemaRow {
    /// Anything.
    Any,
    /// This, or null.
    Nullable(&'static SchemaRow),
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A string.
    String,
    /// One of these strings.
    Enum(&'static [&'static str]),
    /// One of these whole numbers.
    IntegerEnum(&'static [i64]),
    /// A list.
    Array(&'static SchemaRow),
    /// An object with these keys and no others.
    Object(&'static [FieldRow]),
    /// An object with these keys and others, whose values are of this schema. The other keys are data.
    OpenObject(&'static [FieldRow], &'static SchemaRow),
    /// The one of these that fits best.
    OneOf(&'static [&'static SchemaRow]),
    /// The one of these that the value of a property names.
    Discriminated(&'static str, &'static [(&'static str, &'static SchemaRow)]),
}

impl fmt::Debug for SchemaRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SchemaRow(..)")
    }
}

/// One key of an object.
#[derive(Debug)]
pub enum FieldRow {
    /// A key that is always there.
    Required(&'static str, &'static SchemaRow),
    /// A key that may be left out.
    Optional(&'static str, &'static SchemaRow),
}

impl FieldRow {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Required(name, _) | Self::Optional(name, _) => name,
        }
    }

    pub(crate) fn schema(&self) -> &'static SchemaRow {
        match self {
            Self::Required(_, schema) | Self::Optional(_, schema) => schema,
        }
    }

    pub(crate) fn is_required(&self) -> bool {
        matches!(self, Self::Required(..))
    }
}

impl SchemaTable {
    pub(crate) fn operation(&self, id: &str) -> Option<&'static OperationRow> {
        self.operations.iter().find(|row| row.id == id)
    }

    pub(crate) fn event(&self, name: &str) -> Option<&'static EventRow> {
        self.events.iter().find(|row| row.name == name)
    }
}

impl OperationRow {
    /// Returns the answer that the spec lists for a status: the narrowest one.
    pub(crate) fn answer(&self, status: u16) -> Option<&'static AnswerRow> {
        let listed = self.answers.iter().filter(|row| (row.first..=row.last).contains(&status));
        listed.min_by_key(|row| row.last - row.first)
    }

    /// Returns the first success, which any other success is read like.
    pub(crate) fn success(&self) -> Option<&'static AnswerRow> {
        self.answers.iter().find(|row| StatusCode::from_u16(row.first).is_ok_and(|status| status.is_success()))
    }
}
