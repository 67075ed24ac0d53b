//! Request as it arrived, in a form in which two can be compared.

use std::collections::BTreeMap;

use http::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// Headers that differ between programs and connections, and mean nothing to the vendor.
const IGNORED_HEADERS: [&str; 3] = ["content-length", "host", "user-agent"];

/// Request as it arrived.
#[derive(Debug, Clone)]
pub struct SentRequest {
    pub method: Method,
    pub path: String,
    /// Pairs of the query, sorted: neither API heeds their order.
    pub query: Vec<(String, String)>,
    /// All but the [`IGNORED_HEADERS`].
    pub headers: BTreeMap<String, String>,
    pub body: SentBody,
}

/// Body of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum SentBody {
    Empty,
    Json(Value),
    /// Parts of a form, sorted.
    Form(Vec<Part>),
}

/// Part of a form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    pub name: String,
    /// Name of the file, if the part is one.
    pub file_name: Option<String>,
    pub media_type: Option<String>,
    pub content: String,
}

impl SentBody {
    /// Returns the body of the typed client's request: JSON as its example is, with what is null.
    pub fn read(sent: &Self, example: &Value) -> Self {
        match sent {
            Self::Json(_) => Self::Json(example.clone()),
            other => other.clone(),
        }
    }
}

impl SentRequest {
    /// Reads a request.
    pub fn read(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Self {
        let media_type = headers.get("content-type").map(|value| value.to_str().expect("text")).unwrap_or_default();
        let boundary = media_type.split_once("boundary=").map(|(_, boundary)| boundary.trim_matches('"'));
        let body = match boundary {
            _ if body.is_empty() => SentBody::Empty,
            Some(boundary) => SentBody::Form(parts(std::str::from_utf8(body).expect("parts of text"), boundary)),
            None => SentBody::Json(serde_json::from_slice(body).expect("JSON")),
        };
        let shown = headers.iter().filter(|(name, _)| !IGNORED_HEADERS.contains(&name.as_str()));
        let shown = shown.map(|(name, value)| {
            let value = value.to_str().expect("text");
            (name.to_string(), boundary.map_or(value.to_owned(), |boundary| value.replace(boundary, "")))
        });
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let mut query: Vec<(String, String)> = pairs.into_owned().collect();
        query.sort();
        Self { method: method.clone(), path: uri.path().to_owned(), query, headers: shown.collect(), body }
    }

    /// Returns `true` if both requests mean the same. In a JSON body, a property that is null is the same as one that is left
    /// out, unless null clears it: in a PATCH.
    pub fn is_same(&self, other: &Self) -> bool {
        let meaning = |body: &SentBody| match body {
            SentBody::Json(value) if self.method != Method::PATCH => SentBody::Json(without_nulls(value)),
            other => other.clone(),
        };
        self.method == other.method
            && self.path == other.path
            && self.query == other.query
            && self.headers == other.headers
            && meaning(&self.body) == meaning(&other.body)
    }

    /// Returns the values of the parameters of a path template, with their names.
    pub fn path_parameters(&self, template: &str) -> Vec<(String, String)> {
        let (own, template) = (self.path.split('/'), template.split('/'));
        let pairs = template.zip(own).filter_map(|(name, value)| {
            let name = name.strip_prefix('{')?.strip_suffix('}')?;
            Some((name.to_owned(), percent_decode_str(value).decode_utf8().expect("text").into_owned()))
        });
        pairs.collect()
    }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let given = fields.iter().filter(|(_, value)| !value.is_null());
            given.map(|(name, value)| (name.clone(), without_nulls(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

fn parts(body: &str, boundary: &str) -> Vec<Part> {
    let delimiter = format!("--{boundary}");
    let mut parts: Vec<Part> = body.split(&delimiter).filter_map(part).collect();
    parts.sort();
    parts
}

/// Reads what stands between two delimiters; `None` for what stands outside of them.
fn part(text: &str) -> Option<Part> {
    let (head, content) = text.strip_prefix("\r\n")?.strip_suffix("\r\n")?.split_once("\r\n\r\n")?;
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    let disposition = header("Content-Disposition: form-data; ").expect("a disposition");
    let value = |key: &str| {
        let (_, value) =
            disposition.split("; ").find_map(|pair| pair.split_once('=').filter(|(name, _)| *name == key))?;
        Some(value.trim_matches('"').to_owned())
    };
    Some(Part {
        name: value("name").expect("a name"),
        file_name: value("filename"),
        media_type: header("Content-Type: ").map(str::to_owned),
        content: content.to_owned(),
    })
}
