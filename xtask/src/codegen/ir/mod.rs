//! Intermediate representation of an API, which the stages after lowering read.

mod extensions;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::Value;

use crate::spec::document::component_name;

pub use extensions::{
    ErrorAccessor, ErrorExtra, ErrorForm, ErrorValue, Evidence, EvidenceLevel, PageStyle, Pagination, RateLimit,
    RateLimitScope, ResponsePattern, Retry, State, WebhookKeys,
};

/// Intermediate representation: the document for the generator, and what it can't express.
#[derive(Default)]
pub struct Ir {
    pub document: Value,
    /// Base URLs.
    pub servers: Vec<String>,
    /// Responses that mean a rejected token.
    pub token_rejected: Vec<ResponsePattern>,
    pub error: ErrorForm,
    pub webhook: Option<WebhookKeys>,
    pub operations: Vec<Operation>,
    pub enums: Vec<OpenEnum>,
    pub ids: Vec<PathId>,
    pub filters: Vec<Filter>,
    pub types: BTreeMap<String, TypeUse>,
    /// Constraints on request bodies, by type and name on the wire.
    pub constraints: BTreeMap<(String, String), Vec<Constraint>>,
    /// Types with constraints, in themselves or in a nested type.
    pub constrained: BTreeSet<String>,
    /// Groups of fields of which exactly one is given, by type.
    pub exactly_one: BTreeMap<String, ExactlyOne>,
    /// Fields, by type and name in the document.
    pub fields: BTreeMap<(String, String), Field>,
    /// Unions, by type.
    pub unions: BTreeMap<String, Union>,
    pub events: Vec<Event>,
}

impl Ir {
    /// Returns `true` if a type has constraints, in itself or in a nested type.
    pub fn has_constraints(&self, name: &str) -> bool {
        self.constrained.contains(name)
    }
}

/// Field of a type.
#[derive(Debug, Clone, Default)]
pub struct Field {
    pub rust: String,
    pub wire: String,
    /// `null` clears the value and differs from an absent field.
    pub clearable: bool,
    /// Sent by the server only.
    pub read_only: bool,
    /// Required, but sent as an empty list if it is not set.
    pub default_empty: bool,
    /// Name of the accessor method, if the field is not public.
    pub accessor: Option<String>,
    /// Shown by `Debug`, although its type is a text or a number.
    pub shown: bool,
}

/// Group of fields of a request body of which exactly one is given, by one setter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactlyOne {
    /// Name of the setter.
    pub member: String,
    /// Name of the enum that the setter takes.
    pub ty: String,
    /// Each field, with its variant.
    pub of: Vec<(String, String)>,
}

/// Union type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Union {
    /// Variants, in the order of the document.
    pub variants: Vec<String>,
    pub decoding: Decoding,
}

/// Selection of a union's variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoding {
    /// A discriminator property: its name, and the variant by value.
    ByProperty { property: String, values: Vec<(String, String)> },
    /// The first variant that fits; at most one does.
    FirstMatch,
    /// The variant that keeps most of the value.
    BestMatch,
}

/// Operation of the API.
pub struct Operation {
    pub id: String,
    /// JSON pointer in the bundle.
    pub pointer: String,
    pub method: String,
    pub path: String,
    pub tag: String,
    pub summary: String,
    pub description: String,
    pub page: Option<String>,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub responses: Vec<Response>,
    pub success: Success,
    /// Normalised schema of the success, if it is JSON.
    pub success_schema: Option<Value>,
    /// Successes are redirects.
    pub redirect: bool,
    /// Base URL, if it differs from that of the API.
    pub server: Option<String>,
    pub idempotent: bool,
    pub retry: Retry,
    /// JSON pointer to a string that a success contains if the call had an effect.
    pub result: Option<String>,
    /// Response that means a cool-down.
    pub cooldown: Option<ResponsePattern>,
    pub rate_limits: Vec<RateLimit>,
    /// It gets one page of a list.
    pub pagination: Option<Pagination>,
    pub evidence: Vec<Evidence>,
    pub authenticated: bool,
    pub deprecated: bool,
}

/// Location of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterLocation {
    Path,
    Query,
    Header,
}

/// Parameter of an operation.
pub struct Parameter {
    /// Name on the wire.
    pub name: String,
    /// Name of the setter.
    pub rust: String,
    pub location: ParameterLocation,
    pub description: String,
    pub required: bool,
    /// Normalised schema.
    pub schema: Value,
    pub style: ParameterStyle,
    /// Example value for documentation and tests.
    pub example: Option<Value>,
    /// Type of the id, if the client has a value for calls that leave it out.
    pub client_default: Option<String>,
}

/// Serialization style of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterStyle {
    /// A scalar.
    Single,
    /// `name=a&name=b`.
    Repeated,
    /// `a,b`.
    Comma,
    /// `a b`.
    Space,
    /// `a|b`.
    Pipe,
    /// An object, as `name[key]=value`.
    DeepObject,
    /// An object, as `key=value&other=value`.
    ExplodedObject,
    /// An object, as `key,value,other,value`.
    CommaObject,
    /// JSON.
    Json,
}

impl ParameterStyle {
    pub fn is_list(self) -> bool {
        matches!(self, Self::Repeated | Self::Comma | Self::Space | Self::Pipe)
    }

    pub fn is_object(self) -> bool {
        matches!(self, Self::DeepObject | Self::ExplodedObject | Self::CommaObject)
    }
}

/// Body of an operation or event.
pub struct Body {
    pub media: String,
    pub kind: BodyKind,
    /// Must be sent.
    pub required: bool,
    /// Normalised schema.
    pub schema: Value,
    pub examples: Vec<Example>,
    /// Parts of a multipart form.
    pub parts: Vec<Part>,
}

/// Encoding of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    Json,
    /// `application/x-www-form-urlencoded`.
    UrlEncoded,
    /// `multipart/form-data`.
    Multipart,
    Text,
    /// Bytes of any other media type.
    Raw,
}

impl Body {
    /// Returns the name of the Rust type, if the body is a component.
    pub fn component(&self) -> Option<&str> {
        component_name(&self.schema)
    }
}

/// Part of a multipart form.
pub struct Part {
    pub name: String,
    /// Name of the setter.
    pub rust: String,
    pub description: String,
    /// Name of the Rust type, if the schema is a component.
    pub component: Option<String>,
    /// A file; else a text.
    pub binary: bool,
    pub required: bool,
    /// Text of the first example.
    pub example: String,
}

/// Documented response.
pub struct Response {
    /// A number, a range like `2XX`, or `default`.
    pub status: String,
    pub is_success: bool,
    pub body: Option<Body>,
}

/// Named example of a body.
pub struct Example {
    pub name: String,
    /// JSON pointer of its value in the bundle.
    pub pointer: String,
}

/// Decoding of a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Success {
    Json,
    /// JSON, or no body for another status.
    JsonOrEmpty,
    Text,
    Raw,
    Empty,
}

/// String enum that accepts unknown values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenEnum {
    pub name: String,
    pub description: String,
    /// Variant and value on the wire.
    pub variants: Vec<(String, String)>,
    pub states: Vec<State>,
    pub tags: BTreeSet<String>,
}

/// Id type, which is valid in a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathId {
    pub name: String,
    pub description: String,
    /// Shown by `Debug`.
    pub shown: bool,
}

/// Constraint: variant of the runtime's enum, and bound.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    pub variant: &'static str,
    pub number: serde_json::Number,
}

/// Filter of a list: an object that is sent as JSON in the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub name: String,
    pub description: String,
    /// Method, name on the wire and description of each field.
    pub fields: Vec<(String, String, String)>,
    pub tags: BTreeSet<String>,
}

/// Uses of a type.
#[derive(Debug, Default, Clone)]
pub struct TypeUse {
    pub request: bool,
    /// Used in the body of a PATCH, where null clears a value.
    pub patch: bool,
    pub response: bool,
    pub tags: BTreeSet<String>,
    /// JSON pointer of the schema in the bundle.
    pub pointer: Option<String>,
}

/// Webhook event.
pub struct Event {
    pub name: String,
    /// Variant of the event enum.
    pub variant: String,
    pub summary: String,
    pub body: Body,
}

impl Operation {
    /// Returns the success whose body is decoded: the first one that has a body, or else the first.
    pub fn success_response(&self) -> Option<&Response> {
        let mut successes = self.successes();
        let described = successes.clone().find(|response| response.body.is_some());
        described.or_else(|| successes.next())
    }

    /// Iterates over the successes.
    pub fn successes(&self) -> impl Iterator<Item = &Response> + Clone {
        self.responses.iter().filter(|response| response.is_success)
    }

    /// Iterates over the parts of the multipart form; over nothing for other bodies.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.body.iter().flat_map(|body| &body.parts)
    }

    pub fn level(&self) -> Option<EvidenceLevel> {
        self.evidence.iter().map(|evidence| evidence.level).min()
    }

    /// Returns the day of the newest evidence.
    pub fn last_seen(&self) -> Option<Date> {
        self.evidence.iter().map(|evidence| evidence.seen).max()
    }
}
