//! Filter of requests and deliveries.

use crate::delivery::{Delivery, DeliveryOutcome};
use crate::faults::Fault;
use crate::request_journal::RecordedRequest;

/// Filter as a query has it. A part that is absent or empty lets all pass.
pub(super) struct WrittenFilter {
    pub(super) vendor: Option<String>,
    pub(super) operation: Option<String>,
    pub(super) status: Option<String>,
    pub(super) text: Option<String>,
}

/// Filter of requests and deliveries, all parts of which have to fit.
pub(super) struct RowFilter {
    vendor: Option<String>,
    /// Text in the id of the operation, or in the name of the event, in lower case.
    operation: Option<String>,
    status: Option<StatusFilter>,
    /// Text in the method and path or in the URL, in lower case.
    text: Option<String>,
}

/// Choice of statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StatusFilter {
    /// Those with this first digit.
    Class(u16),
    One(u16),
    /// Requests that a fault met, that the client gave up, or that have an answer of 4xx or 5xx, and deliveries that did not arrive.
    Failed,
}

impl WrittenFilter {
    /// Returns the filter.
    ///
    /// # Errors
    ///
    /// Returns a message if there is no such status.
    pub(super) fn parse(self) -> Result<RowFilter, String> {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let lower = |text| some(text).map(|text| text.to_lowercase());
        let status = some(self.status).map(|status| StatusFilter::parse(&status)).transpose()?;
        Ok(RowFilter { vendor: some(self.vendor), operation: lower(self.operation), status, text: lower(self.text) })
    }
}

impl RowFilter {
    /// Returns `true` if a request passes.
    pub(super) fn passes_request(&self, request: &RecordedRequest) -> bool {
        let text = || format!("{} {}", request.method, request.uri);
        let status = request.client_status();
        let failed = || {
            request.cancelled
                || request.fault.as_ref().is_some_and(Fault::changes_response)
                || status.is_some_and(|status| status >= 400)
        };
        is_or_any(&self.vendor, request.vendor.unwrap_or_default())
            && within_or_any(&self.operation, request.operation.as_deref().unwrap_or_default())
            && self.status.is_none_or(|filter| filter.passes(status, failed))
            && self.has_text(text)
    }

    /// Returns `true` if a delivery passes.
    pub(super) fn passes_delivery(&self, delivery: &Delivery) -> bool {
        let failed = || !delivery.is_delivered() && !delivery.attempts.is_empty();
        self.passes_but_for_status(delivery)
            && self.status.is_none_or(|filter| filter.passes(answered(delivery.outcome()), failed))
    }

    /// Returns `true` if a delivery passes, or may have passed after an earlier attempt: a reader that was told of it then is
    /// told what became of it.
    pub(super) fn has_passed_delivery(&self, delivery: &Delivery) -> bool {
        self.passes_but_for_status(delivery)
            && self.status.is_none_or(|filter| {
                let mut attempts = delivery.attempts.iter();
                attempts
                    .any(|attempt| filter.passes(answered(Some(attempt.outcome)), || !delivery.succeeded_by(attempt)))
            })
    }

    fn passes_but_for_status(&self, delivery: &Delivery) -> bool {
        is_or_any(&self.vendor, &delivery.vendor)
            && within_or_any(&self.operation, &delivery.event)
            && self.has_text(|| delivery.url.clone())
    }

    fn has_text(&self, of: impl FnOnce() -> String) -> bool {
        self.text.as_ref().is_none_or(|text| of().to_lowercase().contains(text))
    }
}

fn is_or_any(only: &Option<String>, name: &str) -> bool {
    only.as_ref().is_none_or(|only| only == name)
}

fn within_or_any(part: &Option<String>, name: &str) -> bool {
    part.as_ref().is_none_or(|part| name.to_lowercase().contains(part.as_str()))
}

fn answered(outcome: Option<DeliveryOutcome>) -> Option<u16> {
    match outcome {
        Some(DeliveryOutcome::Answered(status)) => Some(status),
        _ => None,
    }
}

impl StatusFilter {
    fn parse(text: &str) -> Result<Self, String> {
        let class =
            text.strip_suffix("xx").and_then(|digit| digit.parse().ok()).filter(|digit| (1..=5).contains(digit));
        let one = || text.parse().ok().filter(|status| (100..=599).contains(status));
        match (text, class) {
            ("failed", _) => Ok(Self::Failed),
            (_, Some(class)) => Ok(Self::Class(class)),
            _ => one().map(Self::One).ok_or_else(|| {
                format!("there is no status `{text}`: write a class such as `4xx`, a number such as `404`, or `failed`")
            }),
        }
    }

    fn passes(self, status: Option<u16>, failed: impl FnOnce() -> bool) -> bool {
        match self {
            Self::Class(class) => status.is_some_and(|status| status / 100 == class),
            Self::One(one) => status == Some(one),
            Self::Failed => failed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_a_class_a_number_or_failed() {
        for (text, status) in
            [("4xx", StatusFilter::Class(4)), ("404", StatusFilter::One(404)), ("failed", StatusFilter::Failed)]
        {
            assert_eq!(StatusFilter::parse(text), Ok(status));
        }
        for text in ["xx", "6xx", "44xx", "99", "600", "ok", "-1"] {
            assert!(StatusFilter::parse(text).is_err(), "{text}");
        }
    }
}
