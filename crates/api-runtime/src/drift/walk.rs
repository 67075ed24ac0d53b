//! Comparison of one JSON value with its schema.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::report::{DriftKind, JsonType};
use super::table::{FieldRow, SchemaRow};

/// Maximum number of differences that are kept, of one body and by a monitor.
pub(super) const MAX_FINDINGS: usize = 256;
/// Maximum number of values that are compared in one body. It bounds the time that nested unions take, whose values are
/// compared once for each alternative.
const MAX_VALUES: usize = 1 << 20;
/// Length of the longest unlisted key that is shown, in bytes.
const MAX_KEY_BYTES: usize = 40;
/// Number of digits from which on a key is taken for data: a number, a date, an id.
const MIN_DATA_DIGITS: usize = 4;

/// Differences in one body.
pub(super) struct Differences {
    /// Type of the first value, by JSON pointer and kind.
    pub(super) by_location: BTreeMap<(String, DriftKind), Option<JsonType>>,
    /// Number of differences that are not kept, because [`MAX_FINDINGS`] others are.
    pub(super) overflow: u64,
}

/// Returns the differences between a value and its schema.
pub(super) fn compare(schema: &'static SchemaRow, value: &Value) -> Differences {
    let differences = Differences { by_location: BTreeMap::new(), overflow: 0 };
    let mut walk = Walk { path: String::new(), remaining: MAX_VALUES, union_depth: 0, differences };
    walk.value(schema, value);
    walk.differences
}

/// Measure of the match between a schema and a value, by which the alternatives of a union are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Fit {
    /// Number of places at which the value can't be decoded.
    mismatches: usize,
    /// Number of keys and plain values that match the schema.
    matches: usize,
}

impl Fit {
    const MATCH: Self = Self { mismatches: 0, matches: 1 };
    const MISMATCH: Self = Self { mismatches: 1, matches: 0 };
    const NEITHER: Self = Self { mismatches: 0, matches: 0 };

    fn add(&mut self, other: Self) {
        self.mismatches += other.mismatches;
        self.matches += other.matches;
    }
}

/// Recursive comparison.
struct Walk {
    /// JSON pointer of the value that is being compared.
    path: String,
    /// Number of values that may still be compared.
    remaining: usize,
    /// Number of enclosing unions whose alternatives are being tried. Nothing is recorded unless it is 0.
    union_depth: usize,
    differences: Differences,
}

impl Walk {
    fn value(&mut self, schema: &'static SchemaRow, value: &Value) -> Fit {
        match self.remaining.checked_sub(1) {
            Some(remaining) => self.remaining = remaining,
            None => return Fit::NEITHER,
        }
        match (schema, value) {
            (SchemaRow::Any, value) => Fit { mismatches: 0, matches: plain_values(value) },
            (SchemaRow::Nullable(_), Value::Null) => Fit::MATCH,
            (SchemaRow::Nullable(schema), value) => self.value(schema, value),
            (SchemaRow::OneOf(alternatives), value) => self.one_of(alternatives, value),
            (_, Value::Null) => self.report(DriftKind::UnexpectedNull, value, Fit::MISMATCH),
            (SchemaRow::Boolean, Value::Bool(_))
            | (SchemaRow::Number, Value::Number(_))
            | (SchemaRow::String, Value::String(_)) => Fit::MATCH,
            (SchemaRow::Integer, Value::Number(number)) if !number.is_f64() => Fit::MATCH,
            (SchemaRow::Enum(listed), Value::String(text)) => self.listed(listed.contains(&text.as_str()), value),
            (SchemaRow::IntegerEnum(listed), Value::Number(number)) if !number.is_f64() => {
                self.listed(number.as_i64().is_some_and(|number| listed.contains(&number)), value)
            }
            (SchemaRow::Array(items), Value::Array(list)) => {
                let mut fit = Fit::NEITHER;
                for item in list {
                    fit.add(self.descend("*", |walk| walk.value(items, item)));
                }
                fit
            }
            (SchemaRow::Object(fields), Value::Object(map)) => self.object(fields, None, map),
            (SchemaRow::OpenObject(fields, others), Value::Object(map)) => self.object(fields, Some(others), map),
            (SchemaRow::Discriminated(property, alternatives), Value::Object(map)) => {
                self.discriminated(property, alternatives, map, value)
            }
            _ => self.report(DriftKind::UnexpectedType, value, Fit::MISMATCH),
        }
    }

    fn listed(&mut self, listed: bool, value: &Value) -> Fit {
        if listed { Fit::MATCH } else { self.report(DriftKind::UnknownValue, value, Fit::NEITHER) }
    }

    fn object(
        &mut self,
        fields: &'static [FieldRow],
        others: Option<&'static SchemaRow>,
        map: &Map<String, Value>,
    ) -> Fit {
        let mut fit = Fit::NEITHER;
        for field in fields {
            let field_fit = self.descend(field.name(), |walk| match map.get(field.name()) {
                Some(value) => {
                    let mut fit = walk.value(field.schema(), value);
                    if value.is_null() && !field.is_required() {
                        // It is decoded like a missing key.
                        fit.mismatches = 0;
                    }
                    fit.matches += 1;
                    fit
                }
                None if field.is_required() => walk.report_missing(),
                None => Fit::NEITHER,
            });
            fit.add(field_fit);
        }
        for (key, value) in map.iter().filter(|(key, _)| !fields.iter().any(|field| field.name() == key.as_str())) {
            let key_fit = match others {
                Some(schema) => self.descend("*", |walk| walk.value(schema, value)),
                None => {
                    let shown = if looks_like_data(key) { "*" } else { key };
                    self.descend(shown, |walk| walk.report(DriftKind::UnknownField, value, Fit::NEITHER))
                }
            };
            fit.add(key_fit);
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
            None => return self.descend(property, Self::report_missing),
            Some(Value::String(name)) => name.clone(),
            Some(plain) => plain.to_string(),
        };
        match alternatives.iter().find(|(value, _)| *value == name) {
            Some((_, schema)) => self.value(schema, value),
            None => {
                let unlisted = &map[property];
                self.descend(property, |walk| walk.report(DriftKind::UnknownValue, unlisted, Fit::NEITHER))
            }
        }
    }

    /// Compares a value with the alternative that the decoder would take: of those that can be decoded, the one with
    /// the most matches; of several, the first. If none can be decoded, it is the one with the most matches and the
    /// fewest mismatches, which most likely is the one that the vendor has changed.
    fn one_of(&mut self, alternatives: &'static [&'static SchemaRow], value: &Value) -> Fit {
        if value.is_null() {
            let nullable = alternatives.iter().any(|schema| matches!(schema, SchemaRow::Nullable(_) | SchemaRow::Any));
            return if nullable { Fit::MATCH } else { self.report(DriftKind::UnexpectedNull, value, Fit::MISMATCH) };
        }
        let mut best: Option<(Fit, &'static SchemaRow)> = None;
        self.union_depth += 1;
        for schema in alternatives {
            let fit = self.value(schema, value);
            let rank = |fit: Fit| (fit.mismatches == 0, fit.matches, Reverse(fit.mismatches));
            if best.is_none_or(|(best_fit, _)| rank(fit) > rank(best_fit)) {
                best = Some((fit, *schema));
            }
        }
        self.union_depth -= 1;
        match best {
            Some((fit, _)) if self.union_depth > 0 => fit,
            Some((fit, schema)) if fit.mismatches == 0 || fit.matches > 0 => self.value(schema, value),
            _ => {
                let mut same_container = alternatives.iter().filter(|schema| is_same_container(schema, value));
                match (same_container.next(), same_container.next()) {
                    (Some(only), None) => self.value(only, value),
                    _ => self.report(DriftKind::UnexpectedType, value, Fit::MISMATCH),
                }
            }
        }
    }

    /// Runs `visit` for the value of a key, with the key appended to the path.
    fn descend<R>(&mut self, key: &str, visit: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.path.len();
        self.path.push('/');
        if key.contains(['~', '/']) {
            self.path.push_str(&key.replace('~', "~0").replace('/', "~1"));
        } else {
            self.path.push_str(key);
        }
        let result = visit(self);
        self.path.truncate(length);
        result
    }

    /// Records a difference at the current path, and returns `fit`.
    fn report(&mut self, kind: DriftKind, value: &Value, fit: Fit) -> Fit {
        self.record(kind, Some(JsonType::of(value)));
        fit
    }

    fn report_missing(&mut self) -> Fit {
        self.record(DriftKind::MissingField, None);
        Fit::MISMATCH
    }

    fn record(&mut self, kind: DriftKind, json_type: Option<JsonType>) {
        if self.union_depth > 0 {
            return;
        }
        let location = (self.path.clone(), kind);
        if self.differences.by_location.len() < MAX_FINDINGS || self.differences.by_location.contains_key(&location) {
            self.differences.by_location.entry(location).or_insert(json_type);
        } else {
            self.differences.overflow += 1;
        }
    }
}

/// Returns `true` if schema and value are both a list, or both an object.
fn is_same_container(schema: &SchemaRow, value: &Value) -> bool {
    match (schema, value) {
        (SchemaRow::Nullable(schema), value) => is_same_container(schema, value),
        (SchemaRow::Array(_), Value::Array(_)) => true,
        (SchemaRow::Object(_) | SchemaRow::OpenObject(..) | SchemaRow::Discriminated(..), Value::Object(_)) => true,
        _ => false,
    }
}

/// Returns the number of keys and plain values in a value.
fn plain_values(value: &Value) -> usize {
    match value {
        Value::Object(map) => map.values().map(|value| 1 + plain_values(value)).sum(),
        Value::Array(list) => list.iter().map(plain_values).sum(),
        _ => 1,
    }
}

/// Returns `true` if a key that the spec does not list may be data. Names of fields are short words of letters, digits,
/// `_` and `-`, with few digits.
pub(super) fn looks_like_data(key: &str) -> bool {
    let is_word = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let digits = key.bytes().filter(u8::is_ascii_digit).count();
    !is_word || key.is_empty() || key.len() > MAX_KEY_BYTES || digits >= MIN_DATA_DIGITS
}
