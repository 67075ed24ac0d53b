//! Generation of a value: from the examples and enums of the schema, else from its alternatives, else from its type.

use std::collections::HashMap;

use serde_json::Value;

use super::cache::{self, ExampleCache, Position};
use super::direction::Direction;
use super::field_names::FieldContent;
use super::merged_schema::{Choice, MergedSchema, References};
use super::validation::ExampleValidator;
use super::{numbers, pattern, strings};

/// Maximum number of steps for one example.
const MAX_STEPS: usize = 4_000;
/// Maximum number of alternatives of a choice that are tried.
const MAX_ALTERNATIVES: usize = 40;
/// Maximum depth of nested values and alternatives.
const MAX_DEPTH: usize = 80;

/// A pattern, the minimum and maximum length, and the variant.
type PatternSearch<'d> = (&'d str, (usize, usize), usize);

/// Generator of the examples of one document.
pub struct ExampleGenerator<'d> {
    pub(super) references: References<'d>,
    pub(super) validator: ExampleValidator<'d>,
    pub(super) direction: Direction,
    /// References being expanded.
    pub(super) open: Vec<&'d str>,
    pub(super) cache: ExampleCache<'d>,
    /// Optional properties are left out everywhere.
    pub(super) required_only: bool,
    steps: usize,
    level: usize,
    /// Example values by field name.
    names: HashMap<String, FieldContent>,
    /// Matching texts by pattern.
    matching: HashMap<PatternSearch<'d>, Vec<String>>,
}

enum FromSchema {
    Value(Value),
    /// The schema lists values, none of which fits.
    Impossible,
    Nothing,
}

impl<'d> ExampleGenerator<'d> {
    pub fn of(document: &'d Value) -> Self {
        let references = References::of(document);
        Self {
            references,
            validator: ExampleValidator::of(references),
            direction: Direction::Request,
            open: Vec::new(),
            cache: ExampleCache::default(),
            required_only: false,
            steps: 0,
            level: 0,
            names: HashMap::new(),
            matching: HashMap::new(),
        }
    }

    /// Generates an example and validates it; without optional properties if the full one does not fit. `None` if
    /// neither fits.
    pub fn generate(&mut self, schema: &'d Value, name: &str, direction: Direction) -> Option<Value> {
        self.direction = direction;
        self.validator.start();
        [false, true].into_iter().find_map(|required_only| {
            self.required_only = required_only;
            self.steps = 0;
            self.cache.start();
            self.open.clear();
            let parts = self.parts(&[schema])?;
            let value = self.generate_merged(parts, Position { name, depth: 0, variant: 0 })?;
            self.validator.fits(schema, &value).then_some(value)
        })
    }

    /// Merges schemas; `None` if no value fits all of them, or if one is already being expanded.
    pub(super) fn parts(&self, schemas: &[&'d Value]) -> Option<MergedSchema<'d>> {
        let mut parts = MergedSchema::default();
        let fitting = schemas.iter().all(|schema| parts.add(self.references, &self.open, schema));
        self.cache.record_recursion(&parts);
        fitting.then_some(parts)
    }

    pub(super) fn fits(&self, parts: &MergedSchema<'d>, value: &Value) -> bool {
        self.validator.fits_all(&parts.sources, value)
    }

    pub(super) fn generate_merged(&mut self, parts: MergedSchema<'d>, at: Position<'_>) -> Option<Value> {
        let checkpoint = self.cache.begin(&parts);
        let is_other_direction = parts.is_other_direction(self.direction);
        let alone = match parts.sources[..] {
            [schema] if self.is_cacheable(schema, at) => Some(schema),
            _ => None,
        };
        let value = self.generate_value(parts, at);
        let own = self.cache.end(&checkpoint, self.open.len());
        let value = value?;
        if let Some(schema) = alone.filter(|_| own)
            && (cache::reference(schema).is_some() || !(value.is_array() || value.is_object()))
        {
            self.cache.insert(
                cache::id(self.references, schema),
                at,
                self.direction,
                is_other_direction,
                &checkpoint,
                &value,
            );
        }
        Some(value)
    }

    fn generate_value(&mut self, mut parts: MergedSchema<'d>, at: Position<'_>) -> Option<Value> {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.level > MAX_DEPTH {
            return None;
        }
        match self.shown(&parts, at) {
            FromSchema::Value(value) => return Some(value),
            FromSchema::Impossible => return None,
            FromSchema::Nothing => {}
        }
        self.level += 1;
        let value = match parts.choices.pop_front() {
            Some(choice) => self.choose(&parts, &choice, at),
            None => self.plain(&parts, at),
        };
        self.level -= 1;
        value
    }

    /// Generates a value that fits all schemas.
    pub(super) fn inside(&mut self, schemas: &[&'d Value], at: Position<'_>) -> Option<Value> {
        match self.cached_value(schemas, at, true) {
            Some(value) => value,
            None => self.parts(schemas).and_then(|parts| self.generate_merged(parts, at)),
        }
    }

    /// Returns `true` if the value may be cached: at the top level only components recur.
    fn is_cacheable(&self, schema: &Value, at: Position<'_>) -> bool {
        !self.required_only && at.depth > 0 && (at.depth > 1 || cache::reference(schema).is_some())
    }

    /// Returns the cached value of a schema. The value is `None` if only the other side sends it and it is not
    /// required.
    pub(super) fn cached_value(
        &mut self,
        schemas: &[&'d Value],
        at: Position<'_>,
        needed: bool,
    ) -> Option<Option<Value>> {
        match schemas {
            [schema] if self.is_cacheable(schema, at) => {
                self.cache.get(cache::id(self.references, schema), at, self.direction, &self.open, needed)
            }
            _ => None,
        }
    }

    /// Returns the first `example`, `default` or `enum` value that fits.
    fn shown(&self, parts: &MergedSchema<'d>, at: Position<'_>) -> FromSchema {
        if at.variant == 0 {
            for example in parts.shown.iter().filter(|example| !example.is_null()) {
                let example = self.without_other_direction(example, parts);
                if self.fits(parts, &example) {
                    return FromSchema::Value(example);
                }
            }
        }
        for values in &parts.listed {
            let (before, after) = values.split_at(at.variant.checked_rem(values.len()).unwrap_or(0));
            let (nulls, others): (Vec<&Value>, Vec<&Value>) =
                after.iter().chain(before).partition(|value| value.is_null());
            if let Some(value) = others.into_iter().chain(nulls).find(|value| self.fits(parts, value)) {
                return FromSchema::Value(value.clone());
            }
        }
        if parts.listed.is_empty() { FromSchema::Nothing } else { FromSchema::Impossible }
    }

    /// Generates a value from the first alternative that fits; a null one is used last.
    fn choose(&mut self, parts: &MergedSchema<'d>, choice: &Choice<'d>, at: Position<'_>) -> Option<Value> {
        let mut null = None;
        // With required properties only, a value may fit one alternative where a full one fits several.
        let passes = if parts.required_only { &[true][..] } else { &[false, true] };
        for &required_only in passes {
            for alternative in choice.alternatives.iter().take(MAX_ALTERNATIVES) {
                let mut with = parts.clone();
                if !with.choose(self.references, &self.open, choice, alternative) {
                    self.cache.record_recursion(&with);
                    continue;
                }
                with.required_only = required_only;
                match self.generate_merged(with, at) {
                    Some(Value::Null) => null = Some(Value::Null),
                    Some(value) if self.fits(parts, &value) => return Some(value),
                    _ => {}
                }
            }
        }
        null.filter(|null| self.fits(parts, null))
    }

    fn plain(&mut self, parts: &MergedSchema<'d>, at: Position<'_>) -> Option<Value> {
        if !parts.refuses {
            return self.of_type(parts, at);
        }
        (at.variant..at.variant + 4).find_map(|variant| {
            let value = self.of_type(parts, Position { variant, ..at })?;
            self.fits(parts, &value).then_some(value)
        })
    }

    fn of_type(&mut self, parts: &MergedSchema<'d>, at: Position<'_>) -> Option<Value> {
        self.cache.values += 1;
        match type_of(parts)? {
            "null" => Some(Value::Null),
            "boolean" => Some(Value::Bool(at.variant.is_multiple_of(2))),
            "integer" => {
                let named = self.of_name(at.name).number;
                self.first_fitting(parts, numbers::integers(parts, named, at.variant))
            }
            "number" => {
                let named = self.of_name(at.name).number;
                self.first_fitting(parts, numbers::numbers(parts, named, at.variant))
            }
            "string" => self.text(parts, at).map(Value::String),
            kind => {
                let before = self.open.len();
                self.open.extend(&parts.entered);
                let value = if kind == "object" { self.object(parts, at) } else { self.array(parts, at) };
                self.open.truncate(before);
                value
            }
        }
    }

    fn first_fitting(&self, parts: &MergedSchema<'d>, numbers: Vec<Value>) -> Option<Value> {
        let mut numbers = numbers.into_iter();
        // The candidates are within the bounds already.
        if parts.has("multipleOf") { numbers.find(|number| self.fits(parts, number)) } else { numbers.next() }
    }

    fn text(&mut self, parts: &MergedSchema<'d>, at: Position<'_>) -> Option<String> {
        let length = parts.counts("minLength", "maxLength");
        let format = parts.text("format");
        let known = match format.map_or(&[][..], strings::of_format) {
            [] => self.of_name(at.name).texts,
            known => known,
        };
        let texts = strings::texts(&strings::TextRequest { known, length, variant: at.variant });
        let patterns: Vec<&'d str> = parts.all("pattern").filter_map(Value::as_str).collect();
        if patterns.is_empty() {
            return texts.into_iter().next();
        }
        // An ordinary text reads better than one generated from the pattern.
        let fitting = |text: &String| self.validator.fits_all(&parts.sources, &Value::String(text.clone()));
        texts.into_iter().find(fitting).or_else(|| {
            patterns.iter().find_map(|pattern| {
                let matching = || pattern::matching(pattern, length, at.variant);
                self.matching
                    .entry((pattern, length, at.variant))
                    .or_insert_with(matching)
                    .iter()
                    .find(|text| fitting(text))
                    .cloned()
            })
        })
    }

    /// Returns the example values for a field name.
    fn of_name(&mut self, name: &str) -> FieldContent {
        if let Some(named) = self.names.get(name) {
            return *named;
        }
        let named = FieldContent::of(name);
        self.names.insert(name.to_owned(), named);
        named
    }
}

/// Returns the first type that all schemas allow; null only if there is no other.
pub(super) fn type_of(parts: &MergedSchema<'_>) -> Option<&'static str> {
    const TYPES: [&str; 7] = ["object", "array", "string", "integer", "number", "boolean", "null"];
    let mut allowed: Option<Vec<&'static str>> = None;
    for named in &parts.types {
        let names: Vec<&str> = match named {
            Value::String(name) => vec![name],
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            _ => return None,
        };
        let admits = |kind: &str| names.contains(&kind) || (kind == "integer" && names.contains(&"number"));
        allowed = Some(match allowed {
            Some(allowed) => allowed.into_iter().filter(|kind| admits(kind)).collect(),
            None => {
                // In the order of the list; `number` also allows an integer, but prefers a fraction.
                let known = |name: &&str| TYPES.iter().find(|kind| *kind == name).copied();
                let listed: Vec<&'static str> = names.iter().filter_map(known).collect();
                let whole = listed.contains(&"number").then_some("integer");
                listed.iter().copied().chain(whole).collect()
            }
        });
    }
    match allowed {
        Some(allowed) => allowed.iter().find(|kind| **kind != "null").or(allowed.first()).copied(),
        None => Some(implied(parts)),
    }
}

/// Returns the type that the keywords imply.
fn implied(parts: &MergedSchema<'_>) -> &'static str {
    let any = |keywords: &[&str]| keywords.iter().any(|keyword| parts.has(keyword));
    if any(&["properties", "required", "additionalProperties", "minProperties", "maxProperties"]) {
        "object"
    } else if any(&["items", "minItems", "maxItems", "uniqueItems"]) {
        "array"
    } else if any(&["pattern", "minLength", "maxLength"]) {
        "string"
    } else if any(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
        "number"
    } else {
        "string"
    }
}

/// Generates an example of a schema, whose references lead into the document. `name` is that of the field or parameter
/// that holds it, or empty. `None` if no value that fits was found.
///
/// A `readOnly` or `writeOnly` property of the other direction is kept if the schema requires it, since the value
/// would not fit without it.
#[cfg(test)]
pub fn example(document: &Value, schema: &Value, name: &str, direction: Direction) -> Option<Value> {
    ExampleGenerator::of(document).generate(schema, name, direction)
}
