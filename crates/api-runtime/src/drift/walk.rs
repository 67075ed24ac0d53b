//! The comparison of one JSON value with the table.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::report::{DriftKind, JsonType};
use super::table::{FieldRow, SchemaRow};

/// Bound of the distinct differences that are kept of one body.
pub(super) const MOST: usize = 256;
/// Bound of the values that are looked at in one body: a union is looked at once for each of its alternatives.
const MOST_VALUES: usize = 1 << 20;
/// Longest key that is shown.
const LONGEST_KEY: usize = 40;
/// So many digits in a key are data: a number, a date, an id.
const DIGITS_OF_DATA: usize = 4;

/// Differences in one body: by place and kind, the type of the value that came first.
pub(super) struct Found {
    pub(super) places: BTreeMap<(String, DriftKind), Option<JsonType>>,
    /// Number of differences that had no room.
    pub(super) overflow: u64,
}

/// Compares a value with what the spec says of it.
pub(super) fn compare(schema: &'static SchemaRow, value: &Value) -> Found {
    let found = Found { places: BTreeMap::new(), overflow: 0 };
    let mut walk = Walk { path: String::new(), left: MOST_VALUES, trying: 0, found };
    walk.value(schema, value);
    walk.found
}

/// How well a schema fits a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Fit {
    /// Number of places at which the value can't be decoded.
    broken: usize,
    /// Number of keys and plain values that the schema knows.
    known: usize,
}

impl Fit {
    const KNOWN: Self = Self { broken: 0, known: 1 };
    const BROKEN: Self = Self { broken: 1, known: 0 };
    const NEITHER: Self = Self { broken: 0, known: 0 };

    fn add(&mut self, other: Self) {
        self.broken += other.broken;
        self.known += other.known;
    }
}

struct Walk {
    /// JSON pointer of the value that is looked at.
    path: String,
    /// Number of values that may still be looked at.
    left: usize,
    /// Number of unions whose alternatives are being tried. Nothing is kept meanwhile.
    trying: usize,
    found: Found,
}

impl Walk {
    fn value(&mut self, schema: &'static SchemaRow, value: &Value) -> Fit {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => return Fit::NEITHER,
        }
        match (schema, value) {
            (SchemaRow::Any, value) => Fit { broken: 0, known: plain_values(value) },
            (SchemaRow::Nullable(_), Value::Null) => Fit::KNOWN,
            (SchemaRow::Nullable(schema), value) => self.value(schema, value),
            (SchemaRow::OneOf(alternatives), value) => self.one_of(alternatives, value),
            (_, Value::Null) => self.report(DriftKind::UnexpectedNull, value, Fit::BROKEN),
            (SchemaRow::Boolean, Value::Bool(_))
            | (SchemaRow::Number, Value::Number(_))
            | (SchemaRow::String, Value::String(_)) => Fit::KNOWN,
            (SchemaRow::Integer, Value::Number(number)) if !number.is_f64() => Fit::KNOWN,
            (SchemaRow::Enum(listed), Value::String(text)) => self.listed(listed.contains(&text.as_str()), value),
            (SchemaRow::IntegerEnum(listed), Value::Number(number)) if !number.is_f64() => {
                self.listed(number.as_i64().is_some_and(|number| listed.contains(&number)), value)
            }
            (SchemaRow::Array(items), Value::Array(list)) => {
                let mut fit = Fit::NEITHER;
                for item in list {
                    fit.add(self.inside("*", |walk| walk.value(items, item)));
                }
                fit
            }
            (SchemaRow::Object(fields), Value::Object(map)) => self.object(fields, None, map),
            (SchemaRow::OpenObject(fields, others), Value::Object(map)) => self.object(fields, Some(others), map),
            (SchemaRow::Discriminated(property, alternatives), Value::Object(map)) => {
                self.discriminated(property, alternatives, map, value)
            }
            _ => self.report(DriftKind::UnexpectedType, value, Fit::BROKEN),
        }
    }

    fn listed(&mut self, listed: bool, value: &Value) -> Fit {
        if listed { Fit::KNOWN } else { self.report(DriftKind::UnknownValue, value, Fit::NEITHER) }
    }

    fn object(
        &mut self,
        fields: &'static [FieldRow],
        others: Option<&'static SchemaRow>,
        map: &Map<String, Value>,
    ) -> Fit {
        let mut fit = Fit::NEITHER;
        for field in fields {
            let here = self.inside(field.name(), |walk| match map.get(field.name()) {
                Some(value) => {
                    let mut fit = walk.value(field.schema(), value);
                    if value.is_null() && !field.is_required() {
                        // Decoded like a key that is not there.
                        fit.broken = 0;
                    }
                    fit.known += 1;
                    fit
                }
                None if field.is_required() => walk.report_absent(),
                None => Fit::NEITHER,
            });
            fit.add(here);
        }
        for (key, value) in map.iter().filter(|(key, _)| !fields.iter().any(|field| field.name() == key.as_str())) {
            let here = match others {
                Some(schema) => self.inside("*", |walk| walk.value(schema, value)),
                None => {
                    let shown = if looks_like_data(key) { "*" } else { key };
                    self.inside(shown, |walk| walk.report(DriftKind::UnknownField, value, Fit::NEITHER))
                }
            };
            fit.add(here);
        }
        fit
    }

    fn discriminated(
        &mut self,
        property: &'static str,
        alternatives: &'static [(&'static str, &'static SchemaRow)],
        map: &Map<String, Value>,
        value: &Value,
    ) -> Fit {
        let name = match map.get(property) {
            None => return self.inside(property, Self::report_absent),
            Some(Value::String(name)) => name.clone(),
            Some(plain) => plain.to_string(),
        };
        match alternatives.iter().find(|(known, _)| *known == name) {
            Some((_, schema)) => self.value(schema, value),
            None => {
                let named = &map[property];
                self.inside(property, |walk| walk.report(DriftKind::UnknownValue, named, Fit::NEITHER))
            }
        }
    }

    /// Chooses as the decoder does: the alternative that can be decoded and knows most; of several, the first. If none can
    /// be decoded, the one that knows most and breaks least tells best what has changed.
    fn one_of(&mut self, alternatives: &'static [&'static SchemaRow], value: &Value) -> Fit {
        if value.is_null() {
            let nullable = alternatives.iter().any(|schema| matches!(schema, SchemaRow::Nullable(_) | SchemaRow::Any));
            return if nullable { Fit::KNOWN } else { self.report(DriftKind::UnexpectedNull, value, Fit::BROKEN) };
        }
        let mut best: Option<(Fit, &'static SchemaRow)> = None;
        self.trying += 1;
        for schema in alternatives {
            let fit = self.value(schema, value);
            let rank = |fit: Fit| (fit.broken == 0, fit.known, Reverse(fit.broken));
            if best.is_none_or(|(known, _)| rank(fit) > rank(known)) {
                best = Some((fit, *schema));
            }
        }
        self.trying -= 1;
        match best {
            Some((fit, _)) if self.trying > 0 => fit,
            Some((fit, schema)) if fit.broken == 0 || fit.known > 0 => self.value(schema, value),
            _ => {
                let mut of_its_form = alternatives.iter().filter(|schema| is_of_form(schema, value));
                match (of_its_form.next(), of_its_form.next()) {
                    (Some(only), None) => self.value(only, value),
                    _ => self.report(DriftKind::UnexpectedType, value, Fit::BROKEN),
                }
            }
        }
    }

    fn inside<R>(&mut self, key: &str, look: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.path.len();
        self.path.push('/');
        if key.contains(['~', '/']) {
            self.path.push_str(&key.replace('~', "~0").replace('/', "~1"));
        } else {
            self.path.push_str(key);
        }
        let result = look(self);
        self.path.truncate(length);
        result
    }

    fn report(&mut self, kind: DriftKind, value: &Value, fit: Fit) -> Fit {
        self.keep(kind, Some(JsonType::of(value)));
        fit
    }

    fn report_absent(&mut self) -> Fit {
        self.keep(DriftKind::MissingField, None);
        Fit::BROKEN
    }

    fn keep(&mut self, kind: DriftKind, json_type: Option<JsonType>) {
        if self.trying > 0 {
            return;
        }
        let place = (self.path.clone(), kind);
        if self.found.places.len() < MOST || self.found.places.contains_key(&place) {
            self.found.places.entry(place).or_insert(json_type);
        } else {
            self.found.overflow += 1;
        }
    }
}

/// Says whether a schema is of the same form as a list or an object.
fn is_of_form(schema: &SchemaRow, value: &Value) -> bool {
    match (schema, value) {
        (SchemaRow::Nullable(schema), value) => is_of_form(schema, value),
        (SchemaRow::Array(_), Value::Array(_)) => true,
        (SchemaRow::Object(_) | SchemaRow::OpenObject(..) | SchemaRow::Discriminated(..), Value::Object(_)) => true,
        _ => false,
    }
}

fn plain_values(value: &Value) -> usize {
    match value {
        Value::Object(map) => map.values().map(|value| 1 + plain_values(value)).sum(),
        Value::Array(list) => list.iter().map(plain_values).sum(),
        _ => 1,
    }
}

/// Says whether a key that the spec does not list may be data: a name of a field is a short word.
pub(super) fn looks_like_data(key: &str) -> bool {
    let is_word = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let digits = key.bytes().filter(u8::is_ascii_digit).count();
    !is_word || key.is_empty() || key.len() > LONGEST_KEY || digits >= DIGITS_OF_DATA
}
