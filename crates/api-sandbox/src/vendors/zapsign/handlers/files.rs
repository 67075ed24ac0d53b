//! Files that were signed elsewhere.

use crate::spec::{Rejection, Reply};
use crate::vendors::zapsign::error_response::documented;
use crate::vendors::{Call, Desk};

/// Only a file that is no PDF is known to be none; every other one is taken for signed.
pub(crate) fn validate(call: &Call<'_>, desk: &Desk<'_>) -> Result<Reply, Rejection> {
    if !call.parameters.text("file").is_some_and(|file| file.starts_with("%PDF")) {
        return Ok(documented(call, 400));
    }
    Ok(desk.example(call.operation))
}
