//! Pages of a list: `--all`.

use api_runtime::{Page, PageCheck, RawRequest};
use serde_json::Value;

use super::client::ApiClient;
use super::failures;
use super::vendor_error::VendorError;
use crate::command::shell_quoted;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::{Answer, Printer};
use crate::request::RequestDraft;
use crate::spec::{OperationSpec, PageStyle, Pagination};

/// Gets every page of a list from the one that the request asks for, and prints their items.
///
/// # Errors
///
/// The failure of a page. The items before it are printed, and the failure tells how to go on.
pub(crate) async fn print_all(
    client: &ApiClient,
    operation: &OperationSpec,
    draft: RequestDraft,
    printer: &mut Printer<'_>,
) -> Result<(), Failure> {
    let not_paged = || Failure::usage("--all: the operation answers with no pages");
    let pagination = operation.pagination.as_ref().ok_or_else(not_paged)?;
    let pages = Pages { pagination, draft, check: PageCheck::default() };
    match client {
        ApiClient::Dialog360(client) => pages.print(|| client.operation(operation.row), printer).await,
        ApiClient::ZapSign(client) => pages.print(|| client.operation(operation.row), printer).await,
    }
}

/// Returns `true` if an answer is a page of a list, and others come after it.
pub(crate) fn is_followed(operation: &OperationSpec, draft: RequestDraft, answer: &Answer) -> bool {
    let Some((pagination, body)) = operation.pagination.as_ref().zip(answer.json()) else { return false };
    let Some(items) = body.pointer(pagination.items).and_then(Value::as_array) else { return false };
    let pages = Pages { pagination, draft, check: PageCheck::default() };
    pages.page(&body, items.clone()).is_ok_and(|page| page.next_cursor.is_some())
}

/// Pages of one list.
struct Pages<'p> {
    pagination: &'p Pagination,
    /// Request of the next page.
    draft: RequestDraft,
    check: PageCheck,
}

impl Pages<'_> {
    async fn print<'c, E: VendorError>(
        mut self,
        request: impl Fn() -> RawRequest<'c, E>,
        printer: &mut Printer<'_>,
    ) -> Result<(), Failure> {
        let (mut pages, mut printed) = (0, 0);
        loop {
            let page = match self.get(request()).await {
                Ok(page) => page,
                Err(failure) if pages == 0 => return Err(failure),
                Err(failure) => {
                    // The output so far is whole. The failure of the page counts, and not that of a reader that is gone.
                    let _ = printer.end();
                    let (parameter, next) =
                        (self.pagination.parameter, self.draft.query_value(self.pagination.parameter));
                    // The cursor is the vendor's text, and somebody may paste it into a shell.
                    let option = format!("--{}={}", parameter.replace('_', "-"), next.unwrap_or_default());
                    let option = shell_quoted(&option);
                    let failure = failure.and(&format!("{printed} items came before it; {option} goes on behind them"));
                    return Err(failure.with("items_printed", printed).with("go_on_with", option));
                }
            };
            let (Page { items, next_cursor: next }, status) = page;
            pages += 1;
            printed += items.len();
            printer.items(items, status)?;
            match next {
                Some(next) => self.draft.set_query_value(self.pagination.parameter, next),
                None => return printer.end(),
            }
        }
    }

    /// Gets the next page, and the cursor of the one after it.
    async fn get<E: VendorError>(&mut self, request: RawRequest<'_, E>) -> Result<(Page<String, Value>, u16), Failure> {
        let response = self.draft.fill_in(request).send().await.map_err(failures::of_call)?;
        let status = response.status().as_u16();
        let body = self.check.take::<_, E>(response).map_err(failures::of_call)?;
        let not_understood = |cause: String| Failure::new(ExitCode::NotUnderstood, format!("the page has {cause}"));
        let mut body: Value = body.decode().map_err(|error| not_understood(format!("no JSON: {error}")))?;
        let Some(Value::Array(items)) = body.pointer_mut(self.pagination.items).map(Value::take) else {
            return Err(not_understood(format!("no list at {}", self.pagination.items)));
        };
        Ok((self.page(&body, items)?, status))
    }

    /// Returns a page with the cursor of the next one, as a text.
    fn page(&self, body: &Value, items: Vec<Value>) -> Result<Page<String, Value>, Failure> {
        let parameter = self.pagination.parameter;
        let at = self.draft.query_value(parameter);
        let no_number = || Failure::usage(format!("--{parameter}: --all begins with a number"));
        let text = |pointer: &str| match body.pointer(pointer) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
            Some(other) => Some(other.to_string()),
        };
        Ok(match self.pagination.style {
            PageStyle::Number { next } => {
                let page = at.map_or(Ok(1), str::parse).map_err(|_| no_number())?;
                with_text(Page::by_number(items, page, text(next).is_some()), |next| Some(next.to_string()))
            }
            PageStyle::Offset { total } => {
                let offset = at.map_or(Ok(0), str::parse).map_err(|_| no_number())?;
                let total = body.pointer(total).and_then(Value::as_u64);
                with_text(Page::by_offset(items, offset, total), |next| Some(next.to_string()))
            }
            PageStyle::Cursor { next } => {
                with_text(Page::by_cursor(items, at.map(str::to_owned), text(next)), |next| next)
            }
            PageStyle::Link { next } => {
                let address = text(next);
                with_text(Page::by_link(items, at.map(str::to_owned), address.as_deref(), parameter), |next| next)
            }
        })
    }
}

fn with_text<C>(page: Page<C, Value>, text: impl FnOnce(C) -> Option<String>) -> Page<String, Value> {
    Page { items: page.items, next_cursor: page.next_cursor.and_then(text) }
}
