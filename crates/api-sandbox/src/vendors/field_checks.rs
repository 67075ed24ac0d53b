//! Checks of fields that the vendors state in prose only.

use std::sync::LazyLock;

use api_bundle::Schemas;
use api_bundle::jsonschema::Validator;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use url::Url;

use crate::spec::{Rejection, Violation};

/// A PDF may have other bytes before its mark, as readers of PDF allow.
const PDF_MARK_WITHIN: usize = 1024;

/// The same check as that of `format: email` in a bundle.
static EMAIL: LazyLock<Validator> = LazyLock::new(|| validator(&json!({"format": "email"})));
static DATE_OR_TIME: LazyLock<Validator> =
    LazyLock::new(|| validator(&json!({"anyOf": [{"format": "date"}, {"format": "date-time"}]})));

fn validator(schema: &Value) -> Validator {
    Schemas::of(&Value::Null).with_formats().validator(schema).expect("a schema of this file")
}

/// Type of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileType {
    Pdf,
    Docx,
    Any,
}

impl FileType {
    /// Returns the reason why these bytes are no file of this type, or `None` if they are one.
    fn mismatch(self, file: &[u8]) -> Option<&'static str> {
        let start = &file[..file.len().min(PDF_MARK_WITHIN)];
        match self {
            Self::Pdf if !start.windows(5).any(|bytes| bytes == b"%PDF-") => Some("The file is no PDF."),
            // A DOCX file is a ZIP archive.
            Self::Docx if !start.starts_with(b"PK\x03\x04") => Some("The file is no DOCX."),
            _ => None,
        }
    }
}

/// Checks of the fields of one JSON object. All violations are collected. A field that is absent, null or an empty text is not
/// given, and violates nothing but [`FieldChecks::required`].
pub(super) struct FieldChecks<'b> {
    body: &'b Value,
    /// Path of the object in the body of the request, with a dot at its end; empty for the body itself.
    path: String,
    violations: Vec<Violation>,
}

impl<'b> FieldChecks<'b> {
    /// Begins the checks of a body.
    pub(super) fn of(body: &'b Value) -> Self {
        Self { body, path: String::new(), violations: Vec::new() }
    }

    /// Returns the rejection with all violations, if there are any.
    pub(super) fn finish(self) -> Result<(), Rejection> {
        if self.violations.is_empty() { Ok(()) } else { Err(Rejection::Invalid(self.violations)) }
    }

    /// Returns a text that is given.
    pub(super) fn text(&self, field: &str) -> Option<&'b str> {
        self.body.get(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// Returns `true` if a field is `true`.
    pub(super) fn flag(&self, field: &str) -> bool {
        self.body[field] == true
    }

    /// Adds a violation.
    pub(super) fn refuse(&mut self, field: &str, message: &str) {
        let field = format!("{}{field}", self.path);
        self.violations.push(Violation::of_field(&field, message));
    }

    /// Checks that a text is given, and not made of blanks only.
    pub(super) fn required(&mut self, field: &str) {
        if self.text(field).is_none_or(|text| text.trim().is_empty()) {
            self.refuse(field, "This field may not be blank.");
        }
    }

    /// Checks an e-mail address.
    pub(super) fn email(&mut self, field: &str) {
        if self.text(field).is_some_and(|text| !is_email(text)) {
            self.refuse(field, "Not a valid email address.");
        }
    }

    /// Checks a date or a point in time.
    pub(super) fn date_or_time(&mut self, field: &str) {
        if self.text(field).is_some_and(|text| !DATE_OR_TIME.is_valid(&text.into())) {
            self.refuse(field, "Neither a date nor a point in time.");
        }
    }

    /// Checks URLs of `http` or `https`.
    pub(super) fn urls(&mut self, fields: &[&str]) {
        for field in fields {
            if self.text(field).is_some_and(|text| !is_http_url(text)) {
                self.refuse(field, "Not a valid URL.");
            }
        }
    }

    /// Checks a file in base64, and returns its bytes.
    pub(super) fn file(&mut self, field: &str, file_type: FileType) -> Option<Bytes> {
        let Ok(file) = STANDARD.decode(self.text(field)?) else {
            self.refuse(field, "Not valid base64.");
            return None;
        };
        if let Some(reason) = file_type.mismatch(&file) {
            self.refuse(field, reason);
        }
        Some(file.into())
    }

    /// Checks a file in base64, or a URL of it.
    pub(super) fn file_or_url(&mut self, field: &str) {
        if self.text(field).is_some_and(|text| STANDARD.decode(text).is_err()) {
            self.urls(&[field]);
        }
    }

    /// Checks each object of a list.
    pub(super) fn each(&mut self, list: &str, check: impl Fn(&mut Self)) {
        for (index, item) in self.body[list].as_array().into_iter().flatten().enumerate() {
            let mut checks = Self { body: item, path: format!("{}{list}.{index}.", self.path), violations: Vec::new() };
            check(&mut checks);
            self.violations.append(&mut checks.violations);
        }
    }
}

/// Returns `true` for a URL that can be called as it stands. The parser would encode a blank or leave out a line break.
pub(super) fn is_http_url(text: &str) -> bool {
    let unusable = |letter: char| letter.is_whitespace() || letter.is_control();
    !text.contains(unusable) && Url::parse(text).is_ok_and(|url| ["http", "https"].contains(&url.scheme()))
}

/// Returns `true` for an e-mail address.
pub(super) fn is_email(text: &str) -> bool {
    EMAIL.is_valid(&text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the violations, each as its field and its message.
    fn violations(body: &Value, check: impl Fn(&mut FieldChecks<'_>)) -> Vec<String> {
        let mut checks = FieldChecks::of(body);
        check(&mut checks);
        checks.violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn texts_have_the_form_that_their_field_needs() {
        let email = |text: &str| violations(&json!({"x": text}), |checks| checks.email("x")).is_empty();
        assert!(email("ana@x.example") && email("") && !email("nonsense") && !email("ana@"));
        let time = |text: &str| violations(&json!({"x": text}), |checks| checks.date_or_time("x")).is_empty();
        assert!(time("2026-04-30") && time("2026-04-30T23:59:59.000000Z") && time("2026-04-30T23:59:59.123456789Z"));
        assert!(!time("tomorrow") && !time("2026-02-30") && !time("30/04/2026") && !time("2026-04-30T25:00:00Z"));
        let url = |text: &str| violations(&json!({"x": text}), |checks| checks.urls(&["x"])).is_empty();
        assert!(url("https://x.example/a?b=c%20d") && url("http://127.0.0.1:1/") && url(""));
        for broken in ["https://x.example/a b", " https://x.example/", "https://x.example/\n", "x.example", "ftp://x/"]
        {
            assert!(!url(broken), "{broken}");
        }
        let name = |body: Value| violations(&body, |checks| checks.required("x")).is_empty();
        assert!(name(json!({"x": "Ana"})));
        for missing in [json!({}), json!({"x": null}), json!({"x": ""}), json!({"x": " \t"})] {
            assert!(!name(missing.clone()), "{missing}");
        }
    }

    #[test]
    fn a_file_is_known_by_its_first_bytes() {
        let reasons = |file: &[u8], file_type| {
            violations(&json!({"x": STANDARD.encode(file)}), |checks| drop(checks.file("x", file_type)))
        };
        let late = [&[b'\n'; 1019][..], b"%PDF-1.7"].concat();
        let too_late = [&[b'\n'; 1024][..], b"%PDF-1.7"].concat();
        assert!(reasons(b"%PDF-1.4\n", FileType::Pdf).is_empty() && reasons(&late, FileType::Pdf).is_empty());
        assert_eq!(reasons(b"Dear Ana", FileType::Pdf), ["x: The file is no PDF."]);
        assert_eq!(reasons(&too_late, FileType::Pdf), ["x: The file is no PDF."]);
        assert!(reasons(b"PK\x03\x04", FileType::Docx).is_empty());
        assert_eq!(reasons(b"%PDF-1.4\n", FileType::Docx), ["x: The file is no DOCX."]);
        assert!(reasons(b"\x89PNG", FileType::Any).is_empty());
        let broken = violations(&json!({"x": "data:,"}), |checks| drop(checks.file("x", FileType::Any)));
        assert_eq!(broken, ["x: Not valid base64."]);
    }

    #[test]
    fn a_violation_has_the_path_of_its_field() {
        let body = json!({"signers": [{"name": "Ana"}, {"name": "", "email": "b"}]});
        let found = violations(&body, |checks| {
            checks.each("signers", |signer| {
                signer.required("name");
                signer.email("email");
            });
            checks.required("name");
        });
        let expected = [
            "signers.1.name: This field may not be blank.",
            "signers.1.email: Not a valid email address.",
            "name: This field may not be blank.",
        ];
        assert_eq!(found, expected);
    }
}
