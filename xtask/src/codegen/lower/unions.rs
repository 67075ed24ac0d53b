//! Unions: normalisation of `oneOf`, `anyOf` and subtypes of a base.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::inheritance::{BASE, refers_to};
use super::keywords::{SUGGESTED_NAME, only_narrows, property_names, same_values};
use super::locations::{LOCATION, location};
use super::schemas::Normaliser;
use crate::diagnostic::Result;
use crate::spec::document::{REF, component_name, object, text};
use crate::spec::names::{Scope, camel};

/// Internal extension with the decoding of a union: `{by, values}` for a discriminator property, `{best: true}` for
/// the alternative that keeps most of the value, `{first: true}` if at most one fits.
pub const UNION: &str = "x-union";
/// Sibling keywords of the list that apply to each alternative.
const SIBLING_KEYWORDS: [&str; 3] = ["properties", "required", "additionalProperties"];

struct Alternative {
    title: String,
    form: Value,
    /// Name of the component, if it is one.
    component: Option<String>,
}

/// Normalises alternatives; `None` if there are none.
pub fn form(normaliser: &mut Normaliser<'_>, flat: &mut Map<String, Value>) -> Result<Option<Value>> {
    let any = flat.shift_remove("anyOf");
    let one = flat.shift_remove("oneOf");
    let mut list: Vec<Value> =
        [one, any].into_iter().flatten().filter_map(|list| list.as_array().cloned()).flatten().collect();
    let discriminator = flat.shift_remove("discriminator");
    // An alternative with constraints only narrows its siblings, which the server validates.
    list.retain(|alternative| !only_narrows(alternative));
    if list.is_empty() {
        return Ok(None);
    }
    let shared: Map<String, Value> =
        SIBLING_KEYWORDS.iter().filter_map(|key| Some(((*key).to_owned(), flat.shift_remove(*key)?))).collect();
    if flat.get("type").is_some_and(|kind| kind == "object") {
        flat.shift_remove("type");
    }
    let at = flat.get(LOCATION).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut alternatives: Vec<Alternative> = Vec::new();
    let mut nullable = flat.get("nullable") == Some(&Value::Bool(true));
    for alternative in &list {
        let mut alternative = alternative.clone();
        if let Some(map) = alternative.as_object_mut() {
            map.entry(LOCATION).or_insert_with(|| at.as_str().into());
        }
        if alternative["enum"] == json!([null]) {
            nullable = true;
            continue;
        }
        let title = title(&alternative);
        let whole = with_sibling_keywords(normaliser, &alternative, &shared)?;
        let mut form = normaliser.schema(&whole)?;
        if let Some(map) = form.as_object_mut() {
            nullable |= map.shift_remove("nullable").is_some_and(|nullable| nullable == true);
            map.shift_remove("title");
        }
        if alternatives.iter().any(|known| same_values(&known.form, &form)) {
            continue;
        }
        let component = component_name(&form).map(ToOwned::to_owned);
        alternatives.push(Alternative { title, form, component });
    }
    if nullable {
        flat.insert("nullable".into(), true.into());
    }
    merge_scalars(normaliser, &mut alternatives);
    if alternatives.iter().any(|alternative| is_any(&alternative.form)) || alternatives.is_empty() {
        // One alternative accepts any JSON.
        flat.retain(|key, _| !matches!(key.as_str(), "type" | "enum" | "format"));
        return Ok(Some(Value::Object(annotations(flat))));
    }
    if let [only] = alternatives.as_slice() {
        let mut form = only.form.as_object().cloned().unwrap_or_default();
        let words = annotations(flat);
        if form.contains_key("$ref") && words.keys().any(|key| key != LOCATION) {
            let target = form.shift_remove("$ref").unwrap_or_default();
            form.insert("allOf".into(), json!([{"$ref": target}]));
        }
        if !form.contains_key("$ref") {
            form.extend(words);
        }
        return Ok(Some(Value::Object(form)));
    }
    Ok(Some(union(normaliser, flat, alternatives, discriminator.as_ref())))
}

fn annotations(flat: &Map<String, Value>) -> Map<String, Value> {
    let keys = [
        "title",
        "description",
        "nullable",
        "readOnly",
        "writeOnly",
        "deprecated",
        "x-rust-name",
        "x-accessor",
        SUGGESTED_NAME,
        "example",
        LOCATION,
    ];
    flat.iter().filter(|(key, _)| keys.contains(&key.as_str())).map(|(k, v)| (k.clone(), v.clone())).collect()
}

fn is_any(form: &Value) -> bool {
    form.as_object().is_some_and(|map| {
        !["type", "$ref", "allOf", "oneOf", "enum", "properties"].iter().any(|k| map.contains_key(*k))
    })
}

/// Adds the sibling keywords to an alternative, unless it has them.
fn with_sibling_keywords(
    normaliser: &mut Normaliser<'_>,
    alternative: &Value,
    shared: &Map<String, Value>,
) -> Result<Value> {
    if shared.is_empty() {
        return Ok(alternative.clone());
    }
    let mut inside = Vec::new();
    let flat = normaliser.flatten(alternative, &mut inside)?;
    let (own, beside) = (property_names(&flat), property_names(shared));
    let required = |map: &Map<String, Value>| -> BTreeSet<String> {
        map.get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(Into::into)
            .collect()
    };
    if beside.is_subset(&own) && required(shared).is_subset(&required(&flat)) {
        return Ok(alternative.clone());
    }
    let mut whole = Map::new();
    for key in ["title", LOCATION] {
        if let Some(value) = alternative.get(key) {
            whole.insert(key.into(), value.clone());
        }
    }
    whole.insert("allOf".into(), json!([alternative, shared]));
    Ok(Value::Object(whole))
}

/// Returns the title of an alternative: its own, that of its component, or its constant.
fn title(alternative: &Value) -> String {
    let part = alternative["allOf"].as_array().into_iter().flatten().find_map(refers_to);
    let constant =
        object(alternative, "properties").find_map(|(_, property)| match property["enum"].as_array()?.as_slice() {
            [Value::String(only)] => Some(only.as_str()),
            _ => None,
        });
    text(alternative, "title").or_else(|| refers_to(alternative)).or(part).or(constant).unwrap_or_default().to_owned()
}

/// Merges alternatives of one scalar type: strings with all their enum values, numbers to one number.
fn merge_scalars(normaliser: &mut Normaliser<'_>, alternatives: &mut Vec<Alternative>) {
    let texts: Vec<usize> = (0..alternatives.len())
        .filter(|index| {
            let target = resolved(normaliser, &alternatives[*index].form);
            target["type"] == "string" && target["x-path-id"] != true
        })
        .collect();
    if texts.len() > 1 {
        let mut values: Vec<Value> = Vec::new();
        for index in &texts {
            for value in resolved(normaliser, &alternatives[*index].form)["enum"].as_array().into_iter().flatten() {
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
        }
        let mut form = json!({"type": "string"});
        if !values.is_empty() {
            form["enum"] = values.into();
        }
        form[LOCATION] = location(&alternatives[texts[0]].form).into();
        replace(alternatives, &texts, Alternative { title: "Text".into(), form, component: None });
    }
    let numbers: Vec<usize> = (0..alternatives.len())
        .filter(|index| matches!(text(&alternatives[*index].form, "type"), Some("integer" | "number")))
        .collect();
    if numbers.len() > 1 {
        let all_whole = numbers.iter().all(|index| alternatives[*index].form["type"] == "integer");
        let form = json!({"type": if all_whole { "integer" } else { "number" }});
        replace(alternatives, &numbers, Alternative { title: "Number".into(), form, component: None });
    }
}

fn replace(alternatives: &mut Vec<Alternative>, indexes: &[usize], by: Alternative) {
    let first = indexes[0];
    alternatives[first] = by;
    for index in indexes.iter().skip(1).rev() {
        alternatives.remove(*index);
    }
}

fn resolved(normaliser: &Normaliser<'_>, form: &Value) -> Value {
    match component_name(form) {
        Some(name) => normaliser.raw(name).cloned().unwrap_or_default(),
        None => form.clone(),
    }
}

fn union(
    normaliser: &mut Normaliser<'_>,
    flat: &Map<String, Value>,
    alternatives: Vec<Alternative>,
    discriminator: Option<&Value>,
) -> Value {
    let mut names = Scope::variants();
    let titles: Vec<String> = alternatives
        .iter()
        .map(|alternative| {
            let wanted = if camel(&alternative.title).is_empty() {
                default_title(&alternative.form)
            } else {
                alternative.title.as_str()
            };
            names.camel(wanted)
        })
        .collect();
    let decoding = discriminate(normaliser, &alternatives, &titles, discriminator).unwrap_or_else(|| {
        if are_disjoint(normaliser, &alternatives) { json!({"first": true}) } else { json!({"best": true}) }
    });
    let list: Vec<Value> = alternatives
        .iter()
        .zip(&titles)
        .map(|(alternative, title)| {
            let mut form = alternative.form.as_object().cloned().unwrap_or_default();
            if let Some(target) = form.shift_remove("$ref") {
                form.insert("allOf".into(), json!([{"$ref": target}]));
            }
            form.insert("title".into(), title.as_str().into());
            Value::Object(form)
        })
        .collect();
    let mut form = annotations(flat);
    form.shift_remove("title");
    form.insert("oneOf".into(), list.into());
    form.insert(UNION.into(), decoding);
    Value::Object(form)
}

fn default_title(form: &Value) -> &'static str {
    match text(form, "type") {
        Some("string") => "Text",
        Some("integer" | "number") => "Number",
        Some("boolean") => "Flag",
        Some("array") => "List",
        _ => "Object",
    }
}

/// Returns the discriminator property with its values: the declared one, or one whose values differ between all
/// alternatives.
fn discriminate(
    normaliser: &mut Normaliser<'_>,
    alternatives: &[Alternative],
    titles: &[String],
    discriminator: Option<&Value>,
) -> Option<Value> {
    let flattened = flattened(normaliser, alternatives);
    let constants = |property: &str, flat: &Map<String, Value>| -> Vec<String> {
        let schema = flat.get("properties").map_or(&Value::Null, |all| &all[property]);
        let schema = component_name(schema).and_then(|name| normaliser.raw(name)).unwrap_or(schema);
        schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    };
    if let Some(property) = discriminator.and_then(|d| text(d, "propertyName")) {
        let mapping: Vec<(&String, &str)> = object(discriminator?, "mapping")
            .filter_map(|(value, target)| Some((value, target.as_str()?.trim_start_matches(REF))))
            .collect();
        let mut values = Map::new();
        for ((alternative, title), flat) in alternatives.iter().zip(titles).zip(&flattened) {
            let own_name = normaliser.current().filter(|_| alternative.title == BASE);
            let component = alternative.component.as_deref().or(own_name);
            let mut mapped: Vec<String> = mapping
                .iter()
                .filter(|(_, target)| Some(*target) == component)
                .map(|(value, _)| (*value).clone())
                .collect();
            if mapped.is_empty() {
                let own = constants(property, flat);
                mapped = if own.len() == 1 {
                    own
                } else {
                    component.and_then(|name| normaliser.published.get(name)).cloned().into_iter().collect()
                };
            }
            for value in mapped {
                values.entry(value).or_insert_with(|| title.as_str().into());
            }
        }
        let objects = flattened.iter().all(|flat| flat.contains_key("properties"));
        if objects && !values.is_empty() {
            return Some(json!({"by": property, "values": values}));
        }
    }
    let candidates = property_names(flattened.first()?);
    candidates.into_iter().find_map(|property| {
        let mut values = Map::new();
        for (flat, title) in flattened.iter().zip(titles) {
            let own = constants(&property, flat);
            let required = flat.get("required").and_then(Value::as_array).is_some_and(|r| r.contains(&json!(property)));
            if own.is_empty() || !required || own.iter().any(|value| values.contains_key(value)) {
                return None;
            }
            values.extend(own.into_iter().map(|value| (value, Value::from(title.as_str()))));
        }
        Some(json!({"by": property, "values": values}))
    })
}

/// Returns the flattened alternatives.
fn flattened(normaliser: &mut Normaliser<'_>, alternatives: &[Alternative]) -> Vec<Map<String, Value>> {
    alternatives
        .iter()
        .map(|alternative| {
            let whole =
                alternative.component.as_ref().and_then(|name| normaliser.raw(name)).unwrap_or(&alternative.form);
            normaliser.flatten(whole, &mut alternative.component.clone().into_iter().collect()).unwrap_or_default()
        })
        .collect()
}

/// Returns `true` if at most one alternative fits any described value: their types differ, or an earlier one requires
/// a property that a later one lacks.
fn are_disjoint(normaliser: &mut Normaliser<'_>, alternatives: &[Alternative]) -> bool {
    let flattened = flattened(normaliser, alternatives);
    let kind = |flat: &Map<String, Value>| match flat.get("type").and_then(Value::as_str) {
        Some("integer") => "number".to_owned(),
        Some(kind) => kind.to_owned(),
        None if flat.contains_key("enum") => "string".to_owned(),
        None => "object".to_owned(),
    };
    (0..flattened.len()).all(|later| {
        (0..later).all(|earlier| {
            let (first, second) = (&flattened[earlier], &flattened[later]);
            if kind(first) != kind(second) {
                return true;
            }
            let has = property_names(second);
            let demands =
                first.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            kind(first) == "object" && !has.is_empty() && demands.into_iter().any(|name| !has.contains(name))
        })
    })
}
