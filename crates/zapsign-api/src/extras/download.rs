use crate::types::{DocumentDetail, DocumentToken};
use crate::{ApiError, Client, Download};

/// Host of ZapSign's files: every link that was recorded leads there.
const STORE: &str = "zapsign.s3.amazonaws.com";

impl Client {
    /// Downloads the signed file of a document or of an attachment, each by its own token.
    ///
    /// ZapSign tells the link in `get_document`, under that call's rate limit, and it is good for an hour: this asks for it, and
    /// once more if it has expired. The file comes from ZapSign's store at `zapsign.s3.amazonaws.com`; links to another host are
    /// refused unless [`allow_host`](Download::allow_host) allows it. [`Download`] has the rules.
    ///
    /// There is a signed file from the first signature on. While the document is pending, it has the signatures so far, and after
    /// a cancel it has a watermark: look at `status` of the document, or wait for the end with `Client::wait_for`. Before the first
    /// signature the download is [`DownloadError::NotThere`](crate::DownloadError::NotThere).
    ///
    /// ```no_run
    /// # async fn example(client: zapsign_api::Client, token: zapsign_api::types::DocumentToken) -> Result<(), zapsign_api::DownloadError> {
    /// let file = client.download_signed_file(&token).max_bytes(50_000_000).to_file("lease.pdf").await?;
    /// println!("{} bytes", file.bytes);
    /// # Ok(())
    /// # }
    /// ```
    pub fn download_signed_file(&self, doc_token: &DocumentToken) -> Download {
        self.download(doc_token, DocumentDetail::signed_file)
    }

    /// Downloads the file of a document or of an attachment as it was before anybody signed, as
    /// [`download_signed_file`](Self::download_signed_file) does the signed one.
    pub fn download_original_file(&self, doc_token: &DocumentToken) -> Download {
        self.download(doc_token, DocumentDetail::original_file)
    }

    fn download(&self, doc_token: &DocumentToken, link: fn(&DocumentDetail) -> Option<&str>) -> Download {
        let (client, doc_token) = (self.clone(), doc_token.clone());
        let read_link = move || {
            let (client, doc_token) = (client.clone(), doc_token.clone());
            async move {
                let detail = client.get_document().doc_token(&doc_token).send().await?;
                Ok(link(&detail).map(ToOwned::to_owned))
            }
        };
        api_runtime::Download::<ApiError>::new(&self.pipeline, read_link).allow_host(STORE)
    }
}
