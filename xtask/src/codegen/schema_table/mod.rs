//! Schema table of responses and deliveries, with which a client finds undocumented values.
//!
//! It is generated from the bundle and not from the IR, which accepts more than the spec: a null for each optional
//! field, and undocumented enum values.

mod flatten;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use self::flatten::flatten;
use crate::codegen::ir::{BodyKind, Ir, Operation};
use crate::codegen::lower::{only_narrows, subtypes};
use crate::spec::document::{REF, object, text};
use crate::spec::load::sha256_hex;
use crate::spec::names::snake;

const REVISION_DIGITS: usize = 12;
/// Maximum number and depth of inlined schemas; what is beyond is any JSON. Nested alternatives would otherwise grow
/// without bound.
const MAX_NESTED: usize = 1000;
const MAX_DEPTH: usize = 48;
const ANY: &str = "&Any";

/// Generates the table of one API. `text` is the bundle as it is on disk.
pub fn schema_table(bundle: &Value, text: &str, ir: &Ir) -> String {
    let event_key = ir.webhook.as_ref().map_or("", |keys| &keys.name);
    let mut rows = Rows { bundle, names: BTreeMap::new(), waiting: Vec::new(), inside: 0, depth: 0 };
    let mut operations = String::new();
    for operation in &ir.operations {
        let _ = writeln!(
            operations,
            "        OperationRow {{\n            id: {:?},\n            responses: &[",
            operation.id
        );
        response_rows(&mut rows, operation, &mut operations);
        operations.push_str("            ],\n        },\n");
    }
    let mut events = String::new();
    for event in &ir.events {
        let used = event.body.component().and_then(|name| ir.types.get(name));
        let schema = used.and_then(|used| bundle.pointer(used.pointer.as_ref()?));
        let body = schema.map_or_else(|| ANY.to_owned(), |schema| rows.of_location(schema));
        let _ = writeln!(events, "        EventRow {{ name: {:?}, body: {body} }},", event.name);
    }
    let components = rows.components();
    format!(
        "//! What the spec says of answers and deliveries.\n\nuse ::api_runtime::FieldRow::{{Optional, Required}};\n\
         use ::api_runtime::SchemaRow::{{self, *}};\nuse ::api_runtime::{{ResponseRow, EventRow, OperationRow, SchemaTable}};\n\n\
         /// Schemas of responses and deliveries: keys, types, listed values.\n\
         pub static SCHEMAS: SchemaTable = SchemaTable {{\n    crate_name: env!(\"CARGO_PKG_NAME\"),\n    \
         crate_version: env!(\"CARGO_PKG_VERSION\"),\n    spec_revision: {revision:?},\n    record: ::api_runtime::__record_drift!(),\n    operations: &[\n{operations}    ],\n    \
         event_key: {event_key:?},\n    events: &[\n{events}    ],\n}};\n{components}",
        revision = &sha256_hex(text)[..REVISION_DIGITS],
    )
}

fn response_rows(rows: &mut Rows<'_>, operation: &Operation, text: &mut String) {
    let responses = rows.bundle.pointer(&operation.pointer).map_or(&Value::Null, |operation| &operation["responses"]);
    for response in &operation.responses {
        let (first, last) = match (response.status.parse::<u16>(), response.status.as_bytes().first()) {
            (Ok(status), _) => (status, status),
            (Err(_), Some(digit @ b'1'..=b'5')) => (u16::from(digit - b'0') * 100, u16::from(digit - b'0') * 100 + 99),
            _ => (100, 999),
        };
        let json = response.body.as_ref().filter(|body| body.kind == BodyKind::Json);
        let schema = json.map(|body| {
            rows.inside = 0;
            let content = &rows.resolved(&responses[&response.status])["content"];
            content[&body.media].get("schema").map_or_else(|| ANY.to_owned(), |schema| rows.row(schema))
        });
        let schema = schema.map_or_else(|| "None".to_owned(), |schema| format!("Some({schema})"));
        let _ = writeln!(text, "                ResponseRow {{ first: {first}, last: {last}, body: {schema} }},");
    }
}

/// State of generating rows. A component has a constant; other schemas are inlined.
struct Rows<'b> {
    bundle: &'b Value,
    /// Constants, by component.
    names: BTreeMap<String, String>,
    /// Components that are referenced and not generated yet.
    waiting: Vec<String>,
    /// Number of schemas inlined in the current row.
    inside: usize,
    depth: usize,
}

impl<'b> Rows<'b> {
    fn resolved(&self, value: &'b Value) -> &'b Value {
        let mut value = value;
        for _ in 0..16 {
            let Some(target) = text(value, "$ref").and_then(|target| target.strip_prefix('#')) else { break };
            value = self.bundle.pointer(target).unwrap_or(&Value::Null);
        }
        value
    }

    fn schemas(&self) -> &'b Value {
        &self.bundle["components"]["schemas"]
    }

    /// Generates every referenced component, transitively.
    fn components(&mut self) -> String {
        // Component and row by constant.
        let mut rows: BTreeMap<String, (String, String)> = BTreeMap::new();
        while let Some(name) = self.waiting.pop() {
            self.inside = 0;
            let row = self.component(&name);
            let row = row.strip_prefix('&').unwrap_or(&row).to_owned();
            rows.insert(self.names[&name].clone(), (name, row));
        }
        let statics = rows.iter().map(|(constant, (name, row))| {
            let row = terminal(&rows, row);
            format!("\n/// `{name}`.\nstatic {constant}: SchemaRow = {row};\n")
        });
        statics.collect()
    }

    fn component(&mut self, name: &str) -> String {
        let schema = &self.schemas()[name];
        let heirs = match self.schemas().as_object() {
            Some(all) => subtypes(all, name, schema),
            None => Vec::new(),
        };
        let property = text(&schema["discriminator"], "propertyName").filter(|_| !heirs.is_empty());
        let Some(property) = property else {
            return self.flat_row(schema, &mut vec![name.to_owned()]);
        };
        let all: Vec<Value> = heirs.iter().map(|heir| json!({"$ref": format!("{REF}{heir}")})).collect();
        let mut pairs = self.named_alternatives(&schema["discriminator"], &all).unwrap_or_default();
        let base = self.flat_row(schema, &mut vec![name.to_owned()]);
        let mapped = mapped(&schema["discriminator"], name);
        pairs.extend(mapped.into_iter().map(|value| (value, base.clone())));
        discriminated(property, &pairs)
    }

    /// Returns the row of a schema of the bundle; a reference to a component stays one.
    fn of_location(&mut self, schema: &'b Value) -> String {
        self.inside = 0;
        let component = object(self.bundle, "components").find_map(|(_, all)| {
            let name = all.as_object()?.iter().find(|(_, known)| std::ptr::eq(*known, schema))?.0;
            Some(json!({"$ref": format!("{REF}{name}")}))
        });
        match component {
            Some(reference) => self.row(&reference),
            None => self.row(schema),
        }
    }

    /// Returns the row of a schema, as a Rust expression.
    fn row(&mut self, schema: &Value) -> String {
        if let Some(name) = bare_component(schema) {
            let constant = self.constant(name);
            return match schema.get("nullable") {
                Some(Value::Bool(true)) => format!("&Nullable(&{constant})"),
                _ => format!("&{constant}"),
            };
        }
        if self.inside >= MAX_NESTED || self.depth >= MAX_DEPTH {
            return ANY.to_owned();
        }
        self.inside += 1;
        self.depth += 1;
        let row = self.flat_row(schema, &mut Vec::new());
        self.depth -= 1;
        row
    }

    fn constant(&mut self, name: &str) -> String {
        // A component that is another one has no constant of its own.
        let mut name = name;
        for _ in 0..16 {
            match text(&self.schemas()[name], "$ref").and_then(|target| target.strip_prefix(REF)) {
                Some(target) => name = target,
                None => break,
            }
        }
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let wanted = snake(name).to_uppercase();
        let wanted = if wanted.is_empty() || wanted == "SCHEMAS" { format!("{wanted}_SCHEMA") } else { wanted };
        let mut constant = wanted.clone();
        let mut number = 2;
        while self.names.values().any(|taken| *taken == constant) {
            constant = format!("{wanted}_{number}");
            number += 1;
        }
        self.names.insert(name.to_owned(), constant.clone());
        self.waiting.push(name.to_owned());
        constant
    }

    fn flat_row(&mut self, schema: &Value, inside: &mut Vec<String>) -> String {
        let Some(flat) = flatten(self.bundle, schema, inside) else { return ANY.to_owned() };
        let row = self.alternatives(&flat).unwrap_or_else(|| self.plain(&flat));
        let nullable = flat.get("nullable") == Some(&Value::Bool(true))
            || listed(&flat).any(Value::is_null)
            || alternatives(&flat).any(is_null);
        if nullable && row != ANY { format!("&Nullable({row})") } else { row }
    }

    /// Returns the row of a schema with alternatives; `None` if it has none.
    fn alternatives(&mut self, flat: &Map<String, Value>) -> Option<String> {
        let list: Vec<&Value> =
            alternatives(flat).filter(|alternative| !only_narrows(alternative) && !is_null(alternative)).collect();
        if list.is_empty() {
            return None;
        }
        let beside: Map<String, Value> = ["properties", "required", "additionalProperties"]
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), flat.get(*key)?.clone())))
            .collect();
        let whole: Vec<Value> = list
            .iter()
            .map(
                |alternative| {
                    if beside.is_empty() { (*alternative).clone() } else { json!({"allOf": [beside, alternative]}) }
                },
            )
            .collect();
        let discriminator = flat.get("discriminator").filter(|_| beside.is_empty());
        if let Some(discriminator) = discriminator
            && let Some(property) = text(discriminator, "propertyName")
            && let Some(pairs) = self.named_alternatives(discriminator, &whole)
        {
            return Some(discriminated(property, &pairs));
        }
        if let Some((property, values)) = self.discriminating_property(&whole) {
            let rows: Vec<String> = whole.iter().map(|alternative| self.row(alternative)).collect();
            let pairs = values
                .into_iter()
                .zip(rows)
                .flat_map(|(values, row)| values.into_iter().map(move |value| (value, row.clone())));
            return Some(discriminated(&property, &pairs.collect::<Vec<_>>()));
        }
        let mut rows: Vec<String> = Vec::new();
        for alternative in &whole {
            let row = self.row(alternative);
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        Some(match rows.as_slice() {
            [only] => only.clone(),
            rows if rows.iter().any(|row| row == ANY) => ANY.to_owned(),
            rows => format!("&OneOf(&[{}])", rows.join(", ")),
        })
    }

    /// Returns the alternatives by discriminator value; `None` if one of them is no component.
    fn named_alternatives(&mut self, discriminator: &Value, list: &[Value]) -> Option<Vec<(String, String)>> {
        let mut pairs = Vec::new();
        for alternative in list {
            let name = bare_component(alternative)?;
            let row = self.row(alternative);
            pairs.extend(mapped(discriminator, name).into_iter().map(|value| (value, row.clone())));
        }
        Some(pairs)
    }

    /// Returns a property that all alternatives have, with disjoint values.
    fn discriminating_property(&self, list: &[Value]) -> Option<(String, Vec<Vec<String>>)> {
        let flats: Vec<Map<String, Value>> =
            list.iter().map(|one| flatten(self.bundle, one, &mut Vec::new())).collect::<Option<_>>()?;
        let properties = flats.first()?.get("properties")?.as_object()?;
        properties.keys().find_map(|property| {
            let mut seen: Vec<String> = Vec::new();
            let mut all = Vec::new();
            for flat in &flats {
                let is_required = flat.get("required")?.as_array()?.iter().any(|name| name == property);
                let schema = flatten(self.bundle, flat.get("properties")?.get(property)?, &mut Vec::new())?;
                let values: Vec<String> =
                    listed(&schema).map(|value| value.as_str().map(ToOwned::to_owned)).collect::<Option<_>>()?;
                if !is_required || values.is_empty() || values.iter().any(|value| seen.contains(value)) {
                    return None;
                }
                seen.extend(values.iter().cloned());
                all.push(values);
            }
            (all.len() > 1).then(|| (property.clone(), all))
        })
    }

    fn plain(&mut self, flat: &Map<String, Value>) -> String {
        let has = |key: &str| flat.contains_key(key);
        let values: Vec<&Value> = listed(flat).filter(|value| !value.is_null()).collect();
        let kind = match flat.get("type").and_then(Value::as_str) {
            Some(kind) => kind,
            None if has("properties") || has("additionalProperties") => "object",
            None if has("items") => "array",
            None if !values.is_empty() && values.iter().all(|value| value.is_string()) => "string",
            None => return ANY.to_owned(),
        };
        match kind {
            "boolean" => "&Boolean".to_owned(),
            "number" => "&Number".to_owned(),
            "integer" => match values.iter().map(|value| value.as_i64()).collect::<Option<Vec<i64>>>() {
                Some(values) if !values.is_empty() => format!("&IntegerEnum(&{values:?})"),
                _ => "&Integer".to_owned(),
            },
            "string" => match values.iter().map(|value| value.as_str()).collect::<Option<Vec<&str>>>() {
                Some(values) if !values.is_empty() => format!("&Enum(&{values:?})"),
                _ => "&String".to_owned(),
            },
            "array" => {
                let items = flat.get("items").map_or_else(|| ANY.to_owned(), |items| self.row(items));
                format!("&Array({items})")
            }
            "object" => self.object(flat),
            _ => ANY.to_owned(),
        }
    }

    fn object(&mut self, flat: &Map<String, Value>) -> String {
        let required: Vec<&str> =
            flat.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = flat.get("properties").and_then(Value::as_object);
        let fields: Vec<String> = properties
            .into_iter()
            .flatten()
            .map(|(name, schema)| {
                let presence = if required.contains(&name.as_str()) { "Required" } else { "Optional" };
                format!("\n    {presence}({name:?}, {}),", self.row(schema))
            })
            .collect();
        let fields = if fields.is_empty() { String::new() } else { format!("{}\n", fields.concat()) };
        match flat.get("additionalProperties") {
            Some(Value::Bool(false)) => format!("&Object(&[{fields}])"),
            Some(Value::Bool(true)) => format!("&OpenObject(&[{fields}], {ANY})"),
            Some(schema) => format!("&OpenObject(&[{fields}], {})", self.row(schema)),
            // An object without any constraint.
            None if properties.is_none_or(Map::is_empty) => format!("&OpenObject(&[], {ANY})"),
            None => format!("&Object(&[{fields}])"),
        }
    }
}

fn listed(flat: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    flat.get("enum").and_then(Value::as_array).into_iter().flatten()
}

fn alternatives(flat: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    ["oneOf", "anyOf"].iter().filter_map(|key| flat.get(*key)?.as_array()).flatten()
}

/// Returns `true` if a schema accepts `null` only.
fn is_null(schema: &Value) -> bool {
    schema["enum"] == json!([null])
}

/// Returns the component that a schema refers to, if it adds nothing but `nullable`.
fn bare_component(schema: &Value) -> Option<&str> {
    let words = ["title", "description", "nullable", "example", "default", "deprecated", "readOnly", "writeOnly"];
    let map = schema.as_object()?;
    let says_more =
        |key: &String| !words.contains(&key.as_str()) && !key.starts_with("x-") && key != "$ref" && key != "allOf";
    if map.keys().any(says_more) { None } else { crate::spec::document::component_name(schema) }
}

/// Returns the discriminator values that are mapped to a component, or else its name.
fn mapped(discriminator: &Value, component: &str) -> Vec<String> {
    let is_it = |target: &Value| target.as_str().is_some_and(|target| target.trim_start_matches(REF) == component);
    let values: Vec<String> =
        object(discriminator, "mapping").filter(|(_, target)| is_it(target)).map(|(value, _)| value.clone()).collect();
    if values.is_empty() { vec![component.to_owned()] } else { values }
}

fn discriminated(property: &str, pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(value, row)| format!("({value:?}, {row})")).collect();
    format!("&Discriminated({property:?}, &[{}])", pairs.join(", "))
}

/// Returns the row of a component. That of a component which is nothing but another one is a copy: a static item can't be moved.
fn terminal<'r>(rows: &'r BTreeMap<String, (String, String)>, row: &'r str) -> &'r str {
    let mut row = row;
    for _ in rows {
        match rows.get(row) {
            Some((_, other)) => row = other,
            None => return row,
        }
    }
    "Any"
}
