//! Entries of ZapSign's schedule.

use serde_json::Value;

/// Entry of ZapSign's schedule. The state of the document decides if something happens when it is due. A document is named by
/// its index, as none is ever removed.
#[derive(Clone)]
pub(crate) enum Due {
    Event { document: usize, event: &'static str, extra: Value },
}
