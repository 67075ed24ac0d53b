//! Requests that are shown and not sent: `--dry-run` and `--curl`.

use std::io::Write;

use super::client::ApiClient;
use super::{curl, preview};
use crate::command::SharedOptions;
use crate::failure::Failure;
use crate::request::RequestDraft;
use crate::spec::OperationSpec;

/// Prints a request, without the credential. `is_bearer` is `true` if that is an access token.
pub(crate) fn print(
    client: &ApiClient,
    operation: &OperationSpec,
    draft: &RequestDraft,
    options: &SharedOptions,
    is_bearer: bool,
    stdout: &mut dyn Write,
) -> Result<(), Failure> {
    let request = client.preview(operation.row, draft)?;
    if options.curl {
        writeln!(stdout, "{}", curl::command(&request, operation, draft, is_bearer))?;
    } else {
        writeln!(stdout, "{:#}", preview::to_json(&request, operation, draft, is_bearer))?;
    }
    Ok(())
}
