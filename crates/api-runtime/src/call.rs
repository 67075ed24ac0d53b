use std::fmt::Display;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::body_value::body_value;
use crate::encode::encode;
use crate::error::{Error, ErrorBody, InvalidRequest, Reason};
use crate::{
    CallOptions, Form, JsonPath, LimitCheck, Limits, Operation, RateLimitScope, RawResponse, Transport, check_segment,
};

/// RFC 3986 section 2.3: what never needs escaping.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How a list stands in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListStyle {
    /// `name=a&name=b`.
    Repeated,
    /// `name=a,b`.
    Comma,
}

/// One call in the making: what generated code fills in and sends.
///
/// Parameters are given in the order of the path template. The first fault is kept and comes out when the call is sent.
/// It is filled in where it stands, since it is too large to be moved for each parameter.
pub struct Call<'t> {
    pub(crate) transport: &'t Transport,
    pub(crate) operation: &'static Operation,
    pub(crate) method: Method,
    pub(crate) options: CallOptions,
    pub(crate) url: String,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Encoded, with its media type.
    pub(crate) body: Option<(Bytes, HeaderValue)>,
    /// The path parameter that a limit is counted by.
    pub(crate) counted: Option<String>,
    template_rest: &'static str,
    has_query: bool,
    fault: Option<Box<InvalidRequest>>,
}

impl<'t> Call<'t> {
    pub(crate) fn new(transport: &'t Transport, operation: &'static Operation) -> Self {
        let base = transport.base_url();
        let mut url = String::with_capacity(base.len() + operation.path.len() + 48);
        url.push_str(base);
        Self {
            transport,
            operation,
            method: operation.method.clone(),
            options: CallOptions::default(),
            url,
            headers: Vec::new(),
            body: None,
            counted: None,
            template_rest: operation.path,
            has_query: false,
            fault: None,
        }
    }

    /// A call of a path that is written out instead of being a template.
    pub(crate) fn raw(transport: &'t Transport, operation: &'static Operation, method: Method, path: &str) -> Self {
        let mut call = Self::new(transport, operation);
        call.method = method;
        let Some(path) = path.strip_prefix('/') else {
            call.fail(Reason::RawPath { fault: None });
            return call;
        };
        let mut segments = path.split('/').peekable();
        while let Some(segment) = segments.next() {
            // A path may end in a slash.
            if let (Err(fault), false) = (check_segment(segment), segment.is_empty() && segments.peek().is_none()) {
                call.fail(Reason::RawPath { fault: Some(fault) });
                return call;
            }
            call.url.push('/');
            call.url.extend(utf8_percent_encode(segment, SEGMENT));
        }
        call
    }

    /// What this call does otherwise than its client.
    pub fn options(&mut self, options: CallOptions) -> &mut Self {
        self.options = options;
        self
    }

    /// Fills in the next parameter of the path.
    pub fn path(&mut self, name: &'static str, value: &str) -> &mut Self {
        if let Err(fault) = check_segment(value) {
            return self.fail(Reason::PathParameter { name, fault });
        }
        let Some((literal, rest)) = self.template_rest.split_once('{') else {
            return self.fail(Reason::PathMismatch);
        };
        let Some(rest) = rest.strip_prefix(name).and_then(|rest| rest.strip_prefix('}')) else {
            return self.fail(Reason::PathMismatch);
        };
        self.url.push_str(literal);
        self.url.extend(utf8_percent_encode(value, SEGMENT));
        self.template_rest = rest;
        if self.operation.rate_limits.iter().any(|rule| rule.scope == RateLimitScope::Path(name)) {
            self.counted = Some(value.to_owned());
        }
        self
    }

    /// What a limit of this scope is counted by. That of the credential needs no value.
    pub(crate) fn counted_by(&self, scope: RateLimitScope) -> Option<String> {
        match scope {
            RateLimitScope::Credential => None,
            RateLimitScope::Path(_) => self.counted.clone(),
            RateLimitScope::Body(pointer) => body_value(&self.body.as_ref()?.0, pointer),
        }
    }

    /// Adds a query parameter, if it has a value.
    pub fn query(&mut self, name: &str, value: Option<&dyn Display>) -> &mut Self {
        if let Some(value) = value {
            self.push_query(name, &value.to_string());
        }
        self
    }

    /// Adds a list to the query, if there is one.
    pub fn query_list<T: Display>(&mut self, name: &str, values: Option<&[T]>, style: ListStyle) -> &mut Self {
        match (values, style) {
            (None, _) => {}
            (Some(values), ListStyle::Repeated) => {
                for value in values {
                    self.push_query(name, &value.to_string());
                }
            }
            (Some(values), ListStyle::Comma) => {
                let joined = values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
                self.push_query(name, &joined);
            }
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
            self.fail(Reason::PathMismatch);
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
                _ => return self.fail(Reason::Header { name }),
            }
        }
        self
    }

    /// Checks the limits that the vendor documents for the body.
    pub fn limits<T: Limits>(&mut self, body: &T) -> &mut Self {
        let mut check = LimitCheck::default();
        body.check(&mut check);
        match check.broken() {
            Some((path, limit)) => self.fail(Reason::Limit { path, limit }),
            None => self,
        }
    }

    /// Encodes the body, once for all attempts.
    pub fn json<T: Serialize + ?Sized>(&mut self, body: &T) -> &mut Self {
        match encode(body) {
            Ok(encoded) => {
                self.body = Some((encoded.into(), HeaderValue::from_static("application/json")));
                self
            }
            Err(_) => self.fail(Reason::Body { path: JsonPath::root() }),
        }
    }

    /// Encodes a form, once for all attempts.
    pub fn form(&mut self, form: Form) -> &mut Self {
        self.body = Some(form.encode());
        self
    }

    /// Sends the call and reads the answer.
    ///
    /// # Errors
    ///
    /// Every case of [`Error`] but [`Error::Decode`].
    pub async fn send<E: ErrorBody>(&mut self) -> Result<RawResponse, Error<E>> {
        self.finish().map_err(Error::InvalidRequest)?;
        crate::transport::send(self).await
    }

    /// Completes the URL. The first fault that was found comes out here.
    pub(crate) fn finish(&mut self) -> Result<(), Box<InvalidRequest>> {
        self.finish_path();
        if self.options.has_bad_header() {
            self.fail(Reason::Header { name: "header" });
        }
        self.fault.clone().map_or(Ok(()), Err)
    }

    #[cold]
    fn fail(&mut self, reason: Reason) -> &mut Self {
        let operation = self.operation;
        self.fault.get_or_insert_with(|| Box::new(InvalidRequest { operation, reason }));
        self
    }
}
