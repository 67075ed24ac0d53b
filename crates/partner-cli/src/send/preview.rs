//! Requests that are shown and not sent: `--dry-run` and `--curl`.

use std::io::Write;

use crate::command::SharedOptions;
use crate::failure::Failure;
use crate::request::RequestDraft;
use crate::send::ApiClient;
use crate::spec::OperationSpec;

/// Prints a request, without the credential.
pub(crate) fn print(
    client: &ApiClient,
    operation: &OperationSpec,
    draft: &RequestDraft,
    _options: &SharedOptions,
    stdout: &mut dyn Write,
) -> Result<(), Failure> {
    let preview = client.preview(operation.row, draft)?;
    writeln!(stdout, "{} {}", preview.method, preview.url)?;
    Ok(())
}
