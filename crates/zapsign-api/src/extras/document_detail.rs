use crate::types::{Document, DocumentDetail, DocumentToken, ExtraDocumentDetail};

/// Parts of a document and of an attachment; status and signers, which only a document has, are in
/// [`as_document`](Self::as_document).
impl DocumentDetail {
    /// Returns the document; `None` if the token that was asked for is that of an attachment.
    pub fn as_document(&self) -> Option<&Document> {
        match self {
            Self::Main(document) => Some(document),
            Self::Extra(_) => None,
        }
    }

    /// Returns the attachment; `None` if the token that was asked for is that of a document.
    pub fn as_extra_document(&self) -> Option<&ExtraDocumentDetail> {
        match self {
            Self::Extra(attachment) => Some(attachment),
            Self::Main(_) => None,
        }
    }

    /// Returns the token that was asked for.
    pub fn token(&self) -> &DocumentToken {
        match self {
            Self::Main(document) => &document.token,
            Self::Extra(attachment) => &attachment.token,
        }
    }

    /// Returns the link to the file as it was sent, which is good for an hour.
    pub fn original_file(&self) -> Option<&str> {
        match self {
            Self::Main(document) => document.original_file.as_deref(),
            Self::Extra(attachment) => attachment.original_file.as_deref(),
        }
    }

    /// Returns the link to the file with its signatures, which is good for an hour; `None` until somebody has signed.
    pub fn signed_file(&self) -> Option<&str> {
        match self {
            Self::Main(document) => document.signed_file.as_deref(),
            Self::Extra(attachment) => attachment.signed_file.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_is_told_from_its_document() {
        let detail = |json| serde_json::from_value::<DocumentDetail>(json).expect("one of the alternatives");
        let document = detail(serde_json::json!({
            "token": "doc-1", "name": "Lease", "status": "pending", "signed_file": "https://files.example/1",
        }));
        assert_eq!((document.token().as_str(), document.signed_file()), ("doc-1", Some("https://files.example/1")));
        assert!(document.as_document().is_some_and(|document| document.status.is_pending()));
        assert!(document.as_extra_document().is_none());

        let attachment = detail(serde_json::json!({
            "token": "doc-2", "name": "Rules", "parent_doc_token": "doc-1", "original_file": "https://files.example/2",
        }));
        assert_eq!(
            (attachment.token().as_str(), attachment.original_file()),
            ("doc-2", Some("https://files.example/2"))
        );
        assert!(attachment.as_extra_document().is_some_and(|extra| extra.parent_doc_token == "doc-1"));
        assert!(attachment.as_document().is_none());
    }
}
