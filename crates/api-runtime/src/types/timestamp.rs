use std::fmt;
#[cfg(feature = "system-time")]
use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Point in time, in the vendor's own text.
///
/// The vendors write several forms: `T` or a space, `Z` or an offset, six to nine digits of a second. The text is kept
/// unchanged, so an unknown form loses nothing; `to_system_time` (feature `system-time`) parses it.
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
        f.write_str("Timestamp(..)")
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

#[cfg(feature = "system-time")]
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(jiff::Timestamp::try_from(time).map_or_else(|_| String::new(), |at| at.to_string()))
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

#[cfg(all(test, feature = "system-time"))]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

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
    fn a_system_time_is_written_in_utc() {
        let time = UNIX_EPOCH + Duration::from_secs(1_732_729_472);
        assert_eq!(Timestamp::from(time).as_str(), "2024-11-27T17:44:32Z");
    }
}
