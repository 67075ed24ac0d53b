use std::borrow::Cow;
use std::fmt::Write as _;

use bytes::Bytes;
use http::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::printable::is_control;

/// File of a multipart form: name, content and media type.
#[derive(Clone)]
pub struct FilePart {
    name: String,
    content: Bytes,
    media: String,
}

impl FilePart {
    /// Creates a file part. The media type follows from the name's extension for `pdf` and `json`; for any other it is
    /// `application/octet-stream`.
    pub fn new(name: impl Into<String>, content: impl Into<Bytes>) -> Self {
        let name = name.into();
        let media = match name.rsplit('.').next() {
            Some("pdf") => "application/pdf",
            Some("json") => "application/json",
            _ => "application/octet-stream",
        };
        Self { name, content: content.into(), media: media.to_owned() }
    }

    /// Sets the media type.
    #[must_use]
    pub fn media_type(mut self, media: impl Into<String>) -> Self {
        self.media = media.into();
        self
    }

    /// Returns the name of the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the content.
    pub fn content(&self) -> &Bytes {
        &self.content
    }

    /// Returns the media type.
    pub fn content_type(&self) -> &str {
        &self.media
    }
}

impl std::fmt::Debug for FilePart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FilePart").field("bytes", &self.content.len()).finish_non_exhaustive()
    }
}

/// Multipart form (`multipart/form-data`, RFC 7578), encoded in memory so that every attempt sends the same bytes.
#[derive(Default)]
pub struct MultipartForm {
    parts: Vec<(Cow<'static, str>, String, Bytes)>,
}

impl MultipartForm {
    /// Creates an empty form.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text field, if it has a value.
    #[must_use]
    pub fn text(mut self, name: impl Into<Cow<'static, str>>, text: Option<&str>) -> Self {
        if let Some(text) = text {
            self.parts.push((name.into(), String::new(), Bytes::copy_from_slice(text.as_bytes())));
        }
        self
    }

    /// Adds a file, if it has a value.
    #[must_use]
    pub fn file(mut self, name: impl Into<Cow<'static, str>>, file: Option<&FilePart>) -> Self {
        if let Some(file) = file {
            let head = format!("; filename=\"{}\"\r\nContent-Type: {}", escaped(&file.name), one_line(&file.media));
            self.parts.push((name.into(), head, file.content.clone()));
        }
        self
    }

    pub(crate) fn encode(self) -> (Bytes, HeaderValue) {
        // 128 random bits, which no file contains by chance.
        let boundary = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let size: usize =
            self.parts.iter().map(|(name, head, content)| name.len() + head.len() + content.len() + 96).sum();
        let mut body = Vec::with_capacity(size + 64);
        let mut head = String::new();
        for (name, more, content) in &self.parts {
            head.clear();
            let _ = write!(
                head,
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"{more}\r\n\r\n",
                escaped(name)
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let media = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"));
        (body.into(), media.unwrap_or(HeaderValue::from_static("multipart/form-data")))
    }
}

/// Escapes a file name as browsers do (RFC 7578 section 4.2). Percent-encoded are quotes, which end the name,
/// backslashes, which a receiver may take for an escape, control characters, and characters that change the text's
/// direction.
fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(c, '"' | '\\') || is_control(c) {
            text.extend(utf8_percent_encode(c.encode_utf8(&mut [0; 4]), NON_ALPHANUMERIC));
        } else {
            text.push(c);
        }
    }
    text
}

fn one_line(media: &str) -> String {
    media.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_its_parts_between_boundaries() {
        let file = FilePart::new("a\"b\r\n.pdf", &b"%PDF\r\n\x00"[..]);
        let (body, media) =
            MultipartForm::new().text("kind", Some("x")).text("none", None).file("file", Some(&file)).encode();
        let media = media.to_str().expect("text");
        let boundary = media.strip_prefix("multipart/form-data; boundary=").expect("a boundary");
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nx\r\n--{boundary}\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"a%22b%0D%0A.pdf\"\r\n\
             Content-Type: application/pdf\r\n\r\n%PDF\r\n\0\r\n--{boundary}--\r\n"
        );
        assert_eq!(body, expected.as_bytes());
        assert!(!format!("{file:?}").contains("PDF"));
    }

    #[test]
    fn no_file_name_ends_its_line_or_turns_it_round() {
        for (name, sent) in [
            ("a\\", "a%5C"),
            ("a\\\"; name=\"other", "a%5C%22; name=%22other"),
            ("a\0b\x7f\u{85}", "a%00b%7F%C2%85"),
            ("exe.\u{202e}gpj", "exe.%E2%80%AEgpj"),
            ("\u{2066}a\u{2069}", "%E2%81%A6a%E2%81%A9"),
            ("contrato de locação 100%.pdf", "contrato de locação 100%.pdf"),
        ] {
            let file = FilePart::new(name, &b"x"[..]);
            let (body, _) = MultipartForm::new().file("file", Some(&file)).encode();
            let body = String::from_utf8(body.to_vec()).expect("text");
            assert!(body.contains(&format!("; filename=\"{sent}\"\r\nContent-Type: ")), "{body}");
        }
    }
}
