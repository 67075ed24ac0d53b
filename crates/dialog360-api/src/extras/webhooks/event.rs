use crate::generated::webhooks::Event;
use crate::types::{Channel, ChannelId, ClientId};

impl Event {
    /// Returns the channel that the event is about, often only a part of it; `None` if the event is about something else,
    /// or comes without data.
    pub fn channel(&self) -> Option<&Channel> {
        match self {
            Self::ChannelCreated(event)
            | Self::ChannelSubmitted(event)
            | Self::ChannelReady(event)
            | Self::ChannelRunning(event)
            | Self::ChannelLive(event)
            | Self::ChannelPermissionGranted(event) => event.data.as_ref(),
            Self::CancellationRequest(event) | Self::CancellationRevoke(event) | Self::CancellationProcessed(event) => {
                event.data.as_ref()
            }
            _ => None,
        }
    }

    /// Returns the id of the channel that the event is about, if it names one.
    pub fn channel_id(&self) -> Option<&ChannelId> {
        match self {
            Self::PhoneNumberQualityChanged(event) => event.data.as_ref()?.id.as_ref(),
            _ => self.channel()?.id.as_ref(),
        }
    }

    /// Returns the id of the client that the event is about, or whose channel it is about, if it names one.
    pub fn client_id(&self) -> Option<&ClientId> {
        match self {
            Self::ClientCreated(event) => event.data.as_ref()?.client.as_ref()?.id.as_ref(),
            _ => {
                let channel = self.channel()?;
                channel.client_id.as_ref().or_else(|| channel.client.as_ref()?.id.as_ref())
            }
        }
    }

    /// Returns the id of a channel that can be used from now on, and for which an API key can be created:
    /// `channel_running`, `channel_live`, and any other event of [`ChannelEvent`](crate::types::ChannelEvent) whose
    /// channel [is usable](Channel::is_usable).
    ///
    /// One channel gives several such events, and each may come twice. Each key revokes the one before, so create one only
    /// if none was created for that channel yet.
    pub fn usable_channel(&self) -> Option<&ChannelId> {
        let usable = match self {
            Self::ChannelRunning(_) | Self::ChannelLive(_) => true,
            Self::ChannelCreated(_)
            | Self::ChannelSubmitted(_)
            | Self::ChannelReady(_)
            | Self::ChannelPermissionGranted(_) => self.channel()?.is_usable(),
            _ => false,
        };
        self.channel_id().filter(|_| usable)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(name: &str, data: &Value) -> Event {
        Event::from_slice(json!({"id": "e1", "event": name, "data": data}).to_string().as_bytes()).expect("an event")
    }

    #[test]
    fn a_channel_is_usable_when_it_is_running() {
        let usable = |name, status: Value| {
            let event = event(name, &json!({"id": "aaCH", "client_id": "aaCL", "status": status}));
            assert_eq!(event.channel_id().map(ChannelId::as_str), Some("aaCH"), "{name}");
            assert_eq!(event.client_id().map(ClientId::as_str), Some("aaCL"), "{name}");
            event.usable_channel().map(ChannelId::as_str) == Some("aaCH")
        };
        for name in ["channel_running", "channel_live"] {
            assert!(usable(name, json!("running")) && usable(name, Value::Null), "{name}");
        }
        for name in ["channel_created", "channel_submitted", "channel_ready", "channel_permission_granted"] {
            assert!(usable(name, json!("running")), "{name}");
            assert!(!usable(name, json!("ready")) && !usable(name, Value::Null), "{name}");
        }
        for name in ["cancellation_request", "cancellation_revoke", "cancellation_processed"] {
            assert!(!usable(name, json!("running")), "{name}");
        }
        assert!(event("channel_live", &Value::Null).usable_channel().is_none());
    }

    #[test]
    fn an_event_names_what_it_is_about() {
        let created = event("client_created", &json!({"client": {"id": "aaCL"}}));
        assert_eq!((created.client_id().map(ClientId::as_str), created.channel_id()), (Some("aaCL"), None));
        let quality = event("phone_number_quality_changed", &json!({"id": "aaCH"}));
        assert_eq!(quality.channel_id().map(ChannelId::as_str), Some("aaCH"));
        let nested = event("channel_ready", &json!({"client": {"id": "aaCL"}}));
        assert_eq!(nested.client_id().map(ClientId::as_str), Some("aaCL"));
        let unknown = event("channel_moved", &json!({"id": "aaCH"}));
        assert_eq!((unknown.channel_id(), unknown.client_id()), (None, None));
    }
}
