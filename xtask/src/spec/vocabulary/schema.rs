//! The keys of a schema: OpenAPI 3.0, OpenAPI 3.1 with JSON Schema 2020-12, and what drafts 4 to 2019-09 left behind.

use super::tables::{PEOPLE, SCHEMA_FORM, XML_REASON};
use super::value_type::Class::{Irrelevant, Read, Refused};
use super::value_type::Form::{Count, Data, Dialect, Either, Flag, List, Names, Number, Target, Text, Types};
use super::value_type::{Class, Form, Key, Object};

const VENDOR: Class =
    Irrelevant("checked by the vendor; a client that checked it too could only refuse what the vendor takes");
const WITHOUT_MEANING: Class = Irrelevant("a keyword of an older draft, which has no meaning in OpenAPI 3.0 and 3.1");
const IDENTIFIER: Class =
    Refused("write the schema as a component, refer to it by `#/components/schemas/...`, and remove this key");
const DYNAMIC: Class = Refused("write the schema that is meant as a component, and a `$ref` to it");
const BOUND: Form = Either(&[Number, Flag]);

pub const SCHEMA: &[Key] = &[
    // Core.
    ("$ref", Target, Read("codegen::lower::schemas")),
    ("$defs", Names(&SCHEMA_FORM), Read("spec::downlevel::references")),
    ("definitions", Names(&SCHEMA_FORM), Read("spec::downlevel::references")),
    ("$schema", Dialect, Read("spec::vocabulary")),
    ("$comment", Text, PEOPLE),
    ("$id", Text, IDENTIFIER),
    ("$anchor", Text, IDENTIFIER),
    ("$dynamicAnchor", Text, IDENTIFIER),
    ("$recursiveAnchor", Data, IDENTIFIER),
    ("$dynamicRef", Text, DYNAMIC),
    ("$recursiveRef", Text, DYNAMIC),
    ("$vocabulary", Data, Refused("remove it; it belongs into the text of a dialect, not into a schema")),
    ("id", Text, WITHOUT_MEANING),
    // Any value.
    ("type", Types, Read("codegen::lower::schemas")),
    ("enum", List(&Data), Read("codegen::lower::schemas")),
    ("const", Data, Read("spec::downlevel")),
    ("nullable", Flag, Read("codegen::lower::schemas")),
    ("format", Text, Read("codegen::lower::relax")),
    // Strings.
    ("minLength", Count, Read("codegen::lower::constraints")),
    ("maxLength", Count, Read("codegen::lower::constraints")),
    ("pattern", Text, VENDOR),
    ("contentEncoding", Text, Read("spec::downlevel")),
    ("contentMediaType", Text, VENDOR),
    ("contentSchema", SCHEMA_FORM, VENDOR),
    // Numbers.
    ("minimum", Number, Read("codegen::lower::constraints")),
    ("maximum", Number, Read("codegen::lower::constraints")),
    ("exclusiveMinimum", BOUND, Read("spec::downlevel")),
    ("exclusiveMaximum", BOUND, Read("spec::downlevel")),
    ("multipleOf", Number, VENDOR),
    // Objects.
    ("properties", Names(&SCHEMA_FORM), Read("codegen::lower::schemas")),
    ("required", List(&Text), Read("codegen::lower::schemas")),
    ("additionalProperties", SCHEMA_FORM, Read("codegen::lower::schemas")),
    ("patternProperties", Names(&SCHEMA_FORM), Read("spec::downlevel")),
    ("minProperties", Count, VENDOR),
    ("maxProperties", Count, VENDOR),
    ("propertyNames", SCHEMA_FORM, VENDOR),
    ("dependentRequired", Names(&List(&Text)), VENDOR),
    ("dependentSchemas", Names(&SCHEMA_FORM), VENDOR),
    ("dependencies", Names(&Either(&[SCHEMA_FORM, List(&Text)])), VENDOR),
    ("unevaluatedProperties", SCHEMA_FORM, VENDOR),
    // Lists.
    ("items", SCHEMA_FORM, Read("codegen::lower::schemas")),
    ("prefixItems", List(&SCHEMA_FORM), Read("spec::downlevel")),
    ("minItems", Count, Read("codegen::lower::constraints")),
    ("maxItems", Count, Read("codegen::lower::constraints")),
    ("uniqueItems", Flag, VENDOR),
    ("contains", SCHEMA_FORM, VENDOR),
    ("minContains", Count, VENDOR),
    ("maxContains", Count, VENDOR),
    ("unevaluatedItems", SCHEMA_FORM, VENDOR),
    ("additionalItems", SCHEMA_FORM, WITHOUT_MEANING),
    // Several schemas in one.
    ("allOf", List(&SCHEMA_FORM), Read("codegen::lower::schemas")),
    ("anyOf", List(&SCHEMA_FORM), Read("codegen::lower::unions")),
    ("oneOf", List(&SCHEMA_FORM), Read("codegen::lower::unions")),
    ("discriminator", Form::Object(Object::Discriminator), Read("codegen::lower::unions")),
    ("not", SCHEMA_FORM, VENDOR),
    ("if", SCHEMA_FORM, VENDOR),
    ("then", SCHEMA_FORM, VENDOR),
    ("else", SCHEMA_FORM, VENDOR),
    // Words about it.
    ("title", Text, Read("codegen::lower::unions")),
    ("description", Text, Read("codegen::lower::schemas")),
    ("default", Data, Read("codegen::lower::relax")),
    ("example", Data, Read("spec::examples")),
    ("examples", List(&Data), Read("spec::downlevel")),
    ("deprecated", Flag, PEOPLE),
    ("readOnly", Flag, Read("codegen::lower::types")),
    ("writeOnly", Flag, Read("codegen::lower::types")),
    ("externalDocs", Form::Object(Object::ExternalDocumentation), PEOPLE),
    ("xml", Form::Object(Object::Xml), XML_REASON),
];

pub const DISCRIMINATOR: &[Key] = &[
    ("propertyName", Text, Read("codegen::lower::unions")),
    ("mapping", Names(&Text), Read("codegen::lower::unions")),
];

pub const XML: &[Key] = &[
    ("name", Text, XML_REASON),
    ("namespace", Text, XML_REASON),
    ("prefix", Text, XML_REASON),
    ("attribute", Flag, XML_REASON),
    ("wrapped", Flag, XML_REASON),
];
