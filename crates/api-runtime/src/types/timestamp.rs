use std::fmt;
#[cfg(feature = "system-time")]
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Point in time, in the vendor's own text.
///
/// The vendors write several forms: `T` or a space, `Z` or an offset, six to nine digits of a second. The text is kept
/// unchanged, so an unknown form loses nothing; `to_system_time` (feature `system-time`) parses it.
///
/// One that is made of a [`SystemTime`](std::time::SystemTime), as by `in_days`, is in UTC with six digits of a second:
/// `2026-04-30T23:59:59.000000Z`. `Debug` shows a text only if it begins with a date and has no other letters than `T`
/// and `Z`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Timestamp(String);

impl Timestamp {
    /// Creates a timestamp from text, which is sent unchanged and not validated.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the date at the beginning of the text, `YYYY-MM-DD`, for a field that takes no time of day; `None` if
    /// there is none.
    pub fn date(&self) -> Option<&str> {
        let date = self.0.get(..10)?;
        let is_date = date.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        is_date.then_some(date)
    }

    /// Creates the point in time that is so many days of 24 hours from now: a deadline. One that a year of four digits
    /// can't have becomes the last that it can.
    #[cfg(feature = "system-time")]
    pub fn in_days(days: u32) -> Self {
        Self::days_after(SystemTime::now(), days)
    }

    #[cfg(feature = "system-time")]
    fn days_after(start: SystemTime, days: u32) -> Self {
        let days = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
        start.checked_add(days).map_or_else(|| Self::of(jiff::Timestamp::MAX), Self::from)
    }

    #[cfg(feature = "system-time")]
    fn of(at: jiff::Timestamp) -> Self {
        Self(format!("{at:.6}"))
    }

    /// Parses the text; `None` if its form is not supported or it has no offset. Date and time libraries convert from
    /// [`SystemTime`].
    #[cfg(feature = "system-time")]
    pub fn to_system_time(&self) -> Option<SystemTime> {
        self.0.parse::<jiff::Timestamp>().ok().map(SystemTime::from)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_time = |byte: u8| byte.is_ascii_digit() || b"-+:. TZ".contains(&byte);
        match self.date() {
            Some(_) if self.0.bytes().all(is_time) => f.debug_tuple("Timestamp").field(&self.0).finish(),
            _ => f.write_str("Timestamp(..)"),
        }
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&String> for Timestamp {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

impl From<&Self> for Timestamp {
    fn from(time: &Self) -> Self {
        time.clone()
    }
}

/// Text for a field that takes several forms, of which a point in time is one.
impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

impl From<&Timestamp> for String {
    fn from(time: &Timestamp) -> Self {
        time.0.clone()
    }
}

impl AsRef<str> for Timestamp {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

api_runtime::__equals_text!(Timestamp);

#[cfg(feature = "system-time")]
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let nearest = if time < SystemTime::UNIX_EPOCH { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        Self::of(jiff::Timestamp::try_from(time).unwrap_or(nearest))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod text_tests {
    use super::*;

    #[test]
    fn shows_a_time_and_nothing_else() {
        for shown in ["2026-02-03T04:05:06.789012Z", "2026-02-03 04:05:06+00:00", "2026-02-03"] {
            assert_eq!(format!("{:?}", Timestamp::from(shown)), format!("Timestamp({shown:?})"));
        }
        for hidden in ["", "Ana Prado", "+55 11 90000-0001", "2026-02-03 ana@acme.example", "2026-02-3"] {
            assert_eq!(format!("{:?}", Timestamp::from(hidden)), "Timestamp(..)", "{hidden}");
        }
    }

    #[test]
    fn the_date_is_that_of_the_text() {
        for (text, date) in [
            ("2026-02-03T04:05:06Z", Some("2026-02-03")),
            ("2026-02-03", Some("2026-02-03")),
            ("03/02/2026 04:05", None),
            ("2026-02-3é", None),
            ("", None),
        ] {
            assert_eq!(Timestamp::from(text).date(), date, "{text}");
        }
    }
}

#[cfg(all(test, feature = "system-time"))]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    #[test]
    fn reads_every_form_that_the_vendors_write() {
        let expected = UNIX_EPOCH + Duration::new(1_732_729_472, 117_577_000);
        for text in [
            "2024-11-27T17:44:32.117577Z",
            "2024-11-27 17:44:32.117577+00:00",
            "2024-11-27T17:44:32.117577000Z",
            "2024-11-27T17:44:32.117577+0000",
            "2024-11-27T14:44:32.117577-03:00",
        ] {
            assert_eq!(Timestamp::from(text).to_system_time(), Some(expected), "{text}");
        }
    }

    #[test]
    fn keeps_a_form_that_it_does_not_know() {
        let odd: Timestamp = serde_json::from_str(r#""27/11/2024""#).expect("a JSON string");
        assert_eq!(odd.to_system_time(), None);
        assert_eq!(serde_json::to_string(&odd).expect("encodes"), r#""27/11/2024""#);
    }

    #[test]
    fn a_system_time_is_written_in_utc_with_six_digits_of_a_second() {
        let time = UNIX_EPOCH + Duration::new(1_732_729_472, 117_577_999);
        assert_eq!(Timestamp::from(time), "2024-11-27T17:44:32.117577Z");
        let whole = UNIX_EPOCH + Duration::from_secs(1_732_729_472);
        assert_eq!(Timestamp::from(whole), "2024-11-27T17:44:32.000000Z");
        assert_eq!(String::from(Timestamp::from(whole)), "2024-11-27T17:44:32.000000Z");
    }

    #[test]
    fn a_deadline_is_days_from_now_and_has_a_year_of_four_digits() {
        let now = UNIX_EPOCH + Duration::from_secs(1_732_729_472);
        assert_eq!(Timestamp::days_after(now, 7), "2024-12-04T17:44:32.000000Z");
        let last = Timestamp::days_after(now, u32::MAX);
        assert_eq!(last.date(), Some("9999-12-30"));
        assert!(last.to_system_time() > Timestamp::in_days(7).to_system_time());
    }
}
