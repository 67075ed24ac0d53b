//! Changes of a body that its schema does not know, each with the pointer that its report must have.
//!
//! They are found from the bundle, and not from the table that the crates compare with.

use api_runtime::DriftKind;
use serde_json::{Map, Value, json};

use crate::case::{BodyCase, at};

/// Key that no spec has.
pub const NEW_KEY: &str = "campo_novo";

/// Change of a body.
pub struct Change {
    /// Kind that must be reported.
    pub kind: DriftKind,
    /// JSON pointer that must be reported.
    pub pointer: String,
    /// Body with the change.
    pub body: Value,
    /// `true` if the changed value is inside a union.
    pub in_union: bool,
}

/// Returns every change of one kind at every pointer of a body's examples.
pub fn changes(bundle: &Value, case: &BodyCase) -> Vec<Change> {
    let mut found = Vec::new();
    for example in case.examples.iter().filter(|_| case.media == "application/json") {
        let Some((content, _)) = example.pointer.split_once("/examples/") else {
            panic!("{} does not stand beside its schema", example.pointer)
        };
        let body = at(bundle, example.pointer);
        let mut walk = Walk { bundle, body, found: Vec::new() };
        walk.visit(at(bundle, &format!("{content}/schema")), body, Place::default());
        found.append(&mut walk.found);
    }
    found
}

/// Schema merged with all schemas that it combines.
#[derive(Default)]
struct View<'b> {
    kind: Option<&'b str>,
    nullable: bool,
    required: Vec<&'b str>,
    properties: Vec<(&'b str, &'b Value)>,
    others: Option<&'b Value>,
    items: Option<&'b Value>,
    values: Option<&'b Value>,
    alternatives: Vec<&'b Value>,
}

impl<'b> View<'b> {
    fn of(bundle: &'b Value, schema: &'b Value) -> Self {
        let mut view = Self::default();
        view.read(bundle, schema);
        view
    }

    fn read(&mut self, bundle: &'b Value, schema: &'b Value) {
        if let Some(target) = schema["$ref"].as_str() {
            self.read(bundle, at(bundle, target.trim_start_matches('#')));
        }
        let list = |key: &str| schema[key].as_array().into_iter().flatten();
        list("allOf").for_each(|part| self.read(bundle, part));
        self.alternatives.extend(list("oneOf").chain(list("anyOf")));
        self.kind = schema["type"].as_str().or(self.kind);
        self.nullable |= schema["nullable"] == true;
        self.required.extend(list("required").filter_map(Value::as_str));
        self.properties.extend(schema["properties"].as_object().into_iter().flatten().map(|(k, v)| (k.as_str(), v)));
        self.others = schema.get("additionalProperties").filter(|others| **others != false).or(self.others);
        self.items = schema.get("items").or(self.items);
        self.values = schema.get("enum").or(self.values);
    }

    /// Returns the number of the value's keys that the schema has; `None` if the value lacks a required key or has
    /// another type.
    fn keys_of(&self, value: &Value) -> Option<usize> {
        let fits = match (self.kind, value) {
            (Some("object"), Value::Object(_))
            | (Some("array"), Value::Array(_))
            | (Some("string"), Value::String(_)) => true,
            (Some("integer"), value) => value.is_i64(),
            _ => false,
        };
        let has = |key: &&str| value.get(*key).is_some();
        (fits && self.required.iter().all(has)).then(|| self.properties.iter().filter(|(key, _)| has(key)).count())
    }
}

#[derive(Default, Clone)]
struct Place {
    /// Pointer in this body.
    exact: String,
    /// Pointer as reported, with `*` for a key that may be data.
    shown: String,
    in_union: bool,
}

impl Place {
    fn inside(&self, key: &str, shown: &str) -> Self {
        Self { exact: format!("{}/{key}", self.exact), shown: format!("{}/{shown}", self.shown), ..self.clone() }
    }
}

struct Walk<'b> {
    bundle: &'b Value,
    body: &'b Value,
    found: Vec<Change>,
}

impl<'b> Walk<'b> {
    fn visit(&mut self, schema: &'b Value, value: &'b Value, mut place: Place) {
        let mut view = View::of(self.bundle, schema);
        if value.is_null() {
            return;
        }
        if !view.nullable && (view.kind.is_some() || !view.alternatives.is_empty()) {
            self.replace(DriftKind::UnexpectedNull, &place, Value::Null);
        }
        let union = std::mem::take(&mut view.alternatives);
        if !union.is_empty() {
            place.in_union = true;
            self.replace(DriftKind::UnexpectedType, &place, json!(true));
            let Some(best) = choose(self.bundle, &union, value) else { panic!("no alternative at {}", place.exact) };
            view = View::of(self.bundle, union[best]);
        } else if let Some(kind) = view.kind {
            let other = if kind == "boolean" { json!("texto") } else { json!(true) };
            self.replace(DriftKind::UnexpectedType, &place, other);
        }
        if view.kind == Some("string") && view.values.is_some() {
            self.replace(DriftKind::UnknownValue, &place, json!("valor_novo"));
        }
        match value {
            Value::Array(list) => {
                for (index, item) in list.iter().enumerate() {
                    if let Some(items) = view.items {
                        self.visit(items, item, place.inside(&index.to_string(), "*"));
                    }
                }
            }
            Value::Object(map) => self.object(&view, &union, map, &place),
            _ => {}
        }
    }

    fn object(&mut self, view: &View<'b>, union: &[&'b Value], map: &'b Map<String, Value>, place: &Place) {
        if !view.properties.is_empty() && view.others.is_none() {
            let mut more = map.clone();
            more.insert(NEW_KEY.to_owned(), json!({"dentro": ["valor secreto"]}));
            let at = Place { shown: format!("{}/{NEW_KEY}", place.shown), ..place.clone() };
            self.replace(DriftKind::UnknownField, &at, Value::Object(more));
        }
        for name in view.required.iter().filter(|name| map.contains_key(**name)) {
            let mut less = map.clone();
            less.remove(*name);
            let less = Value::Object(less);
            // Without the key, the value may be another alternative.
            let of_this = |view: &View<'_>| view.properties.iter().filter(|(key, _)| less.get(key).is_some()).count();
            let others = union.iter().map(|schema| of_this(&View::of(self.bundle, schema)));
            let alone = others.filter(|keys| *keys >= of_this(view)).count() == 1;
            if union.is_empty() || alone && choose(self.bundle, union, &less).is_none() {
                let at = Place { shown: format!("{}/{}", place.shown, escaped(name)), ..place.clone() };
                self.replace(DriftKind::MissingField, &at, less);
            }
        }
        for (key, value) in map {
            let exact = escaped(key);
            match view.properties.iter().find(|(name, _)| name == key) {
                Some((_, schema)) => self.visit(schema, value, place.inside(&exact, &exact)),
                None => {
                    if let Some(others) = view.others {
                        self.visit(others, value, place.inside(&exact, "*"));
                    }
                }
            }
        }
    }

    /// Records a change that replaces the value at a pointer.
    fn replace(&mut self, kind: DriftKind, place: &Place, by: Value) {
        let mut body = self.body.clone();
        if let Some(value) = body.pointer_mut(&place.exact) {
            *value = by;
        }
        self.found.push(Change { kind, pointer: place.shown.clone(), body, in_union: place.in_union });
    }
}

/// Returns the alternative that a value is: of those that match, the one with most of its keys.
fn choose(bundle: &Value, union: &[&Value], value: &Value) -> Option<usize> {
    let keys = |schema: &&Value| View::of(bundle, schema).keys_of(value);
    let fitting = union.iter().enumerate().filter_map(|(index, schema)| Some((index, keys(schema)?)));
    fitting
        .fold(None, |best: Option<(usize, usize)>, next| match best {
            Some(best) if best.1 >= next.1 => Some(best),
            _ => Some(next),
        })
        .map(|(index, _)| index)
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
