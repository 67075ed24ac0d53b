//! What the later stages need to know of an API beside the document that the generator reads.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The document in the generator's dialect, and what that dialect can't say.
#[derive(Default)]
pub struct Lowered {
    pub document: Value,
    /// Addresses of the API.
    pub servers: Vec<String>,
    pub operations: Vec<Operation>,
    pub enums: Vec<OpenEnum>,
    pub ids: Vec<PathId>,
    pub filters: Vec<Filter>,
    pub types: BTreeMap<String, TypeUse>,
    /// Documented limits of what is sent, by type and wire name.
    pub limits: BTreeMap<(String, String), Vec<Limit>>,
    /// The types that have limits, in themselves or inside.
    pub limited: BTreeSet<String>,
    /// Rust names of fields, by type and wire name.
    pub fields: BTreeMap<(String, String), String>,
    pub events: Vec<Event>,
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
    pub idempotent: bool,
    pub retry_never: bool,
    pub rate_limits: Vec<RateLimit>,
    pub evidence: Vec<Evidence>,
    pub authenticated: bool,
    pub deprecated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    Header,
}

pub struct Parameter {
    pub name: String,
    pub place: Place,
    pub description: String,
    /// Name of the Rust type, where the schema is a component.
    pub component: Option<String>,
    pub list: Option<ListStyle>,
    /// It is JSON.
    pub json: bool,
    pub example: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListStyle {
    Repeated,
    Comma,
}

/// A body of an operation or event, in the bundle.
pub struct Body {
    pub media: String,
    /// Name of the Rust type, where the body is one component.
    pub component: Option<String>,
    pub examples: Vec<Example>,
    /// What a form is made of; empty for any other body.
    pub parts: Vec<Part>,
}

/// One part of a form.
pub struct Part {
    pub name: String,
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
    pub status: String,
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
    Text,
    Raw,
    Empty,
}

pub struct RateLimit {
    pub requests: u32,
    pub per_seconds: u32,
    pub scope: Scope,
}

pub enum Scope {
    Credential,
    Path(String),
    Body(String),
}

pub struct Evidence {
    pub source: String,
    pub level: Level,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
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
pub struct Limit {
    pub variant: &'static str,
    pub number: serde_json::Number,
}

/// What a list is filtered by: an object that is sent as JSON in the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub name: String,
    pub description: String,
    /// Wire name and description of the known fields.
    pub fields: Vec<(String, String)>,
    pub tags: BTreeSet<String>,
}

/// Who uses a type.
#[derive(Debug, Default, Clone)]
pub struct TypeUse {
    pub request: bool,
    pub response: bool,
    pub tags: BTreeSet<String>,
    /// Where the schema stands in the bundle.
    pub pointer: Option<String>,
}

/// What the vendor delivers to a webhook.
pub struct Event {
    pub name: String,
    pub summary: String,
    pub body: Body,
}

impl Operation {
    /// The first success that is described: the one whose body counts.
    pub fn success_response(&self) -> Option<&Response> {
        self.responses.iter().find(|response| response.status.starts_with('2'))
    }

    /// The parts of its form; none for any other body.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.body.iter().flat_map(|body| &body.parts)
    }

    pub fn level(&self) -> Option<Level> {
        self.evidence.iter().map(|evidence| evidence.level).min()
    }

    /// Whether the generator can write it: it knows no multipart bodies.
    pub fn generated(&self) -> bool {
        self.body.as_ref().is_none_or(|body| body.media == "application/json")
    }
}
