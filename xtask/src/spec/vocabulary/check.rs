//! Validation of a document against the vocabulary.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::value_type::{Handling, Object, ValueType};
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{Trust, join};

/// Maximum depth of nesting, since every stage walks documents recursively.
const MAX_DEPTH: usize = 100;

/// A warning, with the JSON pointer of its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub pointer: String,
    pub message: String,
}

/// Checks the keys and value types of one fragment, in which no key is required. From published text it removes unknown
/// keys, and ignored ones whose value does not fit; returns a note for each.
///
/// # Errors
///
/// `Diagnostic` with the pointer in the fragment; the caller adds the file.
pub fn check(fragment: &mut Value, trust: Trust) -> Result<Vec<Note>> {
    run(fragment, Checker { removes: trust == Trust::Published, refuses: true, ..Checker::default() })
}

/// Removes from published text what [`check`] would remove, and refuses nothing but too deep a nesting.
///
/// The overlay can then correct the rest: [`check`] would refuse it before the overlay, whose remedy it names, was
/// applied.
pub fn clean(fragment: &mut Value) -> Result<Vec<Note>> {
    run(fragment, Checker { removes: true, refuses: false, ..Checker::default() })
}

fn run(fragment: &mut Value, mut checker: Checker) -> Result<Vec<Note>> {
    if let Some(keys) = too_deep(fragment, MAX_DEPTH) {
        let pointer = keys.iter().rev().fold(String::new(), |pointer, key| join(&pointer, key));
        return Err(Diagnostic::at(
            pointer,
            format!("nested more than {MAX_DEPTH} levels deep; make components of the parts"),
        ));
    }
    // Checking the rest of a document of another version would report irrelevant errors.
    for key in ["swagger", "openapi"] {
        if let Some(version) = fragment.get(key) {
            checker.version(key, version)?;
        }
    }
    checker.value(fragment, &ValueType::Object(Object::Document), "")?;
    Ok(checker.into_notes())
}

/// Returns the keys, innermost first, that lead to a value more than `levels` levels below this one.
fn too_deep(value: &Value, levels: usize) -> Option<Vec<String>> {
    let child = |key: String, value: &Value| match levels.checked_sub(1) {
        None => Some(vec![key]),
        Some(levels) => too_deep(value, levels).map(|mut keys| {
            keys.push(key);
            keys
        }),
    };
    match value {
        Value::Object(map) => map.iter().find_map(|(key, value)| child(key.clone(), value)),
        Value::Array(list) => list.iter().enumerate().find_map(|(index, value)| child(index.to_string(), value)),
        _ => None,
    }
}

/// Extension of the Dropshot server framework for an operation that becomes a WebSocket, which no client here speaks.
/// Kept, so that the operation is refused.
const WEBSOCKET: &str = "x-dropshot-websocket";

/// State of checking one document.
#[derive(Default)]
struct Checker {
    /// Unknown keys are removed instead of refused.
    removes: bool,
    /// Values that a later stage could not read are refused.
    refuses: bool,
    notes: Vec<Note>,
    /// Extensions that were removed, with their number and the first pointer.
    unknown_extensions: BTreeMap<String, (usize, String)>,
}

impl Checker {
    /// Checks a value, recursively.
    fn value(&mut self, value: &mut Value, value_type: &ValueType, at: &str) -> Result<()> {
        if let ValueType::OneOf(value_types) = value_type
            && let Some(value_type) = value_types.iter().find(|value_type| value_type.fits(value))
        {
            return self.value(value, value_type, at);
        }
        if !value_type.fits(value) {
            return self.error(at, format!("this must be {}, not {}", value_type.describe(), describe_value(value)));
        }
        match (value_type, value) {
            (ValueType::Object(object), Value::Object(map)) => self.object(*object, map, at),
            (ValueType::Array(value_type), Value::Array(list)) => list
                .iter_mut()
                .enumerate()
                .try_for_each(|(i, entry)| self.value(entry, value_type, &format!("{at}/{i}"))),
            (ValueType::Map(value_type), Value::Object(map)) => {
                map.iter_mut().try_for_each(|(name, value)| self.value(value, value_type, &join(at, name)))
            }
            (ValueType::Target, Value::String(target)) => self.target(target, at),
            (ValueType::Dialect, Value::String(dialect)) => self.dialect(dialect, at),
            _ => Ok(()),
        }
    }

    fn object(&mut self, object: Object, map: &mut Map<String, Value>, at: &str) -> Result<()> {
        let object = if object.may_be_reference() && map.contains_key("$ref") { Object::Reference } else { object };
        let mut outcome = Ok(());
        map.retain(|key, value| {
            if outcome.is_err() {
                return true;
            }
            self.entry(object, key, value, &join(at, key)).unwrap_or_else(|diagnostic| {
                outcome = Err(diagnostic);
                true
            })
        });
        outcome
    }

    /// Checks one key of an object. Returns `false` if it is to be removed.
    fn entry(&mut self, object: Object, key: &str, value: &mut Value, at: &str) -> Result<bool> {
        match object.key(key) {
            Some((_, _, Handling::Rejected(remedy))) => {
                self.error(at, format!("`{key}` of {} is not taken; {remedy}", object.noun()))?;
                Ok(true)
            }
            // `required` in the property itself is JSON Schema draft 3; the vendor's intent is not certain.
            Some(_) if self.removes && object == Object::Schema && key == "required" && value.is_boolean() => {
                self.note(at, format!("`required: {value}` says nothing in a schema of today; ignored"));
                Ok(false)
            }
            Some((_, value_type, Handling::Ignored(reason))) if self.removes => {
                Ok(self.ignored(value, value_type, reason, at))
            }
            Some((_, value_type, _)) => self.value(value, value_type, at).map(|()| true),
            None => match object.pattern(key) {
                Some(value_type) => self.value(value, &value_type, at).map(|()| true),
                None => self.unknown_key(object, key, at),
            },
        }
    }

    /// Returns `false` if an ignored key of published text has a value that does not fit, since it is then removed.
    fn ignored(&mut self, value: &mut Value, value_type: &ValueType, reason: &str, at: &str) -> bool {
        let refuses = std::mem::replace(&mut self.refuses, true);
        let outcome = self.value(value, value_type, at);
        self.refuses = refuses;
        if let Err(diagnostic) = &outcome {
            self.note(at, format!("left out ({reason}), since it is wrong {diagnostic}"));
        }
        outcome.is_ok()
    }

    /// Handles a key that the specification does not have here. Returns `false` if it is to be removed.
    fn unknown_key(&mut self, object: Object, key: &str, at: &str) -> Result<bool> {
        let kept = |outcome: Result<()>| outcome.map(|()| true);
        if key == WEBSOCKET && object == Object::Operation {
            return Ok(true);
        }
        if key.starts_with("x-") {
            if self.removes {
                self.unknown_extensions.entry(key.to_owned()).or_insert_with(|| (0, at.to_owned())).0 += 1;
            }
            return Ok(!self.removes);
        }
        // Ignoring one of these would lose more than the key.
        match (object, key) {
            (Object::Document, "swagger") => return Ok(true),
            (_, "$ref") => {
                let words = format!("a reference can't stand in the place of {}; write it out", object.noun());
                return kept(self.error(at, words));
            }
            (Object::Paths, _) => return kept(self.error(at, "a path begins with `/`")),
            (Object::Responses, _) => {
                return kept(
                    self.error(at, "a response has a status such as `404`, a range such as `4XX`, or `default`"),
                );
            }
            _ => {}
        }
        if object == Object::Reference {
            self.note(at, format!("`{key}` is ignored beside `$ref`"));
            return Ok(!self.removes);
        }
        if self.removes {
            self.note(at, format!("the vendor's own key `{key}`, which no version of OpenAPI has; ignored"));
            return Ok(false);
        }
        let remedy = match closest_key(object, key) {
            Some(known) => format!("did you mean `{known}`"),
            None => "remove it".into(),
        };
        Err(Diagnostic::at(at, format!("no version of OpenAPI has `{key}` in {}; {remedy}", object.noun())))
    }

    fn version(&self, key: &str, version: &Value) -> Result<()> {
        let known = match version.as_str().and_then(|version| version.rsplit_once('.')) {
            Some((minor, patch)) => ["3.0", "3.1"].contains(&minor) && patch.parse::<u32>().is_ok(),
            // The type check reports it.
            None => !version.is_string(),
        };
        if key == "openapi" && known {
            return Ok(());
        }
        self.error(
            &join("", key),
            format!(
                "version {version} is neither 3.0 nor 3.1, such as \"3.1.0\"; convert the document to one of them first \
                 (`swagger2openapi` does it from 2.0)"
            ),
        )
    }

    fn target(&self, target: &str, at: &str) -> Result<()> {
        match target.strip_prefix('#') {
            Some(pointer) if pointer.starts_with('/') => Ok(()),
            Some(_) => {
                self.error(at, format!("`{target}` is not a JSON pointer; refer to a component, `#/components/...`"))
            }
            None => self.error(
                at,
                format!(
                    "`{target}` is outside of the document; bundle it into one file first; any OpenAPI bundler does it"
                ),
            ),
        }
    }

    fn dialect(&self, dialect: &str, at: &str) -> Result<()> {
        let dialect = dialect.trim_end_matches('#');
        if dialect == "https://json-schema.org/draft/2020-12/schema"
            || dialect.starts_with("https://spec.openapis.org/oas/3.1/dialect/")
        {
            return Ok(());
        }
        self.error(
            at,
            format!(
                "the dialect `{dialect}` is not read; write the schemas in JSON Schema 2020-12, and remove this key"
            ),
        )
    }

    fn error(&self, at: &str, message: impl Into<String>) -> Result<()> {
        if self.refuses { Err(Diagnostic::at(at, message)) } else { Ok(()) }
    }

    fn note(&mut self, pointer: &str, message: String) {
        self.notes.push(Note { pointer: pointer.to_owned(), message });
    }

    fn into_notes(mut self) -> Vec<Note> {
        for (key, (count, pointer)) in self.unknown_extensions {
            let message = match count {
                1 => format!("1 foreign key `{key}` ignored"),
                count => format!("{count} foreign keys `{key}` ignored, of which this is the first"),
            };
            self.notes.push(Note { pointer, message });
        }
        self.notes
    }
}

/// Returns the known key that an unknown one is probably a misspelling of.
fn closest_key(object: Object, key: &str) -> Option<&'static str> {
    let wanted = key.to_lowercase();
    let most = (wanted.chars().count() / 3).min(3);
    let known = object.keys().iter().map(|(known, ..)| *known);
    let distances = known.map(|known| (strsim::damerau_levenshtein(&wanted, &known.to_lowercase()), known));
    distances.min().filter(|(distance, _)| *distance <= most).map(|(_, known)| known)
}

/// Describes a value, for an error.
fn describe_value(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => format!("`{value}`"),
        Value::String(text) if text.chars().count() > 40 => "a text".into(),
        Value::String(text) => format!("the text `{text}`"),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}
