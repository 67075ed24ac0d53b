use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::specification::SPECIFIED;
use super::value_type::{Handling, Object};
use super::*;
use crate::spec::document::Trust;

/// A document with a value at a pointer.
fn document_with(pointer: &str, value: Value) -> Value {
    pointer.rsplit('/').filter(|key| !key.is_empty()).fold(value, |value, key| match key {
        "0" => json!([value]),
        key => json!({key.replace("~1", "/"): value}),
    })
}

fn at<'a>(document: &'a Value, pointer: &str) -> &'a Value {
    document.pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer} of {document}"))
}

/// Checks a value at a pointer, and returns what remains of it and the notes.
fn checked(pointer: &str, value: Value, trust: Trust) -> (Value, Vec<String>) {
    let mut document = document_with(pointer, value);
    let notes = check(&mut document, trust).unwrap_or_else(|diagnostic| panic!("refused: {diagnostic}"));
    (
        at(&document, pointer).clone(),
        notes.into_iter().map(|note| format!("{}: {}", note.pointer, note.message)).collect(),
    )
}

fn refused(mut document: Value, trust: Trust) -> String {
    match check(&mut document, trust) {
        Ok(notes) => panic!("taken as {document}, with {notes:?}"),
        Err(diagnostic) => diagnostic.to_string(),
    }
}

#[test]
fn a_key_of_the_wrong_kind_is_an_error_at_its_place() {
    let kinds = [json!(null), json!(true), json!(7), json!(-1), json!("a"), json!([[]]), json!({"a": [1]})];
    for (object, place, ..) in SPECIFIED.iter().filter(|(object, ..)| *object != Object::ServerVariable) {
        for (key, form, _) in object.keys() {
            for kind in kinds.iter().filter(|kind| !form.fits(kind)) {
                let mut value = if *object == Object::Reference { json!({"$ref": "#/a"}) } else { json!({}) };
                value[*key] = kind.clone();
                let error = refused(document_with(place, value.clone()), Trust::HandWritten);
                assert!(error.starts_with(&format!("at {place}/{key}: ")), "{value}: {error}");
                let mut published = document_with(place, value);
                match check(&mut published, Trust::Published) {
                    Err(diagnostic) => assert_eq!(diagnostic.pointer(), Some(format!("{place}/{key}").as_str())),
                    Ok(notes) => assert_eq!(notes.len(), 1, "{notes:?}"),
                }
            }
        }
    }
}

#[test]
fn an_error_says_what_was_expected() {
    for (place, value, expected) in [
        (
            "/components/schemas/S",
            json!({"properties": []}),
            "/properties: this must be an object in which each value is a schema, which is an object or a boolean, not a list",
        ),
        (
            "/components/schemas/S",
            json!({"required": true}),
            "/required: this must be a list in which each entry is a text, not `true`",
        ),
        (
            "/components/schemas/S",
            json!({"enum": "a"}),
            "/enum: this must be a list in which each entry is anything, not the text `a`",
        ),
        ("/components/schemas/S", json!({"type": 7}), "/type: this must be one of null, boolean, "),
        ("/components/schemas/S", json!({"type": ["string", 7]}), "/type: this must be one of null, boolean, "),
        ("/components/schemas/S", json!({"type": "file"}), "/type: this must be one of null, boolean, "),
        (
            "/components/schemas/S",
            json!({"properties": {"a": {"items": "b"}}}),
            "/properties/a/items: this must be a schema, ",
        ),
        (
            "/components/schemas/S",
            json!({"minLength": 1.5}),
            "/minLength: this must be a whole number that is not negative, not `1.5`",
        ),
        ("/components/schemas/S", json!({"allOf": [{}, 7]}), "/allOf/1: this must be a schema, "),
        ("/components/schemas/S", json!(7), ": this must be a schema, which is an object or a boolean, not `7`"),
        (
            "/paths/~1a/get",
            json!({"parameters": {}}),
            "/parameters: this must be a list in which each entry is an object, a parameter, not an object",
        ),
        (
            "/paths/~1a/get",
            json!({"responses": []}),
            "/responses: this must be an object, the responses object, not a list",
        ),
        ("", json!({"paths": []}), "/paths: this must be an object, the paths object, not a list"),
        ("", json!({"openapi": 3.1}), "/openapi: this must be a text such as \"3.1.0\", not `3.1`"),
        (
            "/security/0",
            json!({"Key": "all"}),
            "/Key: this must be a list in which each entry is a text, not the text `all`",
        ),
    ] {
        let error = refused(document_with(place, value.clone()), Trust::HandWritten);
        assert!(error.starts_with(&format!("at {place}{expected}")), "{value}: {error}");
    }
    let mut list = json!([]);
    assert!(check(&mut list, Trust::Published).is_err());
}

#[test]
fn a_refused_key_names_place_and_remedy_in_both_kinds_of_text() {
    for (object, place, ..) in SPECIFIED {
        for (key, _, class) in object.keys() {
            if let Handling::Rejected(remedy) = class {
                for trust in [Trust::Published, Trust::HandWritten] {
                    let error = refused(document_with(place, json!({*key: "a"})), trust);
                    assert!(error.starts_with(&format!("at {place}/{key}: `{key}` of ")), "{error}");
                    assert!(error.ends_with(remedy), "{error}");
                }
            }
        }
    }
}

#[test]
fn irrelevant_keys_pass() {
    let schema = json!({"pattern": "^a", "uniqueItems": true, "not": {"multipleOf": 2}, "xml": {"name": "a"},
        "if": true, "dependencies": {"a": ["b"], "c": {"type": "string"}}, "$comment": "a"});
    let response = json!({"description": "", "headers": {"A": {"schema": {"type": "string"}}},
        "links": {"next": {"operationId": "b", "parameters": {"c": "$request.path.c"}}}});
    for trust in [Trust::Published, Trust::HandWritten] {
        for (place, value) in [("/components/schemas/S", &schema), ("/paths/~1a/get/responses/200", &response)] {
            assert_eq!(checked(place, value.clone(), trust), (value.clone(), vec![]));
        }
    }
}

#[test]
fn what_nothing_reads_stops_no_published_text() {
    let (kept, notes) = checked(
        "/components/schemas/S",
        json!({"type": "string", "uniqueItems": "yes", "not": {"$ref": "other.yaml"}}),
        Trust::Published,
    );
    assert_eq!(kept, json!({"type": "string"}));
    assert!(notes[0].starts_with("/components/schemas/S/uniqueItems: left out (checked by the vendor; "), "{notes:?}");
    assert!(
        notes[1].contains("at /components/schemas/S/not/$ref: `other.yaml` is outside of the document"),
        "{notes:?}"
    );
}

#[test]
fn an_unknown_key_is_noted_in_published_text_and_a_mistake_in_our_own() {
    let response = json!({"200": {"type": "object", "description": "d"}});
    let (kept, notes) = checked("/paths/~1a/get/responses", response, Trust::Published);
    assert_eq!(kept, json!({"200": {"description": "d"}}));
    assert_eq!(
        notes,
        ["/paths/~1a/get/responses/200/type: the vendor's own key `type`, which no version of OpenAPI has; ignored"]
    );
    for (key, expected) in [
        ("require", "did you mean `required`"),
        ("additionalproperties", "did you mean `additionalProperties`"),
        ("tpye", "did you mean `type`"),
        ("colour", "remove it"),
    ] {
        let error = refused(document_with("/components/schemas/S", json!({key: 1})), Trust::HandWritten);
        assert_eq!(
            error,
            format!("at /components/schemas/S/{key}: no version of OpenAPI has `{key}` in a schema; {expected}")
        );
    }
}

#[test]
fn a_path_a_status_and_a_reference_are_never_ignored() {
    for trust in [Trust::Published, Trust::HandWritten] {
        for (place, value, expected) in [
            ("/paths", json!({"pets": {}}), "/pets: a path begins with `/`"),
            ("/paths/~1a/get/responses", json!({"ok": {}}), "/ok: a response has a status such as `404`, "),
            ("/paths/~1a/get/responses", json!({"2xx": {}}), "/2xx: a response has a status such as `404`, "),
            ("/paths/~1a/get", json!({"$ref": "#/a"}), "/$ref: a reference can't stand in the place of an operation"),
        ] {
            let error = refused(document_with(place, value), trust);
            assert!(error.starts_with(&format!("at {place}{expected}")), "{error}");
        }
    }
    let responses = json!({"200": {}, "4XX": {}, "default": {}});
    assert_eq!(checked("/paths/~1a/get/responses", responses.clone(), Trust::HandWritten), (responses, vec![]));
}

#[test]
fn foreign_keys_are_removed_from_published_text_and_kept_in_our_own() {
    let document = json!({
        "info": {"title": "t", "version": "1", "x-logo": {"url": "a"}},
        "x-rate-limit": [],
        "paths": {"x-paths": 1, "/a": {"get": {"x-retry": "never", "x-idempotent": true, "x-logo": 1,
            "responses": {"x-responses": 1, "200": {"$ref": "#/components/responses/R", "x-logo": 2}},
            "callbacks": {"done": {"x-callback": 1, "{$url}": {}}}}}},
    });
    let mut published = document.clone();
    let notes = check(&mut published, Trust::Published).expect("taken");
    assert_eq!(
        published,
        json!({
            "info": {"title": "t", "version": "1"},
            "paths": {"/a": {"get": {"responses": {"200": {"$ref": "#/components/responses/R"}},
                "callbacks": {"done": {"{$url}": {}}}}}},
        })
    );
    assert_eq!(notes.len(), 7, "{notes:?}");
    assert!(notes.contains(&Note {
        pointer: "/info/x-logo".into(),
        message: "3 foreign keys `x-logo` ignored, of which this is the first".into()
    }));
    assert!(
        notes.contains(&Note {
            pointer: "/x-rate-limit".into(),
            message: "1 foreign key `x-rate-limit` ignored".into()
        })
    );
    let mut ours = document.clone();
    assert_eq!(check(&mut ours, Trust::HandWritten), Ok(vec![]));
    assert_eq!(ours, document);
}

#[test]
fn data_and_names_are_not_keys() {
    let schema = json!({
        "properties": {"x-foo": {"type": "string"}, "$ref": {"type": "string"}, "properties": {}, "required": true},
        "example": {"x-foo": 1, "$ref": "other.yaml"}, "examples": [{"x-foo": 1}], "default": {"x-foo": 1},
        "enum": [{"x-foo": 1}], "const": {"x-foo": 1},
        "discriminator": {"propertyName": "x-foo", "mapping": {"x-foo": "#/components/schemas/S"}},
    });
    let document = json!({
        "components": {
            "schemas": {"x-foo": schema},
            "examples": {"x-foo": {"value": {"x-foo": 1}}},
            "securitySchemes": {"x-api-key": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
        },
        "security": [{"x-api-key": []}],
        "paths": {"/x-foo": {"get": {"responses": {"200": {"description": "", "content": {"x-foo": {"example": {"x-foo": 1}}}}}}}},
    });
    for trust in [Trust::Published, Trust::HandWritten] {
        assert_eq!(checked("", document.clone(), trust), (document.clone(), vec![]));
    }
}

#[test]
fn beside_a_reference_only_words_count() {
    let parameter = json!({"$ref": "#/components/parameters/P", "summary": "s", "description": "d", "required": true});
    let (kept, notes) = checked("/components/parameters/Q", parameter.clone(), Trust::Published);
    assert_eq!(kept, json!({"$ref": "#/components/parameters/P", "summary": "s", "description": "d"}));
    assert_eq!(notes, ["/components/parameters/Q/required: `required` is ignored beside `$ref`"]);
    assert_eq!(checked("/components/parameters/Q", parameter.clone(), Trust::HandWritten), (parameter, notes));
    let schema = json!({"$ref": "#/components/schemas/S", "nullable": true});
    assert_eq!(checked("/components/schemas/T", schema.clone(), Trust::Published), (schema, vec![]));
}

#[test]
fn only_what_is_in_the_document_is_referred_to() {
    for (target, expected) in [
        (
            "other.yaml#/a",
            "`other.yaml#/a` is outside of the document; bundle it into one file first; any OpenAPI bundler does it",
        ),
        ("https://a.example/b.json", "`https://a.example/b.json` is outside of the document; "),
        ("#anchor", "`#anchor` is not a JSON pointer; refer to a component, "),
        ("#", "`#` is not a JSON pointer; "),
    ] {
        for place in ["/components/schemas/S", "/components/responses/R", "/paths/~1a"] {
            let error = refused(document_with(place, json!({"$ref": target})), Trust::Published);
            assert!(error.starts_with(&format!("at {place}/$ref: {expected}")), "{error}");
        }
    }
}

#[test]
fn the_version_and_the_dialect_are_ours() {
    for (document, expected) in [
        (json!({"host": "a", "swagger": "2.0"}), "at /swagger: version \"2.0\" is neither 3.0 nor 3.1, "),
        (json!({"openapi": "3.2.0"}), "at /openapi: version \"3.2.0\" is neither 3.0 nor 3.1, "),
        (json!({"openapi": "3.1"}), "at /openapi: version \"3.1\" is neither"),
        (json!({"openapi": "3.1.x"}), "at /openapi: version \"3.1.x\" is neither"),
        (json!({"openapi": "4"}), "at /openapi: version \"4\" is neither"),
        (
            json!({"jsonSchemaDialect": "https://json-schema.org/draft/2019-09/schema"}),
            "at /jsonSchemaDialect: the dialect ",
        ),
        (
            json!({"components": {"schemas": {"S": {"$schema": "http://json-schema.org/draft-07/schema#"}}}}),
            "at /components/schemas/S/$schema: the dialect ",
        ),
    ] {
        let error = refused(document, Trust::Published);
        assert!(error.starts_with(expected), "{error}");
    }
    for version in ["3.0.0", "3.0.4", "3.1.0", "3.1.1"] {
        let document = json!({"openapi": version, "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
            "components": {"schemas": {"S": {"$schema": "https://json-schema.org/draft/2020-12/schema#"}}}});
        assert_eq!(checked("", document.clone(), Trust::HandWritten), (document, vec![]));
    }
}

#[test]
fn a_property_that_says_it_is_required_is_noted() {
    let (kept, notes) = checked(
        "/components/schemas/S",
        json!({"properties": {"a": {"type": "string", "required": true}}}),
        Trust::Published,
    );
    assert_eq!(kept, json!({"properties": {"a": {"type": "string"}}}));
    assert_eq!(
        notes,
        ["/components/schemas/S/properties/a/required: `required: true` says nothing in a schema of today; ignored"]
    );
}

#[test]
fn nesting_has_an_end() {
    let nested = |levels: usize| {
        let leaf = json!({"type": "string"});
        // A schema in `items` is one level; `/components/schemas/S/.../type` are four.
        document_with("/components/schemas/S", (0..levels - 4).fold(leaf, |schema, _| json!({"items": schema})))
    };
    assert_eq!(check(&mut nested(100), Trust::Published), Ok(vec![]));
    for levels in [101, 1000] {
        let error = refused(nested(levels), Trust::Published);
        assert!(
            error.starts_with("at /components/schemas/S/items/items/")
                && error.contains(": nested more than 100 levels"),
            "{error}"
        );
        assert!(clean(&mut nested(levels)).is_err());
    }
    let data = (0..500).fold(json!(1), |data, _| json!([data]));
    assert!(
        refused(json!({"components": {"examples": {"E": {"value": data}}}}), Trust::HandWritten)
            .contains("/E/value/0/0/")
    );
}

#[test]
fn clean_text_can_be_corrected_before_it_is_checked() {
    let mut document = document_with(
        "/components/schemas/S",
        json!({"$id": "a", "type": "file", "uniqueItems": "yes", "require": [], "x-path-id": true, "$ref": "b.yaml"}),
    );
    let notes = clean(&mut document).expect("nothing is refused");
    let schema = json!({"$id": "a", "type": "file", "$ref": "b.yaml"});
    assert_eq!(document, document_with("/components/schemas/S", schema));
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(refused(document, Trust::HandWritten).starts_with("at /components/schemas/S/$id: "));
    let mut old = json!({"swagger": "2.0"});
    assert_eq!(clean(&mut old), Ok(vec![]));
    assert!(refused(old, Trust::HandWritten).starts_with("at /swagger: "));
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs").join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

#[test]
fn the_specs_of_this_project_are_in_the_vocabulary() {
    let published = files("dialog360/published", "json");
    let ours = [files("dialog360/documented", "yaml"), files("zapsign", "yaml")].concat();
    assert!(!published.is_empty() && ours.len() > 10);
    for file in &published {
        let text = fs::read_to_string(file).expect("readable");
        let mut value: Value = serde_json::from_str(&text).expect("JSON");
        let before = value.clone();
        assert_eq!(check(&mut value, Trust::Published), Ok(vec![]), "{}", file.display());
        assert_eq!(value, before, "{}", file.display());
    }
    for file in &ours {
        let text = fs::read_to_string(file).expect("readable");
        let mut value: Value = yaml_serde::from_str(&text).expect("YAML");
        let before = value.clone();
        assert_eq!(check(&mut value, Trust::HandWritten), Ok(vec![]), "{}", file.display());
        assert_eq!(value, before, "{}", file.display());
    }
}
