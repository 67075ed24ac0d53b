//! Entries of ZapSign's schedule.

use serde_json::Value;

/// Entry of ZapSign's schedule. The state of the document decides if something happens when it is due. A document is named by
/// its index, as none is ever removed.
#[derive(Clone)]
pub(crate) enum Due {
    ExpirationAlert { document: usize },
    Deadline { document: usize },
    Reminder { document: usize, number: u32 },
    Event { document: usize, event: &'static str, extra: Value },
}

impl Due {
    /// Returns `true` if the entry comes from the deadline of this document.
    pub(crate) fn is_of_deadline(&self, index: usize) -> bool {
        matches!(self, Self::ExpirationAlert { document } | Self::Deadline { document } if *document == index)
    }
}
