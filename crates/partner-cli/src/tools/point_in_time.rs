//! Points in time of the command line.

use jiff::Timestamp;

/// Parses a point in time such as `2026-12-01T12:00:00-03:00`.
pub(super) fn parse(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        "no point in time: write it with its offset, as `2026-12-01T12:00:00-03:00` or `2026-12-01T15:00:00Z`"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_in_time_has_an_offset() {
        let expected = parse("2026-12-01T15:00:00Z");
        assert!(expected.is_ok());
        assert_eq!(parse("2026-12-01T12:00:00-03:00"), expected);
        for text in ["", "2026-12-01", "2026-12-01T12:00:00", "12:00", "tomorrow"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
