//! Generation of objects and lists.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::cache::{MAX_VALUES, Position};
use super::generator::{ExampleGenerator, type_of};
use super::merged_schema::MergedSchema;
use super::strings::DEFAULT_TEXT;

/// Depth from which on only required properties are generated.
const DEPTH: usize = 6;
/// Keywords that define the schemas of properties.
const RULES: [&str; 2] = ["properties", "additionalProperties"];
/// Maximum length of a list, and number of properties without declared names.
const MAX_ITEMS: usize = 100;

impl<'d> ExampleGenerator<'d> {
    pub(super) fn object(&mut self, parts: &MergedSchema<'d>, at: Position<'_>) -> Option<Value> {
        let declared = declared(parts);
        let required: Vec<&'d str> =
            parts.all("required").filter_map(Value::as_array).flatten().filter_map(Value::as_str).collect();
        // A linear search is faster for the usual short list.
        let many: Option<HashSet<&str>> = (required.len() > 8).then(|| required.iter().copied().collect());
        let must = |name: &&str| many.as_ref().map_or_else(|| required.contains(name), |many| many.contains(name));
        let (least, most) = parts.counts("minProperties", "maxProperties");
        let few = parts.required_only || self.required_only || at.depth >= DEPTH;
        let mut made = Map::new();
        let mut missing = required.len();
        // Most objects have one schema with properties.
        let rules = parts.maps.iter().filter(|map| RULES.iter().any(|keyword| map.contains_key(*keyword)));
        let alone = rules.count() == 1;
        let others = other_alternatives(parts);
        for (name, schema) in declared.iter().filter(|(name, _)| !others.contains(name)) {
            let needed = must(name) || leads(parts, name);
            missing = missing.saturating_sub(usize::from(needed));
            let count = made.len() + missing;
            if !needed && (count >= most || (few && count >= least)) {
                continue;
            }
            let schemas = if alone { Some(vec![*schema]) } else { parts.property(name) };
            match schemas.and_then(|schemas| self.property(parts, name, &schemas, needed, at)) {
                Some(value) => drop(made.insert((*name).to_owned(), value)),
                None if needed => return None,
                None => {}
            }
        }
        for &name in &required {
            if !made.contains_key(name) {
                let value = self.property(parts, name, &parts.property(name)?, true, at)?;
                made.insert(name.to_owned(), value);
            }
        }
        for (name, _) in &parts.tags {
            if !made.contains_key(*name)
                && made.len() < most
                && let Some(tag) =
                    parts.property(name).and_then(|schemas| self.tag(parts, name, &self.parts(&schemas)?))
            {
                made.insert((*name).to_owned(), tag);
            }
        }
        let open = parts.all("additionalProperties").any(Value::is_object);
        let wanted = usize::from(declared.is_empty() && made.is_empty() && open && !few).max(least).min(most);
        self.fill(parts, &declared, wanted, &mut made, at);
        (made.len() >= least).then_some(Value::Object(made))
    }

    fn property(
        &mut self,
        parts: &MergedSchema<'d>,
        name: &str,
        schemas: &[&'d Value],
        needed: bool,
        at: Position<'_>,
    ) -> Option<Value> {
        let at = Position { name, depth: at.depth + 1, variant: at.variant };
        if parts.tags.is_empty()
            && let Some(value) = self.cached_value(schemas, at, needed)
        {
            return value;
        }
        let inside = self.parts(schemas)?;
        if !needed
            && (inside.is_other_direction(self.direction) || (self.cache.values > MAX_VALUES && is_container(&inside)))
        {
            return None;
        }
        match self.tag(parts, name, &inside) {
            Some(tag) => Some(tag),
            None => self.generate_merged(inside, at),
        }
    }

    /// Returns the discriminator value of the chosen alternative, innermost first, if it fits the property.
    fn tag(&self, parts: &MergedSchema<'d>, name: &str, inside: &MergedSchema<'d>) -> Option<Value> {
        let tags = parts.tags.iter().rev().filter(|(property, _)| *property == name);
        tags.map(|(_, tag)| Value::from(*tag)).find(|tag| self.fits(inside, tag))
    }

    /// Adds properties with made-up names until there are `wanted` of them.
    fn fill(
        &mut self,
        parts: &MergedSchema<'d>,
        declared: &[(&str, &Value)],
        wanted: usize,
        made: &mut Map<String, Value>,
        at: Position<'_>,
    ) {
        for number in 1..=wanted.min(MAX_ITEMS) + declared.len() {
            if made.len() >= wanted {
                return;
            }
            let name = if number == 1 { DEFAULT_TEXT.to_owned() } else { format!("{DEFAULT_TEXT}{number}") };
            if declared.iter().any(|(declared, _)| *declared == name) || made.contains_key(&name) {
                continue;
            }
            let at = Position { name: DEFAULT_TEXT, depth: at.depth + 1, variant: at.variant + number - 1 };
            match parts.property(&name).and_then(|schemas| self.inside(&schemas, at)) {
                Some(value) => drop(made.insert(name, value)),
                None => return,
            }
        }
    }

    pub(super) fn array(&mut self, parts: &MergedSchema<'d>, at: Position<'_>) -> Option<Value> {
        let (least, most) = parts.counts("minItems", "maxItems");
        if least > MAX_ITEMS || least > most {
            return None;
        }
        let schemas: Vec<&'d Value> = parts.all("items").collect();
        let different = parts.all("uniqueItems").any(|unique| *unique == true);
        let wanted = least.max(1).min(most);
        let mut made: Vec<Value> = Vec::new();
        for variant in at.variant..at.variant + 2 * wanted + 2 {
            if made.len() >= wanted {
                break;
            }
            let at = Position { name: at.name, depth: at.depth + 1, variant };
            match self.inside(&schemas, at) {
                Some(value) if different && made.contains(&value) => {}
                Some(value) => made.push(value),
                None => break,
            }
        }
        (made.len() >= least).then_some(Value::Array(made))
    }

    /// Removes optional properties that only the other side sends.
    pub(super) fn without_other_direction(&self, value: &Value, parts: &MergedSchema<'d>) -> Value {
        match value {
            Value::Object(map) => {
                let kept = map.iter().filter_map(|(name, value)| {
                    let inside = parts.property(name).and_then(|schemas| self.parts(&schemas));
                    let required = || {
                        let mut names = parts.all("required").filter_map(Value::as_array).flatten();
                        names.any(|required| required.as_str() == Some(name))
                    };
                    match inside {
                        Some(inside) if inside.is_other_direction(self.direction) && !required() => None,
                        Some(inside) => Some((name.clone(), self.without_other_direction(value, &inside))),
                        None => Some((name.clone(), value.clone())),
                    }
                });
                Value::Object(kept.collect())
            }
            Value::Array(list) => {
                let schemas: Vec<&'d Value> = parts.all("items").collect();
                match self.parts(&schemas) {
                    Some(inside) => list.iter().map(|item| self.without_other_direction(item, &inside)).collect(),
                    None => value.clone(),
                }
            }
            other => other.clone(),
        }
    }
}

/// Returns the fields that an object lacks of those of which it has exactly one (`x-exactly-one`): all but the first.
fn other_alternatives<'d>(parts: &MergedSchema<'d>) -> Vec<&'d str> {
    exactly_one(parts).flat_map(|fields| fields.iter().skip(1)).filter_map(Value::as_str).collect()
}

/// Returns `true` for the first field of those of which an object has exactly one.
fn leads(parts: &MergedSchema<'_>, name: &str) -> bool {
    exactly_one(parts).any(|fields| fields.first().is_some_and(|first| first == name))
}

fn exactly_one<'d>(parts: &MergedSchema<'d>) -> impl Iterator<Item = &'d Vec<Value>> {
    parts.all("x-exactly-one").filter_map(|group| group["of"].as_array())
}

fn is_container(parts: &MergedSchema<'_>) -> bool {
    !parts.choices.is_empty() || matches!(type_of(parts), Some("object" | "array"))
}

/// Returns the declared properties in the order of the document, each with its first schema.
fn declared<'d>(parts: &MergedSchema<'d>) -> Vec<(&'d str, &'d Value)> {
    let mut lists = parts.all("properties").filter_map(Value::as_object);
    let mut declared: Vec<(&str, &Value)> =
        lists.next().into_iter().flatten().map(|(name, schema)| (name.as_str(), schema)).collect();
    for list in lists {
        let seen: HashSet<&str> = declared.iter().map(|(name, _)| *name).collect();
        declared
            .extend(list.iter().map(|(name, schema)| (name.as_str(), schema)).filter(|(name, _)| !seen.contains(name)));
    }
    declared
}
