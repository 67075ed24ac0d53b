//! Conjunction of all schemas of one value, with references and `allOf` followed.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::direction::Direction;
use crate::spec::document::{REF, object, text};

/// Maximum length of a chain of references and `allOf`.
const MAX_CHAIN: usize = 64;

/// Resolver of references.
#[derive(Clone, Copy)]
pub struct References<'d> {
    document: &'d Value,
    components: Option<&'d Map<String, Value>>,
}

impl<'d> References<'d> {
    pub fn of(document: &'d Value) -> Self {
        Self { document, components: document["components"]["schemas"].as_object() }
    }

    pub fn document(&self) -> &'d Value {
        self.document
    }

    pub fn target(&self, reference: &str) -> Option<&'d Value> {
        let component = reference.strip_prefix(REF).and_then(|name| self.components?.get(name));
        component.or_else(|| self.document.pointer(reference.strip_prefix('#')?))
    }
}

/// A `oneOf` or `anyOf`.
#[derive(Clone)]
pub struct Choice<'d> {
    pub alternatives: &'d [Value],
    discriminator: Option<&'d Value>,
}

/// Schemas that all apply to one value.
#[derive(Clone, Default)]
pub struct MergedSchema<'d> {
    /// The schemas as they stand in the document.
    pub sources: Vec<&'d Value>,
    /// Keyword maps of the schemas and of their targets.
    pub maps: Vec<&'d Map<String, Value>>,
    /// The references that were followed.
    pub entered: Vec<&'d str>,
    /// Alternatives not chosen yet.
    pub choices: VecDeque<Choice<'d>>,
    /// Discriminator properties, with the values of the chosen alternatives.
    pub tags: Vec<(&'d str, &'d str)>,
    /// Optional properties are left out.
    pub required_only: bool,
    /// Values of `example`, `examples` and `default`.
    pub shown: Vec<&'d Value>,
    /// Values of `enum` and `const`.
    pub listed: Vec<&'d [Value]>,
    pub types: Vec<&'d Value>,
    /// There is a `not`.
    pub refuses: bool,
    /// Index of the outermost reference being expanded that one of the schemas refers to.
    pub cut: Option<usize>,
    read_only: bool,
    write_only: bool,
}

impl<'d> MergedSchema<'d> {
    /// Adds a schema. Returns `false` if nothing fits it, or if it is already being expanded.
    pub fn add(&mut self, references: References<'d>, open: &[&'d str], schema: &'d Value) -> bool {
        self.sources.push(schema);
        self.follow(references, open, schema, text(schema, "$ref"), 0)
    }

    /// Adds an alternative of a choice.
    pub fn choose(
        &mut self,
        references: References<'d>,
        open: &[&'d str],
        choice: &Choice<'d>,
        alternative: &'d Value,
    ) -> bool {
        let target = text(alternative, "$ref");
        if target.is_some_and(|target| self.entered.contains(&target)) || !self.add(references, open, alternative) {
            return false;
        }
        if let (Some(discriminator), Some(target)) = (choice.discriminator, target)
            && let Some(property) = text(discriminator, "propertyName")
            && let Some(tag) = mapped(discriminator, target).or_else(|| component(target))
        {
            self.tags.push((property, tag));
        }
        true
    }

    fn follow(
        &mut self,
        references: References<'d>,
        open: &[&'d str],
        schema: &'d Value,
        outermost: Option<&'d str>,
        depth: usize,
    ) -> bool {
        let Value::Object(map) = schema else { return *schema == true };
        if depth > MAX_CHAIN {
            return false;
        }
        if let Some(reference) = map.get("$ref") {
            let Some(reference) = reference.as_str() else { return false };
            if let Some(index) = open.iter().position(|open| *open == reference) {
                self.cut = Some(self.cut.map_or(index, |cut| cut.min(index)));
                return false;
            }
            if !self.entered.contains(&reference) {
                self.entered.push(reference);
                let target = references.target(reference);
                if !target.is_some_and(|target| self.follow(references, open, target, outermost, depth + 1)) {
                    return false;
                }
            }
        }
        let all = self.read(map, outermost);
        all.into_iter().flatten().all(|part| self.follow(references, open, part, outermost, depth + 1))
    }

    /// Collects the keywords of a schema in one pass; returns its `allOf`.
    fn read(&mut self, map: &'d Map<String, Value>, outermost: Option<&'d str>) -> Option<&'d Vec<Value>> {
        self.maps.push(map);
        let mut all = None;
        let mut discriminator = None;
        let [mut example, mut first, mut default] = [None; 3];
        let before = self.choices.len();
        for (keyword, value) in map {
            match (keyword.as_str(), value) {
                ("type", _) => self.types.push(value),
                ("example", _) => example = Some(value),
                ("examples", Value::Array(examples)) => first = examples.first(),
                ("default", _) => default = Some(value),
                ("enum", Value::Array(values)) => self.listed.push(values),
                ("const", _) => self.listed.push(std::slice::from_ref(value)),
                ("not", _) => self.refuses = true,
                ("readOnly", Value::Bool(true)) => self.read_only = true,
                ("writeOnly", Value::Bool(true)) => self.write_only = true,
                ("allOf", Value::Array(parts)) => all = Some(parts),
                ("oneOf" | "anyOf", Value::Array(alternatives)) => {
                    self.choices.push_back(Choice { alternatives, discriminator: None });
                }
                ("discriminator", _) => discriminator = Some(value),
                _ => {}
            }
        }
        self.shown.extend([example, first, default.filter(|default| !is_empty(default))].into_iter().flatten());
        if let Some(discriminator) = discriminator {
            self.choices.iter_mut().skip(before).for_each(|choice| choice.discriminator = Some(discriminator));
            if let (true, Some(outermost)) = (self.choices.len() == before, outermost) {
                self.inherit(discriminator, outermost);
            }
        }
        all
    }

    /// Adds the discriminator value of a component that inherits from another.
    fn inherit(&mut self, discriminator: &'d Value, outermost: &'d str) {
        let base = self.entered.last() == Some(&outermost);
        let named = if base && object(discriminator, "mapping").next().is_some() { None } else { component(outermost) };
        if let Some(property) = text(discriminator, "propertyName")
            && let Some(tag) = mapped(discriminator, outermost).or(named)
        {
            self.tags.push((property, tag));
        }
    }

    /// Iterates over the values of a keyword.
    pub fn all<'p>(&'p self, keyword: &'p str) -> impl Iterator<Item = &'d Value> + use<'p, 'd> {
        self.maps.iter().filter_map(move |map| map.get(keyword))
    }

    pub fn has(&self, keyword: &str) -> bool {
        self.maps.iter().any(|map| map.contains_key(keyword))
    }

    pub fn text(&self, keyword: &str) -> Option<&'d str> {
        self.maps.iter().find_map(|map| map.get(keyword)?.as_str())
    }

    /// Returns the effective minimum and maximum of two counting keywords.
    pub fn counts(&self, least: &str, most: &str) -> (usize, usize) {
        let least = self.all(least).filter_map(count).max().unwrap_or(0);
        (least, self.all(most).filter_map(count).min().unwrap_or(usize::MAX))
    }

    /// Returns `true` if only the other side sends the property.
    pub fn is_other_direction(&self, direction: Direction) -> bool {
        match direction {
            Direction::Request => self.read_only,
            Direction::Response => self.write_only,
        }
    }

    /// Returns the schemas of a property; `None` if it is not allowed.
    pub fn property(&self, name: &str) -> Option<Vec<&'d Value>> {
        let mut schemas = Vec::new();
        for map in &self.maps {
            match (map.get("properties").and_then(|properties| properties.get(name)), map.get("additionalProperties")) {
                (Some(schema), _) => schemas.push(schema),
                (None, Some(Value::Bool(false))) => return None,
                (None, Some(other @ Value::Object(_))) => schemas.push(other),
                (None, _) => {}
            }
        }
        Some(schemas)
    }
}

/// Returns `true` for an empty default, which documents behaviour and is no example.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Returns a non-negative integer, also if it is written as a float.
fn count(value: &Value) -> Option<usize> {
    let whole = || value.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0).map(|number| number as u64);
    usize::try_from(value.as_u64().or_else(whole)?).ok()
}

fn component(reference: &str) -> Option<&str> {
    reference.strip_prefix(REF)
}

/// Returns the discriminator value that is mapped to a reference.
fn mapped<'d>(discriminator: &'d Value, reference: &str) -> Option<&'d str> {
    let is_it = |target: &Value| {
        target.as_str().is_some_and(|target| target == reference || Some(target) == component(reference))
    };
    object(discriminator, "mapping").find(|(_, target)| is_it(target)).map(|(key, _)| key.as_str())
}
