//! Proposals of names for new operations and types: actions for the overlay, which a reviewer accepts or edits.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::spec::document::{component, component_name, object, operations, text};
use crate::spec::names::{camel, snake};

/// Returns proposed actions for the operations of a page that the bundle lacks; empty if there are none.
pub fn propose(bundle: &Value, page: &Value, address: &str) -> String {
    let mut taken: BTreeSet<String> = operations(bundle)
        .filter_map(|(_, _, _, operation)| text(operation, "operationId").map(ToOwned::to_owned))
        .collect();
    let mut types: BTreeSet<String> = object(&bundle["components"], "schemas")
        .map(|(name, schema)| text(schema, "x-rust-name").map_or_else(|| camel(name), ToOwned::to_owned))
        .collect();
    let mut yaml = String::new();
    for (_, path, method, operation) in operations(page) {
        if bundle["paths"][path.as_str()].get(method.as_str()).is_some() {
            continue;
        }
        let id = name(page, path, method, operation, &taken);
        taken.insert(id.clone());
        let target = format!("$.paths[{}].{method}", quoted(path));
        let address: String = address.chars().filter(|c| !c.is_control()).collect();
        let _ = writeln!(yaml, "\n  # {} {} of {address}: proposed names.", method.to_uppercase(), one_line(path));
        let _ = writeln!(yaml, "  - target: {}\n    update:\n      operationId: {id}", json!(target));
        if let Some(published) = text(operation, "operationId") {
            let _ = writeln!(yaml, "      x-published-id: {}", json!(published));
        }
        if method == "post" {
            yaml.push_str(
                "      # Not known to be safe to send again: an answer of 429 or 5xx may come after the effect. Remove it\n      \
                 # only if the vendor says that a second call does no harm.\n      x-retry: never\n",
            );
        }
        ids(bundle, page, path, operation, &target, &mut types, &mut yaml);
        type_names(bundle, page, operation, &id, &mut types, &mut yaml);
    }
    yaml
}

/// Quotes a name for JSONPath.
fn quoted(name: &str) -> String {
    format!("'{}'", name.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Returns a name for an operation: a verb, then the last noun of its path.
fn name(page: &Value, path: &str, method: &str, operation: &Value, taken: &BTreeSet<String>) -> String {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let nouns: Vec<String> = segments
        .iter()
        .filter(|segment| !segment.contains('{') && !is_version(segment))
        .map(|segment| snake(segment))
        .filter(|noun| !noun.is_empty())
        .collect();
    let on_one = segments.last().is_some_and(|last| last.contains('{'));
    let last = nouns.last().cloned().unwrap_or_else(|| "resource".to_owned());
    let (verb, many) = match method {
        "get" | "head" if !on_one && is_list(page, operation) => ("list", true),
        "get" | "head" => ("get", !on_one),
        "post" => ("create", false),
        "put" | "patch" => ("update", false),
        "delete" => ("delete", !on_one && last.ends_with('s')),
        other => (other, false),
    };
    let noun = if many { last.clone() } else { singular(&last) };
    // A name that is taken gets the nouns before it, one by one.
    let mut before = nouns.iter().rev().skip(1);
    let mut words = vec![noun];
    loop {
        let found = format!("{verb}_{}", words.iter().rev().cloned().collect::<Vec<_>>().join("_"));
        if !taken.contains(&found) {
            return found;
        }
        match before.next() {
            Some(noun) => words.push(singular(noun)),
            None => return snake(&format!("{method}_{}", nouns.join("_"))),
        }
    }
}

fn is_version(segment: &str) -> bool {
    segment == "api"
        || segment.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Returns `true` if an operation returns a list, by its response or its pagination parameters.
fn is_list(page: &Value, operation: &Value) -> bool {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let paged = parameters
        .filter_map(|parameter| text(parameter, "name"))
        .any(|name| ["limit", "offset", "page"].contains(&name));
    let schema =
        operation.pointer("/responses/200/content/application~1json/schema").map(|schema| component(page, schema));
    let holds_list = |schema: &Value| {
        schema["type"] == "array"
            || object(schema, "properties").any(|(_, property)| component(page, property)["type"] == "array")
    };
    paged || schema.is_some_and(holds_list)
}

fn singular(noun: &str) -> String {
    match noun {
        _ if noun.ends_with("ies") && noun.len() > 4 => format!("{}y", &noun[..noun.len() - 3]),
        _ if noun.ends_with("ses") || noun.ends_with("xes") || noun.ends_with("ches") => {
            noun[..noun.len() - 2].to_owned()
        }
        _ if noun.ends_with('s') && !noun.ends_with("ss") && !noun.ends_with("us") && noun.len() > 2 => {
            noun[..noun.len() - 1].to_owned()
        }
        _ => noun.to_owned(),
    }
}

/// Proposes types for the ids in a path: existing ones, or new ones.
fn ids(
    bundle: &Value,
    page: &Value,
    path: &str,
    operation: &Value,
    target: &str,
    types: &mut BTreeSet<String>,
    yaml: &mut String,
) {
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let Some(name) = text(parameter, "name").filter(|_| parameter["in"] == "path" && path.contains('{')) else {
            continue;
        };
        if component(page, &parameter["schema"])["type"] != "string" || component_name(&parameter["schema"]).is_some() {
            continue;
        }
        let known = operations(bundle).find_map(|(_, _, _, operation)| {
            let parameters = operation["parameters"].as_array()?;
            let same = parameters.iter().find(|known| known["in"] == "path" && known["name"] == name)?;
            let component = component_name(&same["schema"])?;
            (bundle["components"]["schemas"][component]["x-path-id"] == true).then(|| component.to_owned())
        });
        // An action for every path gives this parameter its type already.
        if known.as_deref() == Some("PartnerId") {
            continue;
        }
        let ty = known.clone().unwrap_or_else(|| camel(name));
        if known.is_none() && types.insert(ty.clone()) {
            let _ = writeln!(
                yaml,
                "  - target: $.components.schemas\n    update:\n      {ty}: {{type: string, description: {}, x-path-id: true}}",
                json!(format!("The `{}` of a path.", one_line(name)))
            );
        }
        let of = format!("{target}.parameters[?@.in=='path' && @.name=={}]", quoted(name));
        let _ = writeln!(
            yaml,
            "  - target: {}\n    remove: true\n  - target: {}\n    update:\n      schema: {{$ref: \"#/components/schemas/{ty}\"}}",
            json!(format!("{of}.schema")),
            json!(of)
        );
    }
}

/// Proposes type names for request and response, if the vendor's contain the direction.
fn type_names(
    bundle: &Value,
    page: &Value,
    operation: &Value,
    id: &str,
    types: &mut BTreeSet<String>,
    yaml: &mut String,
) {
    let request = operation.pointer("/requestBody/content/application~1json/schema");
    let answer = object(operation, "responses")
        .find(|(status, _)| status.starts_with('2'))
        .and_then(|(_, response)| response.pointer("/content/application~1json/schema"));
    let nouns = id.split_once('_').map_or(id, |(_, nouns)| nouns);
    let answer_name = if id.starts_with("list_") { format!("{}_page", singular(nouns)) } else { singular(nouns) };
    for (schema, wanted) in [(request, id.to_owned()), (answer, answer_name)] {
        let Some(name) = schema.and_then(component_name) else { continue };
        // A type that other operations use is named already.
        if bundle["components"]["schemas"].get(name).is_some() {
            continue;
        }
        let directed = ["In", "Out", "Request", "Response", "Schema"].iter().any(|word| name.ends_with(word));
        let wanted = camel(&wanted);
        if directed && page["components"]["schemas"].get(name).is_some() && types.insert(wanted.clone()) {
            let target = json!(format!("$.components.schemas[{}]", quoted(name)));
            let _ = writeln!(yaml, "  - target: {target}\n    update:\n      x-rust-name: {wanted}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle() -> Value {
        json!({"paths": {
            "/api/v2/partners/{partner_id}/ships": {"get": {"operationId": "list_ships"}},
            "/api/v2/ships/{ship_id}": {"get": {"operationId": "get_ship", "parameters": [
                {"in": "path", "name": "ship_id", "schema": {"$ref": "#/components/schemas/ShipId"}}]}},
        }, "components": {"schemas": {"ShipId": {"type": "string", "x-path-id": true}}}})
    }

    fn proposed(path: &str, method: &str, operation: Value) -> String {
        propose(&bundle(), &json!({"paths": {path: {method: operation}}}), "https://ships.example/page")
    }

    #[test]
    fn an_operation_is_named_verb_first() {
        for (path, method, operation, expected) in [
            ("/api/v2/ships/{ship_id}", "delete", json!({}), "delete_ship"),
            ("/api/v2/ships/{ship_id}/sailors", "post", json!({}), "create_sailor"),
            (
                "/api/v2/fleets/{id}/ships",
                "get",
                json!({"parameters": [{"name": "limit", "in": "query"}]}),
                "list_fleet_ships",
            ),
            ("/api/v2/ships/{ship_id}/cargo", "get", json!({}), "get_cargo"),
            ("/api/v2/companies/{id}", "put", json!({}), "update_company"),
        ] {
            let yaml = proposed(path, method, operation);
            assert!(yaml.contains(&format!("operationId: {expected}\n")), "{expected}: {yaml}");
            assert_eq!(yaml.contains("x-retry: never"), method == "post", "{yaml}");
        }
        assert_eq!(proposed("/api/v2/ships/{ship_id}", "get", json!({"operationId": "known"})), "");
    }

    #[test]
    fn ids_of_a_path_get_types() {
        let parameter =
            |name: &str| json!({"in": "path", "name": name, "required": true, "schema": {"type": "string"}});
        let operation = json!({"operationId": "x'y", "parameters": [parameter("ship_id"), parameter("sailor_id")]});
        let yaml = proposed("/ships/{ship_id}/sailors/{sailor_id}", "delete", operation);
        assert!(yaml.contains("schema: {$ref: \"#/components/schemas/ShipId\"}"), "{yaml}");
        assert!(yaml.contains("SailorId: {type: string") && !yaml.contains("ShipId: {type: string"), "{yaml}");
        assert!(yaml.contains("x-published-id: \"x'y\""), "{yaml}");
        let overlay = format!("overlay: 1.0.0\nactions:{yaml}");
        let parsed: Value = yaml_serde::from_str(&overlay).expect("it is YAML");
        assert_eq!(parsed["actions"].as_array().map(Vec::len), Some(6));
    }
}
