//! Handler of the validation of signed files.

use crate::spec::{Rejection, Reply};
use crate::vendors::vendor::{HandlerContext, ValidRequest};
use crate::vendors::zapsign::error_response::documented_response;

/// Rejects a file that is not a PDF, and takes every PDF for signed.
pub(crate) fn validate_pdf_signature(
    request: &ValidRequest<'_>,
    context: &HandlerContext<'_>,
) -> Result<Reply, Rejection> {
    if !request.parameters.text("file").is_some_and(|file| file.starts_with("%PDF")) {
        return Ok(documented_response(request, 400));
    }
    Ok(context.example(request.operation))
}
