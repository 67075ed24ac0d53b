use api_runtime::{__canonical_json, DedupeKey};

use crate::generated::webhooks::Event;

/// Vendor that a key is of.
const VENDOR: &str = "360dialog";
/// Version of the fields that make a key. Another one makes other keys of all events.
const VERSION: u32 = 1;

impl Event {
    /// Returns the key by which an inbox knows that it has the event: its name and [`id`](Self::id), or else its JSON
    /// [text](Self::text);
    /// [the documentation of the module](super#an-inbox) tells what is one event and what is two.
    ///
    /// ```
    /// use dialog360_api::webhooks::Event;
    ///
    /// let live = Event::from_slice(br#"{"id":"e1","event":"channel_live","data":{"id":"aaCH"}}"#)?;
    /// let again = Event::from_slice(br#"{"event":"channel_live","id":"e1","data":{"id":"aaCH","status":"running"}}"#)?;
    /// let other = Event::from_slice(br#"{"id":"e2","event":"channel_live","data":{"id":"aaCH"}}"#)?;
    /// assert_eq!(live.dedupe_key(), again.dedupe_key());
    /// assert_ne!(live.dedupe_key(), other.dedupe_key());
    /// # Ok::<(), dialog360_api::webhooks::InvalidEvent>(())
    /// ```
    pub fn dedupe_key(&self) -> DedupeKey {
        // A body without an event's name may be another API's, where an id is not that of the delivery.
        let id = self.id().filter(|id| self.name().is_some() && !id.is_empty());
        let body = id.is_none().then(|| __canonical_json(self.text(), |text| text.into()));
        DedupeKey::__new(VENDOR, VERSION, [self.name(), id, body.as_deref()])
    }
}
