//! `cargo xtask import --against zapsign`: comparison of pages with a hand-written spec. The vendor publishes tables
//! and examples instead of OpenAPI, so there is nothing to import.

use std::path::{Path, PathBuf};

use api_bundle::Schemas;
use serde_json::Value;

use crate::diagnostic::{Diagnostic, Result};
use crate::spec::bundle::bundle;
use crate::spec::document::{component, object, operations, text};
use crate::spec::lint;
use crate::workspace::api::Api;

/// Content of a page about one operation.
#[derive(Debug, Default, PartialEq)]
pub struct Page {
    pub method: String,
    pub url: String,
    /// Name, type and `required` of each field of the body.
    pub fields: Vec<(String, String, bool)>,
    /// Heading and text of each JSON example.
    pub examples: Vec<(String, String)>,
}

/// Prints the differences between pages and the bundle, and returns their number.
pub fn compare_pages(root: &Path, api: &Api, files: &[PathBuf], print: &mut dyn FnMut(String)) -> Result<usize> {
    let bundle = bundle(root, api)?.value;
    let mut all = 0;
    for file in files {
        let page = std::fs::read_to_string(file).map_err(|e| Diagnostic::new(e.to_string()).in_file(file))?;
        let lines = compare(file, &page, &bundle)?;
        if lines.is_empty() {
            print(format!("{}: page and spec agree", file.display()));
        }
        lines.iter().for_each(|line| print(format!("{}: {line}", file.display())));
        all += lines.len();
    }
    Ok(all)
}

/// Returns the differences between a page and the bundle, one per line.
fn compare(file: &Path, page: &str, bundle: &Value) -> Result<Vec<String>> {
    let page = read(page).map_err(|diagnostic| diagnostic.in_file(file))?;
    let servers = bundle["servers"].as_array().into_iter().flatten().filter_map(|server| server["url"].as_str());
    let path = servers.filter_map(|server| page.url.strip_prefix(server)).next().unwrap_or(&page.url);
    let found = operations(bundle).find(|(_, known, method, _)| *known == path && **method == page.method);
    let Some((_, _, _, operation)) = found else {
        return Ok(vec![format!("the spec has no {} {path}", page.method.to_uppercase())]);
    };
    let mut lines = Vec::new();
    let request = operation.pointer("/requestBody/content/application~1json/schema");
    compare_fields(&page, component(bundle, request.unwrap_or(&Value::Null)), bundle, &mut lines);
    let schemas = Schemas::of(bundle);
    for (heading, example) in &page.examples {
        let schema = match status(heading) {
            None => request,
            Some(status) => match operation["responses"].get(&status) {
                None => {
                    lines.push(format!("status {status}: the page has it, the spec does not"));
                    continue;
                }
                Some(response) => response.pointer("/content/application~1json/schema"),
            },
        };
        let Some(schema) = schema else { continue };
        match serde_json::from_str::<Value>(example) {
            Ok(value) => {
                let fault = lint::schema_mismatch(&schemas, schema, &value);
                lines.extend(fault.map(|fault| format!("example `{heading}`: {fault}")));
                for_each_unknown_field(&value, component(bundle, schema), bundle, "", &mut |field| {
                    lines.push(format!("example `{heading}`: the page has `{field}`, the spec does not"));
                });
            }
            Err(error) => lines.push(format!("example `{heading}` is no JSON: {error}")),
        }
    }
    Ok(lines)
}

fn compare_fields(page: &Page, schema: &Value, bundle: &Value, lines: &mut Vec<String>) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, kind, is_required) in &page.fields {
        let Some(property) = schema["properties"].get(name) else {
            lines.push(format!("field `{name}`: the page has it, the spec does not"));
            continue;
        };
        let ours = text(component(bundle, property), "type").unwrap_or("any");
        if ours != kind {
            lines.push(format!("field `{name}`: the page says {kind}, the spec {ours}"));
        }
        if required.contains(&Value::from(name.as_str())) != *is_required {
            let word = |required: bool| if required { "required" } else { "optional" };
            lines.push(format!(
                "field `{name}`: the page says {}, the spec {}",
                word(*is_required),
                word(!is_required)
            ));
        }
    }
    for (name, _) in object(schema, "properties") {
        if !page.fields.iter().any(|(known, _, _)| known == name) {
            lines.push(format!("field `{name}`: the spec has it, the page does not"));
        }
    }
}

/// Calls `found` with the path of each field for which the schema has no property.
fn for_each_unknown_field(value: &Value, schema: &Value, bundle: &Value, place: &str, found: &mut impl FnMut(String)) {
    match value {
        Value::Object(map) if schema.get("properties").is_some() => {
            for (key, value) in map {
                let at = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                match schema["properties"].get(key) {
                    Some(property) => for_each_unknown_field(value, component(bundle, property), bundle, &at, found),
                    None => found(at),
                }
            }
        }
        Value::Array(list) => {
            list.iter().for_each(|value| {
                for_each_unknown_field(value, component(bundle, &schema["items"]), bundle, place, found)
            });
        }
        _ => {}
    }
}

/// Returns the status with which the heading of an example begins.
fn status(heading: &str) -> Option<String> {
    let word = heading.split(|c: char| !c.is_ascii_digit()).next()?;
    (word.len() == 3).then(|| word.to_owned())
}

/// Parses a page in Markdown: method and URL, table of the body, examples.
fn read(page: &str) -> Result<Page> {
    let mut found = Page::default();
    for line in page.lines() {
        let parts: Vec<&str> = line.split('`').collect();
        if let [_, method, _, url, ..] = parts[..]
            && ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method)
            && url.starts_with("http")
        {
            (found.method, found.url) = (method.to_lowercase(), url.to_owned());
        }
    }
    if found.url.is_empty() {
        return Err(Diagnostic::new("the page names no method and address"));
    }
    if let Some((_, rest)) = page.split_once("Request Body") {
        let table = rest.split("</table>").next().unwrap_or_default();
        for row in table.split("<tr>").skip(1).filter(|row| row.contains("<td")) {
            let cells: Vec<String> = row.split("<td").skip(1).map(cell).collect();
            if let [name, kind, ..] = &cells[..] {
                let required = name.ends_with('*');
                found.fields.push((name.trim_end_matches('*').trim().to_owned(), kind.to_lowercase(), required));
            }
        }
    }
    let mut heading = String::new();
    let mut example: Option<String> = None;
    for line in page.lines() {
        match (&mut example, line.trim()) {
            (None, line) if line.contains("tab title=\"") => {
                heading = line.split('"').nth(1).unwrap_or_default().to_owned();
            }
            (None, "```json") => example = Some(String::new()),
            (Some(text), "```") => {
                found.examples.push((heading.clone(), std::mem::take(text)));
                example = None;
            }
            (Some(text), _) => {
                text.push_str(line);
                text.push('\n');
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Returns the text of a table cell whose start tag is incomplete.
fn cell(html: &str) -> String {
    let html = html.split_once('>').map_or("", |(_, rest)| rest);
    let html = html.split("</td>").next().unwrap_or_default();
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => text.push(c),
            _ => {}
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PAGE: &str = r#"
## Launch

<mark style="color:green;">`POST`</mark> `https://ships.example/launch/`

**Headers**

<table><thead><tr><th>Name</th></tr></thead><tbody><tr><td>Authorization<mark>*</mark></td><td>string</td></tr></tbody></table>

#### Request Body

<table><thead><tr><th width="1">Name</th><th>Type</th></tr></thead><tbody><tr><td>name<mark style="color:red;">*</mark></td><td>string</td><td>Name</td></tr><tr><td>crew</td><td>integer</td><td>How many</td></tr></tbody></table>

{% tab title="Example Payload:" %}
```json
{"name": "Ann", "crew": 3}
```
{% tab title="200 OK - done" %}
```json
{"id": 7}
```
"#;

    fn bundle() -> Value {
        json!({
            "servers": [{"url": "https://ships.example"}],
            "paths": {"/launch/": {"post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Launch"}}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ship"}}}}},
            }}},
            "components": {"schemas": {
                "Launch": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "crew": {"type": "integer"}}},
                "Ship": {"type": "object", "properties": {"id": {"type": "integer"}}},
            }},
        })
    }

    fn lines(change: impl Fn(&mut Value)) -> Vec<String> {
        let mut bundle = bundle();
        change(&mut bundle);
        compare(Path::new("page.md"), PAGE, &bundle).expect("the page reads")
    }

    #[test]
    fn a_page_that_agrees_gives_no_line() {
        assert_eq!(lines(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn each_disagreement_names_the_field() {
        let launch =
            |bundle: &'_ mut Value, key: &str, value: Value| bundle["components"]["schemas"]["Launch"][key] = value;
        for (found, expected) in [
            (lines(|b| launch(b, "required", json!([]))), "field `name`: the page says required, the spec optional"),
            (
                lines(|b| launch(b, "required", json!(["name", "crew"]))),
                "field `crew`: the page says optional, the spec required",
            ),
            (
                lines(|b| b["components"]["schemas"]["Launch"]["properties"]["new"] = json!({"type": "string"})),
                "field `new`: the spec has it, the page does not",
            ),
            (
                lines(|b| b["components"]["schemas"]["Ship"]["properties"] = json!({})),
                "example `200 OK - done`: the page has `id`, the spec does not",
            ),
            (
                lines(|b| b["paths"]["/launch/"]["post"]["responses"] = json!({})),
                "status 200: the page has it, the spec does not",
            ),
            (lines(|b| b["paths"] = json!({})), "the spec has no POST /launch/"),
        ] {
            assert_eq!(found, [expected]);
        }
        let found =
            lines(|b| b["components"]["schemas"]["Launch"]["properties"] = json!({"name": {"type": "integer"}}));
        assert_eq!(found[0], "field `name`: the page says string, the spec integer");
        assert_eq!(found[1], "field `crew`: the page has it, the spec does not");
        assert!(
            found[2].starts_with("example `Example Payload:`: the example does not fit its schema at /name"),
            "{found:?}"
        );
    }
}
