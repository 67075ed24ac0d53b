//! Types of values, the objects of OpenAPI, and the handling of a key.

use serde_json::Value;

/// A key: name, type of its value, handling.
pub type Key = (&'static str, ValueType, Handling);

/// Handling of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// Read by this module of xtask.
    Read(&'static str),
    /// Ignored, for this reason.
    Ignored(&'static str),
    /// Refused, with this remedy.
    Rejected(&'static str),
}

/// Type of a key's value.
#[derive(Debug, Clone, Copy)]
pub enum ValueType {
    /// Data, whose structure OpenAPI does not define.
    Any,
    Text,
    Boolean,
    Number,
    /// A non-negative integer.
    UnsignedInteger,
    /// Target of a reference.
    Target,
    /// Version of OpenAPI.
    Version,
    /// Name of a JSON type, or a list of them.
    Types,
    /// URI of a dialect of JSON Schema.
    Dialect,
    Object(Object),
    Array(&'static ValueType),
    /// Map with arbitrary keys.
    Map(&'static ValueType),
    OneOf(&'static [ValueType]),
}

/// Values of the keyword `type`.
const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "string", "integer"];

impl ValueType {
    /// Returns `true` if a value is of this type. Nested values are not checked.
    pub fn fits(&self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Text | Self::Target | Self::Version | Self::Dialect => value.is_string(),
            Self::Boolean => value.is_boolean(),
            Self::Number => value.is_number(),
            Self::UnsignedInteger => value.as_f64().is_some_and(|number| number >= 0.0 && number.fract() == 0.0),
            Self::Types => match value {
                Value::Array(names) => !names.is_empty() && names.iter().all(is_type),
                name => is_type(name),
            },
            Self::Object(Object::Schema) => value.is_object() || value.is_boolean(),
            Self::Object(_) | Self::Map(_) => value.is_object(),
            Self::Array(_) => value.is_array(),
            Self::OneOf(value_types) => value_types.iter().any(|value_type| value_type.fits(value)),
        }
    }

    /// Describes the type, for an error.
    pub fn describe(&self) -> String {
        match self {
            Self::Any => "anything".into(),
            Self::Text => "a text".into(),
            Self::Boolean => "`true` or `false`".into(),
            Self::Number => "a number".into(),
            Self::UnsignedInteger => "a whole number that is not negative".into(),
            Self::Target => "a reference such as `#/components/schemas/Name`".into(),
            Self::Version => "a text such as \"3.1.0\"".into(),
            Self::Types => format!("one of {}, or a list of them", TYPES.join(", ")),
            Self::Dialect => "the address of a dialect of JSON Schema".into(),
            Self::Object(Object::Schema) => "a schema, which is an object or a boolean".into(),
            Self::Object(object) => format!("an object, {}", object.noun()),
            Self::Array(value_type) => format!("a list in which each entry is {}", value_type.describe()),
            Self::Map(value_type) => format!("an object in which each value is {}", value_type.describe()),
            Self::OneOf(value_types) => value_types.iter().map(Self::describe).collect::<Vec<_>>().join(", or "),
        }
    }
}

fn is_type(name: &Value) -> bool {
    name.as_str().is_some_and(|name| TYPES.contains(&name))
}

/// An object of OpenAPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    Document,
    Info,
    Contact,
    License,
    Server,
    ServerVariable,
    Paths,
    PathItem,
    Operation,
    ExternalDocumentation,
    Parameter,
    RequestBody,
    MediaType,
    Encoding,
    Responses,
    Response,
    Callback,
    Example,
    Link,
    Header,
    Tag,
    Reference,
    Schema,
    Discriminator,
    Xml,
    Components,
    SecurityScheme,
    OauthFlows,
    OauthFlow,
    SecurityRequirement,
}

impl Object {
    /// Returns the type of the value of a key that the specification describes by a pattern.
    pub fn pattern(self, key: &str) -> Option<ValueType> {
        match self {
            Self::Paths if key.starts_with('/') => Some(ValueType::Object(Self::PathItem)),
            Self::Callback if !key.starts_with("x-") => Some(ValueType::Object(Self::PathItem)),
            Self::Responses if is_status(key) => Some(ValueType::Object(Self::Response)),
            Self::SecurityRequirement => Some(ValueType::Array(&ValueType::Text)),
            _ => None,
        }
    }

    /// Returns `true` if a Reference Object may replace the object. A path item and a schema have a `$ref` of their
    /// own.
    pub fn may_be_reference(self) -> bool {
        matches!(
            self,
            Self::Parameter
                | Self::RequestBody
                | Self::Response
                | Self::Callback
                | Self::Example
                | Self::Link
                | Self::Header
                | Self::SecurityScheme
        )
    }

    pub fn noun(self) -> &'static str {
        match self {
            Self::Document => "an OpenAPI document",
            Self::Info => "the info object",
            Self::Contact => "the contact object",
            Self::License => "the license object",
            Self::Server => "a server",
            Self::ServerVariable => "a server variable",
            Self::Paths => "the paths object",
            Self::PathItem => "a path item",
            Self::Operation => "an operation",
            Self::ExternalDocumentation => "an external documentation object",
            Self::Parameter => "a parameter",
            Self::RequestBody => "a request body",
            Self::MediaType => "a media type",
            Self::Encoding => "an encoding",
            Self::Responses => "the responses object",
            Self::Response => "a response",
            Self::Callback => "a callback",
            Self::Example => "an example",
            Self::Link => "a link",
            Self::Header => "a header",
            Self::Tag => "a tag",
            Self::Reference => "a reference",
            Self::Schema => "a schema",
            Self::Discriminator => "a discriminator",
            Self::Xml => "an XML object",
            Self::Components => "the components object",
            Self::SecurityScheme => "a security scheme",
            Self::OauthFlows => "the OAuth flows object",
            Self::OauthFlow => "an OAuth flow",
            Self::SecurityRequirement => "a security requirement",
        }
    }
}

/// Returns `true` for a status code such as `404` and for a range such as `4XX`.
fn is_status(key: &str) -> bool {
    match key.as_bytes() {
        [b'1'..=b'5', rest @ ..] => rest == b"XX" || matches!(rest, [a, b] if a.is_ascii_digit() && b.is_ascii_digit()),
        _ => false,
    }
}
