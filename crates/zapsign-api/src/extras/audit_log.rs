use api_runtime::{RawBody, Response};

use crate::operations::GET_AUDIT_LOG;
use crate::types::DocumentToken;
use crate::{ApiError, Client, Error};

impl Client {
    /// The audit log of a document as a PDF file. [`Client::get_audit_log`] gives it as data.
    ///
    /// `GET /api/v1/docs/signer-log/{doc_token}?download_pdf=true`, documented in the vendor's prose
    /// ([page](https://docs.zapsign.com.br/documentos/historico-de-atividades-do-documento)).
    ///
    /// # Errors
    ///
    /// Every case of [`Error`]; [`Error::Decode`] if the file is larger than the client accepts.
    pub async fn download_audit_log(&self, doc_token: &DocumentToken) -> Result<Response<RawBody>, Error> {
        let mut call = self.pipeline.request(&GET_AUDIT_LOG);
        call.path("doc_token", doc_token.as_ref()).query("download_pdf", Some(&true));
        self.pipeline.send::<ApiError>(&mut call).await?.raw()
    }
}
