//! Paging of lists by `filters`, `sort`, `limit` and `offset`.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use crate::spec::{ParameterLocation, Parameters, Rejection, Reply, Violation};

/// Page size if the request sets no `limit`.
const DEFAULT_LIMIT: i64 = 1000;

/// Returns the requested page, with its items under the key `collection`.
pub(super) fn page(items: &[Value], collection: &str, parameters: &Parameters) -> Result<Reply, Rejection> {
    let (mut page, items) = select_page(items, parameters)?;
    page[collection] = items.into_iter().cloned().collect();
    Ok(Reply::ok(&page))
}

/// Returns the page of an empty list whose key for items is not known.
pub(super) fn empty_page(parameters: &Parameters) -> Result<Reply, Rejection> {
    select_page(&[], parameters).map(|(page, _)| Reply::ok(&page))
}

/// Returns the counts and settings of the requested page, and its items.
fn select_page<'i>(items: &'i [Value], parameters: &Parameters) -> Result<(Value, Vec<&'i Value>), Rejection> {
    let limit = non_negative(parameters, "limit", DEFAULT_LIMIT)?;
    let offset = non_negative(parameters, "offset", 0)?;
    let filters = parameters.query("filters").cloned().unwrap_or_else(|| json!({}));
    let sort = parameters.query("sort").and_then(Value::as_str);
    let mut matching: Vec<&Value> = items.iter().filter(|item| matches_filters(item, &filters)).collect();
    if let Some(sort) = sort {
        let (field, descending) = sort.strip_prefix('-').map_or((sort, false), |field| (field, true));
        matching.sort_by(|one, other| {
            let order = compare(field_at(one, field), field_at(other, field));
            if descending { order.reverse() } else { order }
        });
    }
    let total = matching.len();
    let page: Vec<&Value> = matching.into_iter().skip(offset).take(limit).collect();
    let envelope = json!({
        "count": page.len(),
        "total": total,
        "limit": limit,
        "offset": offset,
        "sort": sort.into_iter().collect::<Vec<_>>(),
        "filters": filters,
    });
    Ok((envelope, page))
}

/// Returns a parameter as a number that is not negative.
fn non_negative(parameters: &Parameters, name: &str, default: i64) -> Result<usize, Rejection> {
    let number = parameters.query(name).and_then(Value::as_i64).unwrap_or(default);
    usize::try_from(number).map_err(|_| {
        let message = "Must be greater than or equal to 0.".to_owned();
        Rejection::Invalid(vec![Violation { location: ParameterLocation::Query, field: name.to_owned(), message }])
    })
}

/// Returns `true` if the item has the value of every filter. The filter `q` searches the whole item.
fn matches_filters(item: &Value, filters: &Value) -> bool {
    let none = Map::new();
    filters.as_object().unwrap_or(&none).iter().all(|(field, expected)| match field.as_str() {
        "q" => item.to_string().to_lowercase().contains(&expected.as_str().unwrap_or_default().to_lowercase()),
        field => field_at(item, field).unwrap_or(&Value::Null) == expected,
    })
}

/// Returns the value at a path with dots. Templates are filtered by `business_templates.name`, a field that the listed items
/// have at the top.
fn field_at<'v>(item: &'v Value, field: &str) -> Option<&'v Value> {
    let field = field.strip_prefix("business_templates.").unwrap_or(field);
    field.split('.').try_fold(item, |value, name| value.get(name))
}

/// Orders numbers by value and everything else by its text.
fn compare(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    match (one, other) {
        (Some(Value::Number(one)), Some(Value::Number(other))) => {
            one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal)
        }
        (one, other) => {
            let text =
                |value: Option<&Value>| value.map(|value| value.as_str().map_or(value.to_string(), ToOwned::to_owned));
            text(one).cmp(&text(other))
        }
    }
}
