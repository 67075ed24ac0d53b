//! Keys as the specifications list them, transcribed from their tables of fixed fields, not from our tables.

use std::path::Path;

use super::value_type::{Handling, Object, ValueType};

/// An object, an example of its location, and its fixed fields in OpenAPI 3.0.3 and in 3.1.1.
pub type Specified = (Object, &'static str, &'static [&'static str], &'static [&'static str]);

const DOCUMENTATION: &[&str] = &["description", "url"];
const HEADER: &[&str] = &[
    "description",
    "required",
    "deprecated",
    "allowEmptyValue",
    "style",
    "explode",
    "allowReserved",
    "schema",
    "example",
    "examples",
    "content",
];
const PARAMETER: &[&str] = &[
    "name",
    "in",
    "description",
    "required",
    "deprecated",
    "allowEmptyValue",
    "style",
    "explode",
    "allowReserved",
    "schema",
    "example",
    "examples",
    "content",
];
const PATH_ITEM: &[&str] = &[
    "$ref",
    "summary",
    "description",
    "get",
    "put",
    "post",
    "delete",
    "options",
    "head",
    "patch",
    "trace",
    "servers",
    "parameters",
];
const OPERATION: &[&str] = &[
    "tags",
    "summary",
    "description",
    "externalDocs",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
    "deprecated",
    "security",
    "servers",
];
const LINK: &[&str] = &["operationRef", "operationId", "parameters", "requestBody", "description", "server"];
const SECURITY_SCHEME: &[&str] =
    &["type", "description", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl"];
const FLOWS: &[&str] = &["implicit", "password", "clientCredentials", "authorizationCode"];
const FLOW: &[&str] = &["authorizationUrl", "tokenUrl", "refreshUrl", "scopes"];
const ENCODING: &[&str] = &["contentType", "headers", "style", "explode", "allowReserved"];
const EXAMPLE: &[&str] = &["summary", "description", "value", "externalValue"];
const RESPONSE: &[&str] = &["description", "headers", "content", "links"];
const MEDIA_TYPE: &[&str] = &["schema", "example", "examples", "encoding"];
const REQUEST_BODY: &[&str] = &["description", "content", "required"];
const VARIABLE: &[&str] = &["enum", "default", "description"];
const SERVER: &[&str] = &["url", "description", "variables"];
const XML: &[&str] = &["name", "namespace", "prefix", "attribute", "wrapped"];
const CONTACT: &[&str] = &["name", "url", "email"];
const TAG: &[&str] = &["name", "description", "externalDocs"];
const MAPPING: &[&str] = &["propertyName", "mapping"];

pub const SPECIFIED: &[Specified] = &[
    (
        Object::Document,
        "",
        &["openapi", "info", "servers", "paths", "components", "security", "tags", "externalDocs"],
        &[
            "openapi",
            "info",
            "jsonSchemaDialect",
            "servers",
            "paths",
            "webhooks",
            "components",
            "security",
            "tags",
            "externalDocs",
        ],
    ),
    (
        Object::Info,
        "/info",
        &["title", "description", "termsOfService", "contact", "license", "version"],
        &["title", "summary", "description", "termsOfService", "contact", "license", "version"],
    ),
    (Object::Contact, "/info/contact", CONTACT, CONTACT),
    (Object::License, "/info/license", &["name", "url"], &["name", "identifier", "url"]),
    (Object::Server, "/servers/0", SERVER, SERVER),
    (Object::ServerVariable, "/servers/0/variables/v", VARIABLE, VARIABLE),
    (Object::Paths, "/paths", &[], &[]),
    (Object::PathItem, "/paths/~1a", PATH_ITEM, PATH_ITEM),
    (Object::Operation, "/paths/~1a/get", OPERATION, OPERATION),
    (Object::ExternalDocumentation, "/externalDocs", DOCUMENTATION, DOCUMENTATION),
    (Object::Parameter, "/components/parameters/P", PARAMETER, PARAMETER),
    (Object::RequestBody, "/components/requestBodies/B", REQUEST_BODY, REQUEST_BODY),
    (Object::MediaType, "/components/responses/R/content/text~1plain", MEDIA_TYPE, MEDIA_TYPE),
    (Object::Encoding, "/components/responses/R/content/text~1plain/encoding/e", ENCODING, ENCODING),
    (Object::Responses, "/paths/~1a/get/responses", &["default"], &["default"]),
    (Object::Response, "/components/responses/R", RESPONSE, RESPONSE),
    (Object::Callback, "/components/callbacks/C", &[], &[]),
    (Object::Example, "/components/examples/E", EXAMPLE, EXAMPLE),
    (Object::Link, "/components/links/L", LINK, LINK),
    (Object::Header, "/components/headers/H", HEADER, HEADER),
    (Object::Tag, "/tags/0", TAG, TAG),
    (Object::Reference, "/components/responses/Other", &["$ref"], &["$ref", "summary", "description"]),
    (Object::Schema, "/components/schemas/S", SCHEMA_3_0, SCHEMA_3_1),
    (Object::Discriminator, "/components/schemas/S/discriminator", MAPPING, MAPPING),
    (Object::Xml, "/components/schemas/S/xml", XML, XML),
    (
        Object::Components,
        "/components",
        &[
            "schemas",
            "responses",
            "parameters",
            "examples",
            "requestBodies",
            "headers",
            "securitySchemes",
            "links",
            "callbacks",
        ],
        &[
            "schemas",
            "responses",
            "parameters",
            "examples",
            "requestBodies",
            "headers",
            "securitySchemes",
            "links",
            "callbacks",
            "pathItems",
        ],
    ),
    (Object::SecurityScheme, "/components/securitySchemes/S", SECURITY_SCHEME, SECURITY_SCHEME),
    (Object::OauthFlows, "/components/securitySchemes/S/flows", FLOWS, FLOWS),
    (Object::OauthFlow, "/components/securitySchemes/S/flows/implicit", FLOW, FLOW),
    (Object::SecurityRequirement, "/security/0", &[], &[]),
];

const SCHEMA_3_0: &[&str] = &[
    // A reference may stand in place of a schema.
    "$ref",
    // Taken from JSON Schema as they are.
    "title",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxProperties",
    "minProperties",
    "required",
    "enum",
    // Taken with changes.
    "type",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "items",
    "properties",
    "additionalProperties",
    "description",
    "format",
    "default",
    // OpenAPI's own.
    "nullable",
    "discriminator",
    "readOnly",
    "writeOnly",
    "xml",
    "externalDocs",
    "example",
    "deprecated",
];

const SCHEMA_3_1: &[&str] = &[
    // The OpenAPI base vocabulary.
    "discriminator",
    "xml",
    "externalDocs",
    "example",
    // JSON Schema 2020-12: core.
    "$schema",
    "$id",
    "$ref",
    "$anchor",
    "$dynamicRef",
    "$dynamicAnchor",
    "$vocabulary",
    "$comment",
    "$defs",
    // Applicator.
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "prefixItems",
    "items",
    "contains",
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    // Unevaluated.
    "unevaluatedItems",
    "unevaluatedProperties",
    // Validation.
    "type",
    "enum",
    "const",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxContains",
    "minContains",
    "maxProperties",
    "minProperties",
    "required",
    "dependentRequired",
    // Format and content.
    "format",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    // Meta-data.
    "title",
    "description",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "examples",
    // What its meta-schema keeps of earlier drafts.
    "definitions",
    "dependencies",
    "$recursiveAnchor",
    "$recursiveRef",
];

/// Keywords of JSON Schema drafts 4 to 2019-09 that neither version has.
const LEFT_BEHIND: &[&str] = &["id", "additionalItems"];

fn objects_in(value_type: &ValueType, found: &mut Vec<Object>) {
    match value_type {
        ValueType::Object(object) if !found.contains(object) => {
            found.push(*object);
            object.keys().iter().for_each(|(_, value_type, _)| objects_in(value_type, found));
            for key in ["/a", "200", "{$url}"] {
                object.pattern(key).iter().for_each(|value_type| objects_in(value_type, found));
            }
        }
        ValueType::Array(value_type) | ValueType::Map(value_type) => objects_in(value_type, found),
        ValueType::OneOf(value_types) => value_types.iter().for_each(|value_type| objects_in(value_type, found)),
        _ => {}
    }
}

#[test]
fn the_vocabulary_has_the_keys_of_the_specifications_and_no_others() {
    let mut objects = vec![Object::Reference];
    objects_in(&ValueType::Object(Object::Document), &mut objects);
    assert_eq!(objects.len(), SPECIFIED.len());
    for object in objects {
        let (_, _, older, newer) = SPECIFIED.iter().find(|(listed, ..)| *listed == object).expect("listed");
        let left_behind = if object == Object::Schema { LEFT_BEHIND } else { &[] };
        let specified: Vec<&str> = [*older, *newer, left_behind].concat();
        for key in &specified {
            assert!(object.key(key).is_some(), "`{key}` of {} has no class", object.noun());
        }
        for (index, (key, ..)) in object.keys().iter().enumerate() {
            assert!(specified.contains(key), "no specification has `{key}` in {}", object.noun());
            assert!(
                object.keys()[..index].iter().all(|(other, ..)| other != key),
                "`{key}` of {} has two classes",
                object.noun()
            );
        }
    }
}

#[test]
fn what_reads_a_key_is_a_module_and_a_reason_is_given_for_the_rest() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (object, ..) in SPECIFIED {
        for (key, _, handling) in object.keys() {
            match handling {
                Handling::Read(module) => {
                    let file = source.join(module.replace("::", "/"));
                    assert!(
                        file.with_extension("rs").exists() || file.join("mod.rs").exists(),
                        "`{key}` of {} is read by `{module}`, which does not exist",
                        object.noun()
                    );
                }
                Handling::Ignored(text) | Handling::Rejected(text) => {
                    assert!(text.len() > 10 && !text.ends_with('.'), "`{key}` of {}: {text}", object.noun());
                }
            }
        }
    }
}
