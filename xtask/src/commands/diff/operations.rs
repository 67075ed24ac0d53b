//! Comparison of operations, parameters, responses, limits and events.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::changes::Changes;
use super::changes::Impact::{Additive, Breaking, Documentation};
use super::schemas::{Direction, Schemas};
use crate::spec::document::{object, operations, text};

type ByKey<'v> = BTreeMap<(String, String), &'v Value>;

pub(super) fn compare(old: &Value, new: &Value, changes: &mut Changes) {
    let mut schemas = Schemas::new(old, new);
    if old["servers"] != new["servers"] {
        let first = old["servers"][0]["url"] != new["servers"][0]["url"];
        let wire = if first { Breaking } else { Additive };
        changes.add("servers", "the addresses of the API changed", wire, Documentation);
    }
    if old["x-rate-limit"] != new["x-rate-limit"] {
        rate_limits("all operations", &old["x-rate-limit"], &new["x-rate-limit"], changes);
    }
    if old["x-token-rejected"] != new["x-token-rejected"] {
        changes.add("all operations", "a token is renewed after other answers", Documentation, Documentation);
    }
    let by_key = |document| -> ByKey {
        operations(document).map(|(_, path, method, operation)| ((path.clone(), method.clone()), operation)).collect()
    };
    let (before, after) = (by_key(old), by_key(new));
    for (key, operation) in &before {
        let id = text(operation, "operationId").unwrap_or(&key.0);
        match after.get(key) {
            None => changes.add(id, "the operation was removed", Breaking, Breaking),
            Some(other) => operation_changes(id, operation, other, &mut schemas, changes),
        }
    }
    for (key, operation) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        let id = text(operation, "operationId").unwrap_or(&key.0);
        changes.add(id, "the operation was added", Additive, Additive);
    }
}

fn operation_changes(id: &str, old: &Value, new: &Value, schemas: &mut Schemas, changes: &mut Changes) {
    if old["operationId"] != new["operationId"] {
        let name = text(new, "operationId").unwrap_or_default();
        changes.add(id, format!("the operation is now called `{name}`"), Documentation, Breaking);
    }
    if old["tags"] != new["tags"] {
        changes.add(id, "its tag changed, and with it the module and the feature of its call", Documentation, Breaking);
    }
    if old["security"] != new["security"] {
        changes.add(id, "its credentials changed", Breaking, Documentation);
    }
    if old["deprecated"] != new["deprecated"] {
        changes.add(id, "its deprecation changed", Documentation, Additive);
    }
    if old["x-rate-limit"] != new["x-rate-limit"] {
        rate_limits(id, &old["x-rate-limit"], &new["x-rate-limit"], changes);
    }
    for key in ["x-retry", "x-idempotent"] {
        if old[key] != new[key] {
            changes.add(id, format!("`{key}` changed: the call is sent again in other cases"), Documentation, Additive);
        }
    }
    for (key, description) in [("x-result", "successes"), ("x-cooldown", "cool-downs")] {
        if old[key] != new[key] {
            changes.add(id, format!("`{key}` changed: other answers are {description}"), Documentation, Additive);
        }
    }
    if ["summary", "description", "x-evidence", "externalDocs"].iter().any(|key| old[*key] != new[*key]) {
        changes.add(id, "its description or evidence changed", Documentation, Documentation);
    }
    parameters(id, old, new, schemas, changes);
    request(id, old, new, schemas, changes);
    responses(id, old, new, schemas, changes);
    events(id, old, new, schemas, changes);
}

/// Compares rate limits: a new or lower one is breaking.
fn rate_limits(place: &str, old: &Value, new: &Value, changes: &mut Changes) {
    let rate = |limits: &Value| {
        let list = limits.as_array().into_iter().flatten();
        let per_second = list.filter_map(|limit| {
            let per = text(limit, "per")?;
            let unit = match per.chars().last()? {
                'm' => 60.0,
                'h' => 3600.0,
                _ => 1.0,
            };
            Some(limit["requests"].as_f64()? / (per[..per.len() - 1].parse::<f64>().ok()? * unit))
        });
        per_second.fold(f64::INFINITY, f64::min)
    };
    let (wire, description) = match rate(new).total_cmp(&rate(old)) {
        Ordering::Less => (Breaking, "is tighter"),
        Ordering::Equal => (Additive, "is counted otherwise"),
        Ordering::Greater => (Additive, "is looser"),
    };
    changes.add(place, format!("its rate limit {description}"), wire, Documentation);
}

fn parameters(id: &str, old: &Value, new: &Value, schemas: &mut Schemas, changes: &mut Changes) {
    let by_key = |operation: &'_ Value| -> BTreeMap<(String, String), Value> {
        let list = operation["parameters"].as_array().into_iter().flatten();
        list.map(|p| ((p["in"].to_string(), text(p, "name").unwrap_or_default().to_owned()), p.clone())).collect()
    };
    let (before, after) = (by_key(old), by_key(new));
    let required = |parameter: &Value| parameter["required"] == true;
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let place = format!("{id} parameter {}", key.1);
        match (before.get(key), after.get(key)) {
            (Some(_), None) => changes.add(&place, "it was removed", Breaking, Breaking),
            (None, Some(parameter)) if required(parameter) => {
                changes.add(&place, "it was added and is required", Breaking, Breaking)
            }
            (None, _) => changes.add(&place, "it was added", Additive, Additive),
            (Some(old), Some(new)) => {
                match (required(old), required(new)) {
                    (false, true) => changes.add(&place, "it became required", Breaking, Breaking),
                    (true, false) => changes.add(&place, "it became optional", Additive, Additive),
                    _ => {}
                }
                let schema = |p: &Value| p.pointer("/content/application~1json/schema").unwrap_or(&p["schema"]).clone();
                schemas.compare(&place, &schema(old), &schema(new), Direction::Request, changes);
            }
        }
    }
}

fn request(id: &str, old: &Value, new: &Value, schemas: &mut Schemas, changes: &mut Changes) {
    let place = format!("{id} request");
    match (old.get("requestBody"), new.get("requestBody")) {
        (None, None) => {}
        (None, Some(_)) => changes.add(&place, "it has a body now", Breaking, Breaking),
        (Some(_), None) => changes.add(&place, "it has no body any more", Breaking, Breaking),
        (Some(old), Some(new)) => contents(&place, old, new, Direction::Request, schemas, changes),
    }
}

fn contents(place: &str, old: &Value, new: &Value, direction: Direction, schemas: &mut Schemas, changes: &mut Changes) {
    let first = |holder: &Value| {
        object(holder, "content").next().map(|(media, content)| (media.clone(), content["schema"].clone()))
    };
    match (first(old), first(new)) {
        (Some((old_media, old)), Some((new_media, new))) => {
            if old_media == new_media {
                schemas.compare(place, &old, &new, direction, changes);
            } else {
                changes.add(place, format!("its media type is now `{new_media}`"), Breaking, Breaking);
            }
        }
        (None, None) => {}
        _ => changes.add(place, "its body came or went", Breaking, Breaking),
    }
}

fn responses(id: &str, old: &Value, new: &Value, schemas: &mut Schemas, changes: &mut Changes) {
    let statuses: BTreeSet<&String> =
        object(old, "responses").chain(object(new, "responses")).map(|(status, _)| status).collect();
    for status in statuses {
        let place = format!("{id} response {status}");
        let success = status.starts_with('2');
        match (old["responses"].get(status), new["responses"].get(status)) {
            (Some(_), None) => {
                let impact = if success { Breaking } else { Documentation };
                changes.add(&place, "the status is no longer documented", impact, Documentation);
            }
            (None, _) => changes.add(&place, "the status is documented now", Additive, Documentation),
            // All errors have one type, whatever their body.
            (Some(old), Some(new)) if success => contents(&place, old, new, Direction::Response, schemas, changes),
            _ => {}
        }
    }
}

fn events(id: &str, old: &Value, new: &Value, schemas: &mut Schemas, changes: &mut Changes) {
    let body = |callbacks: &Value, name: &str| {
        let item = callbacks["callbacks"].get(name)?.as_object()?.values().next()?;
        item.pointer("/post/requestBody").cloned()
    };
    let names: BTreeSet<&String> =
        object(old, "callbacks").chain(object(new, "callbacks")).map(|(name, _)| name).collect();
    for name in names {
        let place = format!("{id} event {name}");
        match (body(old, name), body(new, name)) {
            (Some(_), None) => changes.add(&place, "it was removed", Breaking, Breaking),
            (None, Some(_)) => changes.add(&place, "it was added", Additive, Additive),
            (Some(old), Some(new)) => contents(&place, &old, &new, Direction::Response, schemas, changes),
            (None, None) => {}
        }
    }
}
