//! Durations of the command line.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// Parses a duration such as `90s`, `1h30m` or `3d`. A day has 24 hours.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let span = text.parse::<Span>().ok().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let duration = span.and_then(|span| Duration::try_from(span).ok());
    duration.ok_or_else(|| "the value is no time ahead; write it with a unit, as `90s`, `1h30m` or `3d`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit_and_goes_ahead() {
        for (text, seconds) in
            [("90s", 90), ("1h30m", 5400), ("3d", 259_200), ("7d 6h", 626_400), ("PT5M", 300), ("1w", 604_800)]
        {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "5", "3x", "-3d", "1mo", "2y", "d", "soon"] {
            let message = parse(text).expect_err(text);
            assert!(message.contains("with a unit, as `90s`"), "{message}");
        }
    }
}
