//! Keys of a schema: OpenAPI 3.0, OpenAPI 3.1 with JSON Schema 2020-12, and keywords of drafts 4 to 2019-09.

use super::tables::{PEOPLE, SCHEMA_FORM, XML_REASON};
use super::value_type::Handling::{Ignored, Read, Rejected};
use super::value_type::ValueType::{
    Any, Array, Boolean, Dialect, Map, Number, OneOf, Target, Text, Types, UnsignedInteger,
};
use super::value_type::{Handling, Key, Object, ValueType};

const VENDOR: Handling =
    Ignored("checked by the vendor; a client that checked it too could only refuse what the vendor takes");
const WITHOUT_MEANING: Handling = Ignored("a keyword of an older draft, which has no meaning in OpenAPI 3.0 and 3.1");
const IDENTIFIER: Handling =
    Rejected("write the schema as a component, refer to it by `#/components/schemas/...`, and remove this key");
const DYNAMIC: Handling = Rejected("write the schema that is meant as a component, and a `$ref` to it");
const BOUND: ValueType = OneOf(&[Number, Boolean]);

pub const SCHEMA: &[Key] = &[
    // Core.
    ("$ref", Target, Read("codegen::lower::schemas")),
    ("$defs", Map(&SCHEMA_FORM), Read("spec::downlevel::references")),
    ("definitions", Map(&SCHEMA_FORM), Read("spec::downlevel::references")),
    ("$schema", Dialect, Read("spec::vocabulary")),
    ("$comment", Text, PEOPLE),
    ("$id", Text, IDENTIFIER),
    ("$anchor", Text, IDENTIFIER),
    ("$dynamicAnchor", Text, IDENTIFIER),
    ("$recursiveAnchor", Any, IDENTIFIER),
    ("$dynamicRef", Text, DYNAMIC),
    ("$recursiveRef", Text, DYNAMIC),
    ("$vocabulary", Any, Rejected("remove it; it belongs into the text of a dialect, not into a schema")),
    ("id", Text, WITHOUT_MEANING),
    // Any value.
    ("type", Types, Read("codegen::lower::schemas")),
    ("enum", Array(&Any), Read("codegen::lower::schemas")),
    ("const", Any, Read("spec::downlevel")),
    ("nullable", Boolean, Read("codegen::lower::schemas")),
    ("format", Text, Read("codegen::lower::relax")),
    // Strings.
    ("minLength", UnsignedInteger, Read("codegen::lower::constraints")),
    ("maxLength", UnsignedInteger, Read("codegen::lower::constraints")),
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
    ("properties", Map(&SCHEMA_FORM), Read("codegen::lower::schemas")),
    ("required", Array(&Text), Read("codegen::lower::schemas")),
    ("additionalProperties", SCHEMA_FORM, Read("codegen::lower::schemas")),
    ("patternProperties", Map(&SCHEMA_FORM), Read("spec::downlevel")),
    ("minProperties", UnsignedInteger, VENDOR),
    ("maxProperties", UnsignedInteger, VENDOR),
    ("propertyNames", SCHEMA_FORM, VENDOR),
    ("dependentRequired", Map(&Array(&Text)), VENDOR),
    ("dependentSchemas", Map(&SCHEMA_FORM), VENDOR),
    ("dependencies", Map(&OneOf(&[SCHEMA_FORM, Array(&Text)])), VENDOR),
    ("unevaluatedProperties", SCHEMA_FORM, VENDOR),
    // Lists.
    ("items", SCHEMA_FORM, Read("codegen::lower::schemas")),
    ("prefixItems", Array(&SCHEMA_FORM), Read("spec::downlevel")),
    ("minItems", UnsignedInteger, Read("codegen::lower::constraints")),
    ("maxItems", UnsignedInteger, Read("codegen::lower::constraints")),
    ("uniqueItems", Boolean, VENDOR),
    ("contains", SCHEMA_FORM, VENDOR),
    ("minContains", UnsignedInteger, VENDOR),
    ("maxContains", UnsignedInteger, VENDOR),
    ("unevaluatedItems", SCHEMA_FORM, VENDOR),
    ("additionalItems", SCHEMA_FORM, WITHOUT_MEANING),
    // Several schemas in one.
    ("allOf", Array(&SCHEMA_FORM), Read("codegen::lower::schemas")),
    ("anyOf", Array(&SCHEMA_FORM), Read("codegen::lower::unions")),
    ("oneOf", Array(&SCHEMA_FORM), Read("codegen::lower::unions")),
    ("discriminator", ValueType::Object(Object::Discriminator), Read("codegen::lower::unions")),
    ("not", SCHEMA_FORM, VENDOR),
    ("if", SCHEMA_FORM, VENDOR),
    ("then", SCHEMA_FORM, VENDOR),
    ("else", SCHEMA_FORM, VENDOR),
    // Words about it.
    ("title", Text, Read("codegen::lower::unions")),
    ("description", Text, Read("codegen::lower::schemas")),
    ("default", Any, Read("codegen::lower::relax")),
    ("example", Any, Read("spec::examples")),
    ("examples", Array(&Any), Read("spec::downlevel")),
    ("deprecated", Boolean, PEOPLE),
    ("readOnly", Boolean, Read("codegen::lower::types")),
    ("writeOnly", Boolean, Read("codegen::lower::types")),
    ("externalDocs", ValueType::Object(Object::ExternalDocumentation), PEOPLE),
    ("xml", ValueType::Object(Object::Xml), XML_REASON),
];

pub const DISCRIMINATOR: &[Key] =
    &[("propertyName", Text, Read("codegen::lower::unions")), ("mapping", Map(&Text), Read("codegen::lower::unions"))];

pub const XML: &[Key] = &[
    ("name", Text, XML_REASON),
    ("namespace", Text, XML_REASON),
    ("prefix", Text, XML_REASON),
    ("attribute", Boolean, XML_REASON),
    ("wrapped", Boolean, XML_REASON),
];
