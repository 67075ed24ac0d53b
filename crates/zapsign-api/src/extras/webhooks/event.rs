use crate::generated::webhooks::Event;
use crate::types::{DocumentStatus, DocumentToken};

impl Event {
    /// Returns the token of the document that the event is about; `None` for an event about an e-mail or a background
    /// check, and for [`Event::Unknown`].
    pub fn document_token(&self) -> Option<&DocumentToken> {
        self.document().map(|(token, _)| token)
    }

    /// Returns the state that the document had when the event was made; `None` as for
    /// [`document_token`](Self::document_token). Events come in any order, so get the document for its state now.
    pub fn document_status(&self) -> Option<&DocumentStatus> {
        self.document().map(|(_, status)| status)
    }

    fn document(&self) -> Option<(&DocumentToken, &DocumentStatus)> {
        Some(match self {
            Self::DocCreated(event) => (&event.token, &event.status),
            Self::DocSigned(event) => (&event.token, &event.status),
            Self::DocDeleted(event) => (&event.token, &event.status),
            Self::DocRefused(event) => (&event.token, &event.status),
            Self::DocViewed(event) => (&event.token, &event.status),
            Self::DocReadConfirmation(event) => (&event.token, &event.status),
            Self::SignatureNotificationSent(event) => (&event.token, &event.status),
            Self::CreatedSigner(event) => (&event.token, &event.status),
            Self::SignerAuthenticationFailed(event) => (&event.token, &event.status),
            Self::DocExpired(event) => (&event.token, &event.status),
            Self::DocExpirationAlert(event) => (&event.token, &event.status),
            Self::EmailBounce(_) | Self::BackgroundCheckCompleted(_) | Self::Unknown(_) => return None,
        })
    }
}
