use std::fmt::Display;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use super::options::CallOptions;
use crate::error::{InvalidRequest, InvalidRequestKind, MAX_URL_BYTES};
use crate::operation::{Operation, RateLimitScope};
use crate::types::{FieldPath, Secret, Validate, Validator, check_segment};
use crate::wire::{MultipartForm, body_value, encode};

/// Characters that need no escape (RFC 3986 section 2.3, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Serialization of a list in the query (OpenAPI `style` and `explode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListStyle {
    /// `name=a&name=b`.
    Repeated,
    /// `name=a,b`.
    Comma,
    /// `name=a+b`: separated by spaces, which a query writes as `+`.
    Space,
    /// `name=a%7Cb`: separated by escaped bars.
    Pipe,
}

/// Serialization of an object in the query (OpenAPI `style` and `explode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectStyle {
    /// `name[key]=value`.
    Deep,
    /// `key=value&other=value`.
    Exploded,
    /// `name=key,value,other,value`.
    Comma,
}

/// Builder of one request: URL from the path template, query, headers and body. Generated code fills it in and sends
/// it.
///
/// Path parameters must be set in the order of the template. The first error is kept, and returned when the request is
/// sent. Methods take `&mut self`, because the builder is too large to be moved for each parameter.
pub struct RequestBuilder {
    pub(crate) operation: &'static Operation,
    pub(crate) method: Method,
    pub(crate) options: CallOptions,
    pub(crate) url: String,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Encoded body and its media type.
    pub(crate) body: Option<(Bytes, HeaderValue)>,
    /// Path parameter by which a rate limit of the operation is partitioned.
    pub(crate) partition_value: Option<String>,
    /// Maximum file size of the user's plan, in bytes; `None` if the client was not configured with one.
    pub(crate) max_file_bytes: Option<usize>,
    template_rest: &'static str,
    has_query: bool,
    fault: Option<Box<InvalidRequest>>,
}

impl RequestBuilder {
    /// Starts a request. `base_url` is the URL that the operation's path is appended to, without a trailing slash.
    pub fn new(base_url: &str, operation: &'static Operation) -> Self {
        let mut url = String::with_capacity(base_url.len() + operation.path.len() + 48);
        url.push_str(base_url);
        Self {
            operation,
            method: operation.method.clone(),
            options: CallOptions::default(),
            url,
            headers: Vec::new(),
            body: None,
            partition_value: None,
            max_file_bytes: None,
            template_rest: operation.path,
            has_query: false,
            fault: None,
        }
    }

    /// Sets the method and a path without parameters, for a request that no operation describes. Its segments are
    /// escaped here.
    pub(crate) fn written_path(&mut self, method: Method, path: &str) -> &mut Self {
        self.method = method;
        let Some(path) = path.strip_prefix('/') else {
            return self.fail(InvalidRequestKind::RawPath { fault: None });
        };
        let mut segments = path.split('/').peekable();
        while let Some(segment) = segments.next() {
            // An empty last segment is a trailing slash, which is allowed.
            if let (Err(fault), false) = (check_segment(segment), segment.is_empty() && segments.peek().is_none()) {
                return self.fail(InvalidRequestKind::RawPath { fault: Some(fault) });
            }
            self.url.push('/');
            self.url.extend(utf8_percent_encode(segment, SEGMENT));
        }
        self
    }

    /// Replaces the operation by one that differs in its name and its path template, which are not sent.
    pub(crate) fn rename(&mut self, operation: &'static Operation) {
        self.operation = operation;
        if let Some(fault) = &mut self.fault {
            fault.operation = operation;
        }
    }

    /// Sets the options that override the client's configuration.
    pub fn options(&mut self, options: CallOptions) -> &mut Self {
        self.options = options;
        self
    }

    /// Sets the next path parameter.
    pub fn path(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.path_values(name, &[value])
    }

    /// Sets the next path parameter, whatever its name.
    pub(crate) fn next_path(&mut self, value: &str) -> &mut Self {
        let name = self.template_rest.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
        match name {
            Some((name, _)) => self.path(name, value),
            None => self.fail(InvalidRequestKind::PathMismatch),
        }
    }

    /// Sets the next path parameter to the value of the call, or else to that of the client. Without either the request is
    /// invalid, and the error names the `setter`.
    pub fn path_or_default(
        &mut self,
        name: &'static str,
        setter: &'static str,
        value: Option<&str>,
        default: Option<&str>,
    ) -> &mut Self {
        match value.or(default) {
            Some(value) => self.path(name, value),
            None => self.fail(InvalidRequestKind::MissingPathParameter { name, setter }),
        }
    }

    /// Sets the next path parameter to a list, joined by commas.
    pub fn path_list<T: Display>(&mut self, name: &'static str, values: &[T]) -> &mut Self {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        // An empty list would be an empty segment, which is rejected.
        if values.is_empty() { self.path(name, "") } else { self.path_values(name, &values) }
    }

    fn path_values(&mut self, name: &'static str, values: &[&str]) -> &mut Self {
        if let Some(fault) = values.iter().find_map(|value| check_segment(value).err()) {
            return self.fail(InvalidRequestKind::PathParameter { name, fault });
        }
        let Some((literal, rest)) = self.template_rest.split_once('{') else {
            return self.fail(InvalidRequestKind::PathMismatch);
        };
        let Some(rest) = rest.strip_prefix(name).and_then(|rest| rest.strip_prefix('}')) else {
            return self.fail(InvalidRequestKind::PathMismatch);
        };
        self.url.push_str(literal);
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.url.push(',');
            }
            self.url.extend(utf8_percent_encode(value, SEGMENT));
        }
        self.template_rest = rest;
        if self.operation.rate_limits.iter().any(|rule| rule.scope == RateLimitScope::Path(name)) {
            self.partition_value = Some(values.join(","));
        }
        self
    }

    /// Returns the value by which a limit of this scope is partitioned; `None` if the scope has no partitions in a
    /// request, or the request lacks the value.
    pub(crate) fn partition_for(&self, scope: RateLimitScope) -> Option<String> {
        match scope {
            RateLimitScope::Credential | RateLimitScope::Address => None,
            RateLimitScope::Path(_) => self.partition_value.clone(),
            RateLimitScope::Body(pointer) => body_value(&self.body.as_ref()?.0, pointer).ok()?,
        }
    }

    /// Adds a query parameter, if it has a value.
    pub fn query(&mut self, name: &str, value: Option<&dyn Display>) -> &mut Self {
        if let Some(value) = value {
            self.push_query(name, &value.to_string());
        }
        self
    }

    /// Adds a list to the query, if it has a value.
    pub fn query_list<T: Display>(&mut self, name: &str, values: Option<&[T]>, style: ListStyle) -> &mut Self {
        let Some(values) = values else { return self };
        let separator = match style {
            ListStyle::Repeated => {
                for value in values {
                    self.push_query(name, &value.to_string());
                }
                return self;
            }
            ListStyle::Comma => ",",
            ListStyle::Space => " ",
            ListStyle::Pipe => "|",
        };
        self.push_query(name, &joined(values, separator));
        self
    }

    /// Adds an object to the query, if it has a value. Null fields are omitted.
    pub fn query_object<T: Serialize + ?Sized>(
        &mut self,
        name: &str,
        value: Option<&T>,
        style: ObjectStyle,
    ) -> &mut Self {
        let Some(value) = value else { return self };
        let Some(pairs) = pairs(value) else { return self.fail(InvalidRequestKind::Body { path: FieldPath::root() }) };
        match style {
            ObjectStyle::Deep => {
                for (key, text) in pairs {
                    self.push_query(&format!("{name}[{key}]"), &text);
                }
            }
            ObjectStyle::Exploded => {
                for (key, text) in pairs {
                    self.push_query(&key, &text);
                }
            }
            ObjectStyle::Comma => {
                let flat: Vec<String> = pairs.into_iter().flat_map(|(key, text)| [key, text]).collect();
                self.push_query(name, &flat.join(","));
            }
        }
        self
    }

    /// Adds a header with a comma-separated list, if it has a value.
    pub fn header_list<T: Display>(&mut self, name: &'static str, values: Option<&[T]>) -> &mut Self {
        let joined = values.map(|values| joined(values, ","));
        self.header(name, joined.as_ref().map(|text| text as &dyn Display))
    }

    /// Adds a header with a secret, if it has a value. It is marked as sensitive, so that the HTTP library does not log
    /// it.
    pub fn secret_header(&mut self, name: &'static str, value: Option<&Secret>) -> &mut Self {
        let before = self.headers.len();
        self.header(name, value.map(Secret::expose).as_ref().map(|text| text as &dyn Display));
        for (_, value) in &mut self.headers[before..] {
            value.set_sensitive(true);
        }
        self
    }

    fn push_query(&mut self, name: &str, value: &str) {
        self.finish_path();
        self.url.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        self.url.extend(url::form_urlencoded::byte_serialize(name.as_bytes()));
        self.url.push('=');
        self.url.extend(url::form_urlencoded::byte_serialize(value.as_bytes()));
    }

    fn finish_path(&mut self) {
        if self.template_rest.contains('{') {
            self.fail(InvalidRequestKind::PathMismatch);
        }
        self.url.push_str(self.template_rest);
        self.template_rest = "";
    }

    /// Adds a header, if it has a value.
    pub fn header(&mut self, name: &'static str, value: Option<&dyn Display>) -> &mut Self {
        if let Some(value) = value {
            match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value.to_string())) {
                (Ok(header), Ok(value)) => {
                    self.headers.push((header, value));
                }
                _ => return self.fail(InvalidRequestKind::Header { name }),
            }
        }
        self
    }

    /// Checks the constraints that the vendor documents for the body. The first violation is the request's error.
    pub fn validate<T: Validate>(&mut self, body: &T) -> &mut Self {
        let mut validator = Validator::new(self.max_file_bytes);
        body.validate(&mut validator);
        match validator.violation() {
            Some((path, constraint)) => self.fail(InvalidRequestKind::Constraint { path, constraint }),
            None => self,
        }
    }

    /// Encodes the body as JSON, once for all attempts.
    pub fn json<T: Serialize + ?Sized>(&mut self, body: &T) -> &mut Self {
        match encode(body) {
            Ok(encoded) => {
                self.body = Some((encoded.into(), HeaderValue::from_static("application/json")));
                self
            }
            Err(_) => self.fail(InvalidRequestKind::Body { path: FieldPath::root() }),
        }
    }

    /// Encodes an optional body as JSON of another media type than `application/json`.
    pub fn json_as<T: Serialize + ?Sized>(&mut self, media: &'static str, body: Option<&T>) -> &mut Self {
        if let Some(body) = body {
            self.json(body);
            if let Some((_, media_type)) = &mut self.body {
                *media_type = HeaderValue::from_static(media);
            }
        }
        self
    }

    /// Encodes an optional body as `application/x-www-form-urlencoded`. Null fields are omitted.
    pub fn url_encoded<T: Serialize + ?Sized>(&mut self, body: Option<&T>) -> &mut Self {
        let Some(body) = body else { return self };
        let Some(pairs) = pairs(body) else { return self.fail(InvalidRequestKind::Body { path: FieldPath::root() }) };
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(pairs);
        let media = HeaderValue::from_static("application/x-www-form-urlencoded");
        self.body = Some((text.finish().into(), media));
        self
    }

    /// Sets an optional body of another media type, unchanged.
    pub fn bytes(&mut self, media: &'static str, body: Option<Bytes>) -> &mut Self {
        if let Some(body) = body {
            self.body = Some((body, HeaderValue::from_static(media)));
        }
        self
    }

    /// Encodes a multipart form, once for all attempts.
    pub fn form(&mut self, form: MultipartForm) -> &mut Self {
        self.body = Some(form.encode());
        self
    }

    /// Completes the URL.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`] with the first error found: of a parameter, a header, the body, or a URL longer than
    /// [`MAX_URL_BYTES`].
    pub(crate) fn finish(&mut self) -> Result<(), Box<InvalidRequest>> {
        self.finish_path();
        if let Some(fault) = self.options.fault().cloned() {
            self.fail(fault);
        }
        if self.url.len() > MAX_URL_BYTES {
            self.fail(InvalidRequestKind::LongUrl { bytes: self.url.len() });
        }
        self.fault.clone().map_or(Ok(()), Err)
    }

    #[cold]
    fn fail(&mut self, kind: InvalidRequestKind) -> &mut Self {
        let operation = self.operation;
        self.fault.get_or_insert_with(|| Box::new(InvalidRequest { operation, kind }));
        self
    }
}

fn joined<T: Display>(values: &[T], separator: &str) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
}

/// Returns the fields of an object as text: a list as one pair for each item, an object or a list inside it as JSON.
/// `None` if the value is not an object.
fn pairs<T: Serialize + ?Sized>(value: &T) -> Option<Vec<(String, String)>> {
    let Ok(Value::Object(map)) = serde_json::to_value(value) else { return None };
    let mut pairs = Vec::new();
    for (key, value) in map {
        match value {
            Value::Null => {}
            Value::String(text) => pairs.push((key, text)),
            Value::Array(list) => {
                let texts =
                    list.into_iter().map(|item| item.as_str().map_or_else(|| item.to_string(), ToOwned::to_owned));
                pairs.extend(texts.map(|text| (key.clone(), text)));
            }
            other => pairs.push((key, other.to_string())),
        }
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::pairs;

    #[test]
    fn fields_are_texts_and_lists_are_repeated() {
        let value = json!({"a": "x y", "b": null, "c": [1, "z"], "d": true, "e": {"f": 1}});
        let expected = [("a", "x y"), ("c", "1"), ("c", "z"), ("d", "true"), ("e", "{\"f\":1}")];
        let expected: Vec<(String, String)> = expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        assert_eq!(pairs(&value), Some(expected));
        assert_eq!(pairs(&json!([1])), None);
    }
}
