use std::fmt;

use serde::{Deserialize, Serialize};
use tenant_onboarding::Entry;

/// Point at which a process is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FreezePoint {
    /// After the claim of the tenant.
    AfterClaim,
    /// At a moment of the creation of a thing.
    Creation(CreatedThing, Moment),
    /// Before the claim of the tenant is ended.
    BeforeEnd,
}

/// Thing that an onboarding creates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreatedThing {
    /// Client of 360dialog.
    Client,
    /// Number, with its channel.
    Number,
    /// Messaging key.
    Key,
    /// Account of ZapSign.
    Account,
}

/// Moment of a creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moment {
    /// Before the intent is durable.
    BeforeIntent,
    /// After the intent is durable.
    AfterIntent,
    /// After the rate limit has granted the call, before the last check.
    Granted,
    /// Between the last check and the write to the socket.
    BeforeWrite,
    /// After the call has taken effect, while the vendor sends its response.
    Answering,
    /// After the response, before its record.
    BeforeRecord,
    /// After the record of the response.
    AfterRecord,
}

impl FreezePoint {
    /// Returns all points.
    pub fn all() -> Vec<Self> {
        let creations = CreatedThing::ALL.into_iter().flat_map(|thing| {
            let moments = Moment::ALL.into_iter().filter(move |moment| thing.has(*moment));
            moments.map(move |moment| Self::Creation(thing, moment))
        });
        [Self::AfterClaim].into_iter().chain(creations).chain([Self::BeforeEnd]).collect()
    }

    /// Returns `true` if the process may create a second thing when it goes on: nothing is checked after this point.
    pub fn may_create_twice(self) -> bool {
        matches!(self, Self::Creation(_, Moment::BeforeWrite))
    }
}

impl CreatedThing {
    /// All things, in the order of their creation.
    pub const ALL: [Self; 4] = [Self::Client, Self::Number, Self::Key, Self::Account];

    /// Returns the operation that creates it.
    pub(in crate::onboarding_fleet) fn operation(self) -> &'static str {
        match self {
            Self::Client => "create_client",
            Self::Number => "onboard_number",
            Self::Key => "create_channel_api_key",
            Self::Account => "create_partner_account",
        }
    }

    /// Returns `true` if its creation has this moment: the onboarding of a number has no limit.
    fn has(self, moment: Moment) -> bool {
        self != Self::Number || moment != Moment::Granted
    }

    /// Returns `true` for the entry that is recorded before it is created.
    pub(super) fn is_intent(self, entry: &Entry) -> bool {
        match self {
            Self::Client => matches!(entry, Entry::ClientIntent { .. }),
            Self::Number => matches!(entry, Entry::NumberIntent),
            Self::Key => matches!(entry, Entry::KeyIntent { .. }),
            Self::Account => matches!(entry, Entry::AccountIntent),
        }
    }

    /// Returns `true` for the entry with the response to its creation.
    pub(super) fn is_response(self, entry: &Entry) -> bool {
        match self {
            Self::Client => matches!(entry, Entry::ClientAccepted),
            Self::Number => matches!(entry, Entry::NumberAccepted),
            Self::Key => matches!(entry, Entry::Key { .. }),
            Self::Account => matches!(entry, Entry::Account { .. }),
        }
    }
}

impl Moment {
    /// All moments, in their order.
    pub const ALL: [Self; 7] = [
        Self::BeforeIntent,
        Self::AfterIntent,
        Self::Granted,
        Self::BeforeWrite,
        Self::Answering,
        Self::BeforeRecord,
        Self::AfterRecord,
    ];
}

impl fmt::Display for FreezePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AfterClaim => f.write_str("after the claim"),
            Self::BeforeEnd => f.write_str("before the end of the claim"),
            Self::Creation(thing, moment) => write!(f, "{thing}, {moment}"),
        }
    }
}

impl fmt::Display for CreatedThing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Number => "number",
            Self::Key => "key",
            Self::Account => "account",
        })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BeforeIntent => "before its intent is durable",
            Self::AfterIntent => "after its intent is durable",
            Self::Granted => "after the limit granted the call",
            Self::BeforeWrite => "between check and write",
            Self::Answering => "while the vendor answers",
            Self::BeforeRecord => "before the record of the answer",
            Self::AfterRecord => "after the record of the answer",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_creation_has_each_moment_but_that_of_a_number_no_limit() {
        let points = FreezePoint::all();
        assert_eq!(points.len(), 4 * 7 - 1 + 2);
        assert!(!points.contains(&FreezePoint::Creation(CreatedThing::Number, Moment::Granted)));
        assert_eq!(points.iter().filter(|point| point.may_create_twice()).count(), 4);
    }
}
