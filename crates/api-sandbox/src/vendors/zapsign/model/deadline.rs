//! Deadlines of documents.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Days before a deadline on which an alert is emitted.
const ALERT_DAYS: [i64; 3] = [7, 3, 1];

/// Parses the deadline of a request. That of a date is at the end of the day in UTC, at the second of the vendor's events.
pub(crate) fn parse(body: &Value) -> Option<Timestamp> {
    let text = body["date_limit_to_sign"].as_str()?;
    let end_of_day = |date: Date| format!("{date}T23:59:59.000999Z").parse().ok();
    text.parse().ok().or_else(|| text.parse().ok().and_then(end_of_day))
}

/// Returns the times of the alerts, the earliest first.
pub(crate) fn alerts(deadline: Timestamp) -> impl Iterator<Item = Timestamp> {
    ALERT_DAYS.into_iter().filter_map(move |days| deadline.checked_sub(SignedDuration::from_hours(24 * days)).ok())
}

/// Formats a deadline as `expiration_date` of the vendor's events.
pub(crate) fn format(deadline: Timestamp) -> String {
    deadline.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_date_ends_with_its_day() {
        let parsed = |text: &str| parse(&json!({"date_limit_to_sign": text})).map(format);
        assert_eq!(parsed("2026-02-28").as_deref(), Some("2026-02-28T23:59:59.000999+00:00"));
        for text in ["2026-02-28T12:30:00.5Z", "2026-02-28T09:30:00.500-03:00"] {
            assert_eq!(parsed(text).as_deref(), Some("2026-02-28T12:30:00.500000+00:00"), "{text}");
        }
        assert_eq!(parsed(""), None);
        assert_eq!(parse(&json!({"date_limit_to_sign": null})), None);
    }
}
