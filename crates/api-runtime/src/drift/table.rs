use std::fmt;

use http::StatusCode;

use super::report::Drift;

/// Table of the schemas of responses and webhook deliveries: keys, types, listed values. The generator writes it from
/// the spec.
#[derive(Debug)]
pub struct SchemaTable {
    /// Name of the crate.
    pub crate_name: &'static str,
    /// Version of the crate.
    pub crate_version: &'static str,
    /// First twelve hexadecimal digits of the SHA-256 of the bundle, the one OpenAPI document that the spec becomes.
    pub spec_revision: &'static str,
    /// Recorder of a difference for `tracing`, with the crate as its target.
    pub record: fn(&Drift),
    /// Responses of each operation.
    pub operations: &'static [OperationRow],
    /// Key of an event's name in a delivery.
    pub event_key: &'static str,
    /// Events that are delivered to a webhook.
    pub events: &'static [EventRow],
}

/// Responses of one operation.
#[derive(Debug)]
pub struct OperationRow {
    /// Name of the operation.
    pub id: &'static str,
    /// Responses that the spec lists.
    pub responses: &'static [ResponseRow],
}

/// One response that the spec lists, for a status or a range of them.
#[derive(Debug)]
pub struct ResponseRow {
    /// Lowest status of the range.
    pub first: u16,
    /// Highest status of the range; differs from `first` for `4XX` and `default`.
    pub last: u16,
    /// Schema of the body; `None` if there is no body, or it is not JSON.
    pub body: Option<&'static SchemaRow>,
}

/// One webhook event.
#[derive(Debug)]
pub struct EventRow {
    /// Name of the event.
    pub name: &'static str,
    /// Schema of the delivery.
    pub body: &'static SchemaRow,
}

/// Schema of a JSON value. It may contain itself, so its `Debug` shows nothing.
pub enum SchemaRow {
    /// Any value.
    Any,
    /// A value of this schema, or null.
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
    /// A value of one of these schemas. It is compared with the one that the decoder would take.
    OneOf(&'static [&'static SchemaRow]),
    /// An object whose schema is chosen by the value of this property.
    Discriminated(&'static str, &'static [(&'static str, &'static SchemaRow)]),
}

impl fmt::Debug for SchemaRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SchemaRow(..)")
    }
}

/// Key of an object, with the schema of its value.
#[derive(Debug)]
pub enum FieldRow {
    /// A required key.
    Required(&'static str, &'static SchemaRow),
    /// An optional key.
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
    /// Returns the response that the spec lists for a status; of several, the one with the smallest range.
    pub(crate) fn response(&self, status: u16) -> Option<&'static ResponseRow> {
        let listed = self.responses.iter().filter(|row| (row.first..=row.last).contains(&status));
        listed.min_by_key(|row| row.last - row.first)
    }

    /// Returns the first 2xx response. An unlisted 2xx status is compared with it, as the client decodes it.
    pub(crate) fn success(&self) -> Option<&'static ResponseRow> {
        self.responses.iter().find(|row| StatusCode::from_u16(row.first).is_ok_and(|status| status.is_success()))
    }
}
