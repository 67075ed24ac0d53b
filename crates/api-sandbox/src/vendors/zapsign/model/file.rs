//! Uploaded files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::vendors::vendor::HandlerContext;

/// Name of a file before it is signed.
pub(crate) const ORIGINAL: &str = "original.pdf";
/// Name of a file with signatures, or with the mark of a refusal.
pub(crate) const SIGNED: &str = "signed.pdf";

/// Fields that hold a document in base64.
const BASE64_FIELDS: [&str; 2] = ["base64_pdf", "base64_docx"];

/// Returns the file in a valid body, if there is one.
pub(crate) fn decode_upload(body: &Value) -> Option<Bytes> {
    let mut texts = BASE64_FIELDS.iter().filter_map(|field| body.get(field)?.as_str());
    let text = texts.find(|text| !text.is_empty())?;
    STANDARD.decode(text).ok().map(Bytes::from)
}

/// Returns the URL of a file. The sandbox serves those of documents only.
pub(crate) fn url(context: &HandlerContext<'_>, token: &str, name: &str) -> String {
    format!("{}/files/{token}/{name}", context.url)
}

/// Returns the SHA-256 of a file in hex, as documents show it.
pub(crate) fn sha256_hex(file: &Bytes) -> String {
    Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns a PDF with one empty page.
pub(crate) fn empty_pdf() -> String {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (object, number) in objects.iter().zip(1..) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let count = objects.len() + 1;
    let start = file.len();
    file.push_str(&format!("xref\n0 {count}\n{table}trailer\n<< /Size {count} /Root 1 0 R >>\n"));
    file.push_str(&format!("startxref\n{start}\n%%EOF\n"));
    file
}

#[cfg(test)]
mod tests {
    use super::empty_pdf;

    #[test]
    fn the_table_of_the_pdf_leads_to_its_objects() {
        let file = empty_pdf();
        let start: usize = file.lines().rev().nth(1).and_then(|line| line.parse().ok()).expect("a place");
        let table: Vec<&str> = file[start..].lines().collect();
        assert_eq!(table[..2], ["xref", "0 4"]);
        for (line, number) in table[3..6].iter().zip(1..) {
            let place: usize = line[..10].parse().expect("a place");
            assert!(file[place..].starts_with(&format!("{number} 0 obj\n")), "{line}");
            assert_eq!(line.len(), 19, "with its end a line is 20 bytes long");
        }
    }
}
