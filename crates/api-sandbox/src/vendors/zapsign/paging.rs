//! Paging of lists by page number.

use form_urlencoded::Serializer;
use serde_json::{Value, json};

use crate::spec::{ParameterLocation, Reply};
use crate::vendors::vendor::{HandlerContext, ValidRequest};

/// Returns the requested page; one after the last is empty. The closure returns the JSON of an item on the page.
pub(crate) fn page<T>(
    items: &[T],
    row: impl Fn(&T) -> Value,
    length: usize,
    path: &str,
    request: &ValidRequest<'_>,
    context: &HandlerContext<'_>,
) -> Reply {
    let requested =
        request.parameters.query("page").and_then(Value::as_u64).and_then(|page| usize::try_from(page).ok());
    let page = requested.unwrap_or(1).max(1);
    let path = &format!("{}{path}", context.url);
    let last = items.len().div_ceil(length).max(1);
    let start = (page - 1).saturating_mul(length);
    Reply::ok(&json!({
        "count": items.len(),
        "next": (page < last).then(|| page_url(path, page + 1, request)),
        "previous": (page > 1).then(|| page_url(path, (page - 1).min(last), request)),
        "results": items.iter().skip(start).take(length).map(row).collect::<Vec<_>>(),
    }))
}

/// Returns the URL of another page of the same query.
fn page_url(path: &str, page: usize, request: &ValidRequest<'_>) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("page", &page.to_string());
    for parameter in
        request.operation.parameters.iter().filter(|parameter| parameter.location == ParameterLocation::Query)
    {
        match request.parameters.query(&parameter.name) {
            Some(_) | None if parameter.name == "page" => {}
            Some(Value::String(text)) => {
                query.append_pair(&parameter.name, text);
            }
            Some(value) => {
                query.append_pair(&parameter.name, &value.to_string());
            }
            None => {}
        }
    }
    format!("{path}?{}", query.finish())
}
