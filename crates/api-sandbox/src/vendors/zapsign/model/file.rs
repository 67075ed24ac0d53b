//! Original files of documents, attachments and templates.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use crate::vendors::zapsign::storage::StoredFile;

const PDF: &str = "application/pdf";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// Returns the original file of a document or attachment: the uploaded PDF, or a page with the name and the source of the
/// content, since nothing is fetched or converted.
pub(crate) fn original_file(body: &Value, name: &str, upload: Option<Bytes>, now: Timestamp) -> StoredFile {
    match upload {
        Some(upload) if given(body, "base64_pdf").is_some() => StoredFile::upload(upload, PDF, now),
        _ => described_file(name, source(body), now),
    }
}

/// Returns the file of a template: the uploaded DOCX, or a page with its name and source.
pub(crate) fn template_file(body: &Value, name: &str, upload: Option<Bytes>, now: Timestamp) -> StoredFile {
    match upload {
        Some(upload) => StoredFile::upload(upload, DOCX, now),
        None => described_file(name, source(body), now),
    }
}

/// Returns a page with the name and the source of a file that there is not.
pub(crate) fn described_file(name: &str, source: Vec<String>, now: Timestamp) -> StoredFile {
    let mut lines = vec![name.to_owned(), String::new()];
    lines.extend(source);
    StoredFile::text(lines, now)
}

/// Returns the source of the content that a request names.
fn source(body: &Value) -> Vec<String> {
    let urls = ["url_pdf", "url_docx", "docx_url"];
    if let Some(url) = urls.iter().find_map(|field| given(body, field)) {
        return vec![format!("Source: {url}"), "The sandbox fetches nothing from other hosts.".to_owned()];
    }
    if let Some(text) = given(body, "markdown_text") {
        let mut lines = vec!["Source: Markdown".to_owned(), String::new()];
        lines.extend(text.lines().map(ToOwned::to_owned));
        return lines;
    }
    vec!["Source: DOCX".to_owned(), "The sandbox converts no files.".to_owned()]
}

/// Returns a text that is not empty.
fn given<'b>(body: &'b Value, field: &str) -> Option<&'b str> {
    body.get(field)?.as_str().filter(|text| !text.is_empty())
}
