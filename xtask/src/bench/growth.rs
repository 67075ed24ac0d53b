//! Measurement of the time of `regenerate` by number of operations.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::statistics::median;
use crate::codegen::generate_files;
use crate::diagnostic::Diagnostic;
use crate::spec::bundle::lint_bundle;
use crate::spec::document::Document;
use crate::workspace::api::Api;

const SIZES: [usize; 3] = [50, 500, 5000];
/// Number of runs per size, of which the median is printed. One run of the largest size is long enough.
const RUNS: [usize; 3] = [5, 5, 1];

/// Measures all stages after loading, on documents of increasing size.
pub fn bench(print: &mut dyn FnMut(String)) -> Result<(), Vec<Diagnostic>> {
    for (size, runs) in SIZES.into_iter().zip(RUNS) {
        let mut times = Vec::new();
        for _ in 0..runs {
            let mut document = document(size);
            let start = Instant::now();
            lint_bundle(&mut document)?;
            generate_files(&(&Api::named("ships")).into(), &mut document, &[])?;
            times.push(start.elapsed().as_secs_f64());
        }
        let time = median(&times);
        print(format!("{size:>5} operations: {time:>7.3} s, {:>7.3} ms each", time * 1000.0 / size as f64));
    }
    Ok(())
}

/// Returns a document with `size` operations in tags of twenty, each with its own request, response, nested types and
/// enum.
fn document(size: usize) -> Document {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    schemas.insert("ShipId".into(), json!({"type": "string", "description": "An id.", "x-path-id": true}));
    for number in 0..size {
        // Numbers as letters, since a type name must not end in a digit.
        let name: String = format!("{number:05}").bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
        let (request, answer) = (format!("Launch{name}"), format!("Ship{name}"));
        let texts = |count: usize| -> Map<String, Value> {
            (0..count).map(|n| (format!("text_{n}"), json!({"type": "string", "description": "A text."}))).collect()
        };
        let mut fields = texts(8);
        fields.insert("mood".into(), json!({"type": "string", "description": "A mood.", "enum": ["calm", "wild"]}));
        schemas.insert(request.clone(), json!({"type": "object", "required": ["text_0"], "properties": fields}));
        let mut fields = texts(8);
        fields.insert("crew".into(), json!({"type": "array", "description": "Who.", "items": {"$ref": format!("#/components/schemas/Sailor{name}")}}));
        schemas.insert(answer.clone(), json!({"type": "object", "properties": fields}));
        schemas.insert(format!("Sailor{name}"), json!({"type": "object", "properties": texts(4)}));
        let body = |name: &str, example: Value| json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}, "examples": {"one": {"value": example}}}});
        paths.insert(format!("/ships/{{id}}/{name}"), json!({"post": {
            "operationId": format!("launch_{name}"),
            "tags": [format!("tag{}", number / 20)],
            "summary": "Launch a ship",
            "x-evidence": [{"source": "s", "seen": "2026-01-01", "level": "documented"}],
            "parameters": [{"in": "path", "name": "id", "required": true, "description": "An id.", "schema": {"$ref": "#/components/schemas/ShipId"}, "example": "s"}],
            "requestBody": {"content": body(&request, json!({"text_0": "x"}))},
            "responses": {"200": {"description": "", "content": body(&answer, json!({"text_0": "x", "crew": [{"text_0": "y"}]}))}},
        }}));
    }
    let value = json!({"openapi": "3.0.3", "info": {"title": "Ships", "version": "1"}, "servers": [{"url": "https://ships.example"}], "paths": paths, "components": {"schemas": schemas}});
    Document { value, ..Document::default() }
}
