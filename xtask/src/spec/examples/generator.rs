//! Makes values: what the schema shows first, then what its alternatives and types let be made.

use std::collections::HashMap;

use serde_json::Value;

use super::cache::{self, At, Memory};
use super::direction::Purpose;
use super::field_names::Named;
use super::merged_schema::{Choice, Parts, References};
use super::validation::Fit;
use super::{numbers, pattern, strings};

/// A value that takes more steps is given up.
const STEPS: usize = 4_000;
/// Number of alternatives of a choice that are tried.
const ALTERNATIVES: usize = 40;
/// Values and alternatives are nested no deeper than this.
const DEEPEST: usize = 80;

/// A pattern, the fewest and the most characters, and the variant.
type Search<'d> = (&'d str, (usize, usize), usize);

/// Makes the examples of one document.
pub struct Maker<'d> {
    pub(super) references: References<'d>,
    pub(super) fit: Fit<'d>,
    pub(super) purpose: Purpose,
    /// The references whose values are being made.
    pub(super) open: Vec<&'d str>,
    pub(super) memory: Memory<'d>,
    /// Only what must be there is made.
    pub(super) required_only: bool,
    steps: usize,
    level: usize,
    /// Contents of fields, by name.
    names: HashMap<String, Named>,
    /// Texts that match.
    matching: HashMap<Search<'d>, Vec<String>>,
}

enum Shown {
    Value(Value),
    /// The schema lists its values, and none of them will do.
    Impossible,
    Nothing,
}

impl<'d> Maker<'d> {
    pub fn of(document: &'d Value) -> Self {
        let references = References::of(document);
        Self {
            references,
            fit: Fit::of(references),
            purpose: Purpose::Request,
            open: Vec::new(),
            memory: Memory::default(),
            required_only: false,
            steps: 0,
            level: 0,
            names: HashMap::new(),
            matching: HashMap::new(),
        }
    }

    /// Makes an example, and checks it.
    pub fn make(&mut self, schema: &'d Value, name: &str, purpose: Purpose) -> Option<Value> {
        self.purpose = purpose;
        self.fit.start();
        [false, true].into_iter().find_map(|required_only| {
            self.required_only = required_only;
            self.steps = 0;
            self.memory.start();
            self.open.clear();
            let parts = self.parts(&[schema])?;
            let value = self.compose(parts, At { name, depth: 0, variant: 0 })?;
            self.fit.fits(schema, &value).then_some(value)
        })
    }

    /// Schemas that hold together; `None` if nothing fits them, or if they are being made already.
    pub(super) fn parts(&self, schemas: &[&'d Value]) -> Option<Parts<'d>> {
        let mut parts = Parts::default();
        let fitting = schemas.iter().all(|schema| parts.add(self.references, &self.open, schema));
        self.memory.note_cut(&parts);
        fitting.then_some(parts)
    }

    pub(super) fn fits(&self, parts: &Parts<'d>, value: &Value) -> bool {
        self.fit.fits_all(&parts.sources, value)
    }

    pub(super) fn compose(&mut self, parts: Parts<'d>, at: At<'_>) -> Option<Value> {
        let mark = self.memory.begin(&parts);
        let hidden = parts.hidden(self.purpose);
        let alone = match parts.sources[..] {
            [schema] if self.may_return(schema, at) => Some(schema),
            _ => None,
        };
        let value = self.make_one(parts, at);
        let own = self.memory.end(&mark, self.open.len());
        let value = value?;
        if let Some(schema) = alone.filter(|_| own)
            && (cache::reference(schema).is_some() || !(value.is_array() || value.is_object()))
        {
            self.memory.keep(cache::id(self.references, schema), at, self.purpose, hidden, &mark, &value);
        }
        Some(value)
    }

    fn make_one(&mut self, mut parts: Parts<'d>, at: At<'_>) -> Option<Value> {
        self.steps += 1;
        if self.steps > STEPS || self.level > DEEPEST {
            return None;
        }
        match self.shown(&parts, at) {
            Shown::Value(value) => return Some(value),
            Shown::Impossible => return None,
            Shown::Nothing => {}
        }
        self.level += 1;
        let value = match parts.choices.pop_front() {
            Some(choice) => self.choose(&parts, &choice, at),
            None => self.plain(&parts, at),
        };
        self.level -= 1;
        value
    }

    /// Makes a value of schemas that hold together.
    pub(super) fn inside(&mut self, schemas: &[&'d Value], at: At<'_>) -> Option<Value> {
        match self.recall(schemas, at, true) {
            Some(value) => value,
            None => self.parts(schemas).and_then(|parts| self.compose(parts, at)),
        }
    }

    /// `true` for what other examples may need too: what is outermost is met once, unless it is a component.
    fn may_return(&self, schema: &Value, at: At<'_>) -> bool {
        !self.required_only && at.depth > 0 && (at.depth > 1 || cache::reference(schema).is_some())
    }

    /// Finds what was made of a schema before. The value is `None` if it is hidden, and not needed.
    pub(super) fn recall(&mut self, schemas: &[&'d Value], at: At<'_>, needed: bool) -> Option<Option<Value>> {
        match schemas {
            [schema] if self.may_return(schema, at) => {
                self.memory.recall(cache::id(self.references, schema), at, self.purpose, &self.open, needed)
            }
            _ => None,
        }
    }

    /// Takes what the schema itself shows.
    fn shown(&self, parts: &Parts<'d>, at: At<'_>) -> Shown {
        if at.variant == 0 {
            for example in parts.shown.iter().filter(|example| !example.is_null()) {
                let example = self.without_hidden(example, parts);
                if self.fits(parts, &example) {
                    return Shown::Value(example);
                }
            }
        }
        for values in &parts.listed {
            let (before, after) = values.split_at(at.variant.checked_rem(values.len()).unwrap_or(0));
            let (nulls, others): (Vec<&Value>, Vec<&Value>) =
                after.iter().chain(before).partition(|value| value.is_null());
            if let Some(value) = others.into_iter().chain(nulls).find(|value| self.fits(parts, value)) {
                return Shown::Value(value.clone());
            }
        }
        if parts.listed.is_empty() { Shown::Nothing } else { Shown::Impossible }
    }

    /// Makes a value by the first alternative that will do; one that is null comes last.
    fn choose(&mut self, parts: &Parts<'d>, choice: &Choice<'d>, at: At<'_>) -> Option<Value> {
        let mut null = None;
        // Values with nothing but what they need fit one alternative where full ones fit several.
        let passes = if parts.lean { &[true][..] } else { &[false, true] };
        for &lean in passes {
            for alternative in choice.alternatives.iter().take(ALTERNATIVES) {
                let mut with = parts.clone();
                if !with.choose(self.references, &self.open, choice, alternative) {
                    self.memory.note_cut(&with);
                    continue;
                }
                with.lean = lean;
                match self.compose(with, at) {
                    Some(Value::Null) => null = Some(Value::Null),
                    Some(value) if self.fits(parts, &value) => return Some(value),
                    _ => {}
                }
            }
        }
        null.filter(|null| self.fits(parts, null))
    }

    fn plain(&mut self, parts: &Parts<'d>, at: At<'_>) -> Option<Value> {
        if !parts.refuses {
            return self.of_type(parts, at);
        }
        (at.variant..at.variant + 4).find_map(|variant| {
            let value = self.of_type(parts, At { variant, ..at })?;
            self.fits(parts, &value).then_some(value)
        })
    }

    fn of_type(&mut self, parts: &Parts<'d>, at: At<'_>) -> Option<Value> {
        self.memory.values += 1;
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

    fn first_fitting(&self, parts: &Parts<'d>, numbers: Vec<Value>) -> Option<Value> {
        let mut numbers = numbers.into_iter();
        // Bounds alone are kept by the way numbers are made.
        if parts.has("multipleOf") { numbers.find(|number| self.fits(parts, number)) } else { numbers.next() }
    }

    fn text(&mut self, parts: &Parts<'d>, at: At<'_>) -> Option<String> {
        let length = parts.counts("minLength", "maxLength");
        let format = parts.text("format");
        let known = match format.map_or(&[][..], strings::of_format) {
            [] => self.of_name(at.name).texts,
            known => known,
        };
        let texts = strings::texts(&strings::Wanted { known, length, variant: at.variant });
        let patterns: Vec<&'d str> = parts.all("pattern").filter_map(Value::as_str).collect();
        if patterns.is_empty() {
            return texts.into_iter().next();
        }
        // A text that was not made for the pattern reads better than one that was.
        let fitting = |text: &String| self.fit.fits_all(&parts.sources, &Value::String(text.clone()));
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

    /// Content of a field of this name.
    fn of_name(&mut self, name: &str) -> Named {
        if let Some(named) = self.names.get(name) {
            return *named;
        }
        let named = Named::of(name);
        self.names.insert(name.to_owned(), named);
        named
    }
}

/// The type of the value to make: the first that all parts let through, which is null only if nothing else is.
pub(super) fn type_of(parts: &Parts<'_>) -> Option<&'static str> {
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
                // In the order of the list; an integer is a number too, but is not what `number` asks for first.
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

/// The type that the keywords are about.
fn implied(parts: &Parts<'_>) -> &'static str {
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
