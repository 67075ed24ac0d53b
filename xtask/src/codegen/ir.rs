//! What the later stages need to know of an API beside the document that the generator reads.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::Value;

use crate::spec::document::component_name;

/// The document in the generator's dialect, and what that dialect can't say.
#[derive(Default)]
pub struct Ir {
    pub document: Value,
    /// Addresses of the API.
    pub servers: Vec<String>,
    /// Answers by which a token is refused.
    pub token_rejected: Vec<ResponsePattern>,
    pub operations: Vec<Operation>,
    pub enums: Vec<OpenEnum>,
    pub ids: Vec<PathId>,
    pub filters: Vec<Filter>,
    pub types: BTreeMap<String, TypeUse>,
    /// Documented limits of what is sent, by type and wire name.
    pub constraints: BTreeMap<(String, String), Vec<Constraint>>,
    /// The types that have limits, in themselves or inside.
    pub constrained: BTreeSet<String>,
    /// Fields, by type and their name in the document.
    pub fields: BTreeMap<(String, String), Field>,
    /// Unions, by type.
    pub unions: BTreeMap<String, Union>,
    pub events: Vec<Event>,
}

impl Ir {
    /// Returns `true` if a type has limits, in itself or in a type inside.
    pub fn has_constraints(&self, name: &str) -> bool {
        self.constrained.contains(name)
    }
}

/// One field of a type.
#[derive(Debug, Clone, Default)]
pub struct Field {
    pub rust: String,
    pub wire: String,
    /// A null says something else than an absent field: it clears what is set.
    pub clearable: bool,
    /// The vendor sends it and takes none.
    pub read_only: bool,
    /// The vendor wants it even where there is nothing in it: left out of a builder, it is sent empty.
    pub default_empty: bool,
    /// Name of the method that reads it, if it is not read by itself.
    pub accessor: Option<String>,
}

/// A type that is one of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Union {
    /// Names of its variants, in the order of the document.
    pub variants: Vec<String>,
    pub decoding: Decoding,
}

/// Way in which a union finds its alternative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoding {
    /// The value of a property names it: property, and variant by value.
    ByProperty { property: String, values: Vec<(String, String)> },
    /// The one that fits first: at most one does.
    FirstMatch,
    /// The one that keeps most of the value.
    BestMatch,
}

pub struct Operation {
    pub id: String,
    /// Where it stands in the bundle.
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
    /// Schema of the success, in its form, where it is JSON.
    pub success_schema: Option<Value>,
    /// The success is a redirect.
    pub redirect: bool,
    /// Address of its own, apart from that of the API.
    pub server: Option<String>,
    pub idempotent: bool,
    pub retry: Retry,
    /// JSON pointer to the text that a success has if the call made something.
    pub result: Option<String>,
    /// Answer that tells of a cool-down.
    pub cooldown: Option<ResponsePattern>,
    pub rate_limits: Vec<RateLimit>,
    pub evidence: Vec<Evidence>,
    pub authenticated: bool,
    pub deprecated: bool,
}

/// An answer that means something of its own.
pub struct ResponsePattern {
    pub status: u16,
    /// JSON pointer to a text of the body.
    pub pointer: Option<String>,
    pub value: Option<String>,
}

/// Answers after which an operation may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// As its idempotency says.
    Standard,
    /// 429 only.
    RateLimited,
    /// None.
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterLocation {
    Path,
    Query,
    Header,
}

pub struct Parameter {
    /// Name on the wire.
    pub name: String,
    /// Name of its setter.
    pub rust: String,
    pub location: ParameterLocation,
    pub description: String,
    pub required: bool,
    /// Schema, in its form.
    pub schema: Value,
    pub style: ParameterStyle,
    /// Value to show and to send in tests; `None` if none could be made.
    pub example: Option<Value>,
}

/// Way in which the value of a parameter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterStyle {
    /// One text.
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

/// A body of an operation or event, in the bundle.
pub struct Body {
    pub media: String,
    pub kind: BodyKind,
    /// It can't be left out.
    pub required: bool,
    /// Schema, in its form.
    pub schema: Value,
    pub examples: Vec<Example>,
    /// What a form is made of; empty for any other body.
    pub parts: Vec<Part>,
}

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
    /// Name of the Rust type, where the body is one component.
    pub fn component(&self) -> Option<&str> {
        component_name(&self.schema)
    }
}

/// One part of a form.
pub struct Part {
    pub name: String,
    /// Name of its setter.
    pub rust: String,
    pub description: String,
    /// Name of the Rust type, where the schema is a component.
    pub component: Option<String>,
    /// A file, as against a text.
    pub binary: bool,
    pub required: bool,
    /// Text of the first example.
    pub example: String,
}

pub struct Response {
    /// A number, a range like `2XX`, or `default`.
    pub status: String,
    pub is_success: bool,
    pub body: Option<Body>,
}

pub struct Example {
    pub name: String,
    /// Where its value stands in the bundle.
    pub pointer: String,
}

/// What a successful answer is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Success {
    Json,
    /// JSON, or no body with another status.
    JsonOrEmpty,
    Text,
    Raw,
    Empty,
}

pub struct RateLimit {
    pub requests: u32,
    pub per_seconds: u32,
    pub scope: RateLimitScope,
}

pub enum RateLimitScope {
    Credential,
    Address,
    Path(String),
    Body(String),
}

pub struct Evidence {
    pub source: String,
    /// Day on which the source was read.
    pub seen: Date,
    pub level: EvidenceLevel,
    /// What it says otherwise than the rest of the evidence.
    pub disagrees: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EvidenceLevel {
    Published,
    Documented,
    Observed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenEnum {
    pub name: String,
    pub description: String,
    /// Variant and wire value.
    pub variants: Vec<(String, String)>,
    pub tags: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathId {
    pub name: String,
    pub description: String,
}

/// One documented limit: the variant of the runtime's enum, and its number.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    pub variant: &'static str,
    pub number: serde_json::Number,
}

/// What a list is filtered by: an object that is sent as JSON in the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub name: String,
    pub description: String,
    /// Name of the method, wire name and description of each known field.
    pub fields: Vec<(String, String, String)>,
    pub tags: BTreeSet<String>,
}

/// Who uses a type.
#[derive(Debug, Default, Clone)]
pub struct TypeUse {
    pub request: bool,
    /// In the body of a PATCH, where null clears what is set.
    pub patch: bool,
    pub response: bool,
    pub tags: BTreeSet<String>,
    /// Where the schema stands in the bundle.
    pub pointer: Option<String>,
}

/// What the vendor delivers to a webhook.
pub struct Event {
    pub name: String,
    /// Name of its variant.
    pub variant: String,
    pub summary: String,
    pub body: Body,
}

impl Operation {
    /// The first success that is described: the one whose body counts.
    pub fn success_response(&self) -> Option<&Response> {
        let mut successes = self.successes();
        let described = successes.clone().find(|response| response.body.is_some());
        described.or_else(|| successes.next())
    }

    /// Answers that are successes, in their order.
    pub fn successes(&self) -> impl Iterator<Item = &Response> + Clone {
        self.responses.iter().filter(|response| response.is_success)
    }

    /// The parts of its form; none for any other body.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.body.iter().flat_map(|body| &body.parts)
    }

    pub fn level(&self) -> Option<EvidenceLevel> {
        self.evidence.iter().map(|evidence| evidence.level).min()
    }

    /// Day on which it was last read of.
    pub fn last_seen(&self) -> Option<Date> {
        self.evidence.iter().map(|evidence| evidence.seen).max()
    }
}
