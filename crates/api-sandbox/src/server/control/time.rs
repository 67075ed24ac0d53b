//! Times in answers of control endpoints.

use std::time::SystemTime;

use jiff::Timestamp;

/// Formats a time in UTC. Returns `None` for one that has no year of four digits.
pub(super) fn format_time(time: SystemTime) -> Option<String> {
    Timestamp::try_from(time).ok().map(|time| time.to_string())
}
