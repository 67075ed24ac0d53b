use api_runtime::FileSource;

use crate::operations::GET_AUDIT_LOG;
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

    /// Downloads the audit log of a document as a PDF file. [`Client::get_audit_log`] gives it as data.
    ///
    /// `GET /api/v1/docs/signer-log/{doc_token}?download_pdf=true`, documented in the vendor's prose
    /// ([page](https://docs.zapsign.com.br/documentos/historico-de-atividades-do-documento)). The file is the answer of the API
    /// itself, so it is asked for with the credential, as any call is, and is at most the client's `max_response_bytes`. An
    /// account whose plan leaves it out gets [`DownloadError::Call`](crate::DownloadError::Call) with 403.
    pub fn download_audit_log(&self, doc_token: &DocumentToken) -> Download {
        let (pipeline, doc_token) = (self.pipeline.clone(), doc_token.clone());
        Download::new(&self.pipeline, move || {
            let (pipeline, doc_token) = (pipeline.clone(), doc_token.clone());
            async move {
                let mut call = pipeline.request(&GET_AUDIT_LOG);
                call.path("doc_token", doc_token.as_ref()).query("download_pdf", Some(&true));
                Ok(Some(FileSource::Body(pipeline.send::<ApiError>(&mut call).await?.raw()?)))
            }
        })
    }

    fn download(&self, doc_token: &DocumentToken, link: fn(&DocumentDetail) -> Option<&str>) -> Download {
        let (client, doc_token) = (self.clone(), doc_token.clone());
        let find_file = move || {
            let (client, doc_token) = (client.clone(), doc_token.clone());
            async move {
                let detail = client.get_document().doc_token(&doc_token).send().await?;
                Ok(link(&detail).map(|link| FileSource::Link(link.to_owned())))
            }
        };
        Download::new(&self.pipeline, find_file).allow_host(STORE)
    }
}
